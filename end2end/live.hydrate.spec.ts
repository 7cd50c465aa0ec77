import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { Reader } from './support/reader.ts';
import type { Sender } from './support/sender.ts';
import { expect, test } from './support/test.ts';

const sent = (sender: Sender, name: string) =>
  sender.spans([{ trace: hex(16), id: hex(8), service: 'web', name, at: Date.now() - 2_000, ms: 40 }]);

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

/** Marks the document that is open: the mark is lost when it is loaded again. */
const mark = (page: Page) => page.evaluate(() => document.body.setAttribute('data-same', ''));

test('what arrives while a page is open appears on it without loading it again', async ({ page, open, project, admin }) => {
  test.setTimeout(60_000);
  const reader = await Reader.of(admin, project.id);
  await sent(project.sender, 'GET /first');
  await reader.sees('traces', 'GET /first');
  await open(`/explore/traces?project=${project.id}`);
  await expect(page.getByRole('link', { name: 'GET /first' })).toBeVisible();
  await mark(page);
  await sent(project.sender, 'GET /second');
  await expect(page.getByRole('link', { name: 'GET /second' })).toBeVisible({ timeout: 25_000 });
  await expect(page.locator('body[data-same]')).toHaveCount(1);
});

test('a hidden page asks nothing, and asks at once when it is looked at again', async ({ page, open, project, admin }) => {
  test.setTimeout(60_000);
  const reader = await Reader.of(admin, project.id);
  await page.clock.install();
  await page.addInitScript(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => document.documentElement.dataset.seen ?? 'visible' });
  });
  await sent(project.sender, 'GET /first');
  await open(`/explore/traces?project=${project.id}`);
  const see = (state: string) =>
    page.evaluate((state) => {
      document.documentElement.dataset.seen = state;
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  let readings = 0;
  page.on('request', (request) => {
    if (request.url().includes('/fn/screen')) readings += 1;
  });
  await see('hidden');
  await sent(project.sender, 'GET /second');
  await reader.sees('traces', 'GET /second');
  await page.clock.runFor(120_000);
  expect(readings, 'readings while hidden').toBe(0);
  await see('visible');
  await expect(page.getByRole('link', { name: 'GET /second' })).toBeVisible();
  expect(readings).toBe(1);
});

test('a page that cannot be read again says since when it is stale, and recovers by itself', async ({ page, open, project, complaints }) => {
  test.setTimeout(60_000);
  complaints.allow(/503/);
  await sent(project.sender, 'GET /first');
  await open(`/explore/traces?project=${project.id}`);
  const problem = { kind: 'unavailable', detail: 'The database is away.', retry_after: 1 };
  const away = JSON.stringify(problem);
  await page.route('**/fn/screen*', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: away }));
  await expect(page.locator('.fresh.stale')).toContainText(/stale since \d\d:\d\d:\d\d UTC/, { timeout: 25_000 });
  await expect(page.getByText('The database is away.')).toBeVisible();
  await page.unroute('**/fn/screen*');
  await expect(page.locator('.fresh.stale')).toHaveCount(0, { timeout: 25_000 });
});
