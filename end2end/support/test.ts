import { test as base, expect, type Page, type Response } from '@playwright/test';
import { accessibilityProblems } from './accessibility.ts';

/** What the browser complained about during a test; any complaint that was not allowed fails it. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Says that this one is meant to happen. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  hear(text: string): void {
    this.heard.push(text);
  }

  get all(): string[] {
    return this.heard.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
  }
}

interface Fixtures {
  complaints: Complaints;
  /** Opens a page and, where scripts run, waits until it is hydrated. */
  open: (path: string) => Promise<Response>;
  /** Fails if axe finds anything on the page that is open. */
  expectAccessible: () => Promise<void>;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => {
    const address = process.env.PARALLAX_ADDRESS;
    if (!address) throw new Error('global set-up has not started a server');
    await use(address);
  },

  complaints: [
    async ({ context, javaScriptEnabled }, use) => {
      const complaints = new Complaints();
      if (!javaScriptEnabled) complaints.allow(/was preloaded using link preload but not used/);
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) {
          complaints.hear(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      context.on('weberror', (problem) => complaints.hear(`uncaught: ${problem.error().stack ?? problem.error().message}`));
      await use(complaints);
      expect(complaints.all, 'the browser complained').toEqual([]);
    },
    { auto: true },
  ],

  open: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      const response = await page.goto(path);
      if (!response) throw new Error(`${path} gave no answer`);
      if (javaScriptEnabled) await hydrated(page);
      return response;
    });
  },

  expectAccessible: async ({ page, browser, javaScriptEnabled }, use) => {
    await use(async () => {
      if (javaScriptEnabled) {
        expect(await accessibilityProblems(page), 'axe').toEqual([]);
        return;
      }
      // axe is a script itself: it looks at the same document elsewhere, where the page's own scripts do not arrive.
      const storageState = await page.context().storageState();
      const context = await browser.newContext({ javaScriptEnabled: true, storageState });
      await context.route('**/*.js', (route) => route.abort());
      const same = await context.newPage();
      await same.goto(page.url());
      const problems = await accessibilityProblems(same);
      await context.close();
      expect(problems, 'axe').toEqual([]);
    });
  },
});

/** Waits until the page is alive: the browser's half marks the root element when it has taken over. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

export { expect };
