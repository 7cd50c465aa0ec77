import { defineConfig, type Project } from '@playwright/test';

// `cargo xtask test` sets these; by hand: build first, then `npx playwright test`.
const full = process.env.PARALLAX_FULL === '1';

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const widths = full ? [390, 900, 1440] : [1440];
const schemes = full ? (['light', 'dark'] as const) : (['light'] as const);

/** One project per kind of browser: its name, and what makes it that kind. */
const kinds: Project[] = [
  { name: 'hydrated' },
  { name: 'no-js', use: { javaScriptEnabled: false }, testIgnore: '**/*.hydrate.spec.ts' },
];

const projects = kinds.flatMap((kind) =>
  widths.flatMap((width) =>
    schemes.map((colorScheme): Project => ({
      ...kind,
      name: full ? `${kind.name}-${width}-${colorScheme}` : kind.name,
      use: { ...kind.use, colorScheme, viewport: { width, height: width < 600 ? 844 : 900 } },
    })),
  ),
);

export default defineConfig({
  testMatch: '**/*.spec.ts',
  globalSetup: './support/global-setup.ts',
  outputDir: '../target/end2end',
  projects,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    actionTimeout: 10_000,
    // Unlike the server's: whatever is formatted in the browser by mistake shows.
    locale: 'de-DE',
    timezoneId: 'Pacific/Auckland',
    screenshot: 'only-on-failure',
    trace: process.env.PARALLAX_TRACE === '1' ? 'retain-on-failure' : 'off',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: chromiumFlags },
  },
});
