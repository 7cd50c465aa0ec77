import { readFileSync } from 'node:fs';
import { expect, test } from './support/test.ts';
import { fresh, world } from './support/world.ts';

const inShop = (path: string, query = '') => `${path}?project=${world().project}${query}`;

test('a page is saved under a name, found again and taken away', async ({ page, open }) => {
  const name = fresh('Mobile in Germany');
  await open(inShop('/product', '&range=7d&f=device:is:mobile'));
  await page.locator('.keep > summary').click();
  await page.getByLabel('Save this view as').fill(name);
  await page.getByLabel('Folder').fill('Markets');
  await page.getByRole('button', { name: 'Save view' }).click();
  await expect(page).toHaveURL(/view=\d+/);
  await expect(page.locator('.chip')).toContainText('mobile');
  await expect(page.locator('#since-saved')).toContainText('The same days read again say the same.');
  await open(inShop('/views'));
  const row = page.locator('#views tbody tr', { hasText: name });
  await expect(row).toContainText('Markets');
  await row.getByRole('link', { name: 'Change' }).click();
  await page.locator('#remove-view summary').click();
  await page.locator('#remove-view button[type=submit]').click();
  await expect(page.locator('#views tbody tr', { hasText: name })).toHaveCount(0);
});

test('a note stands above the charts of every page', async ({ page, open }) => {
  const words = fresh('Sale');
  await open(inShop('/engineering', '&range=24h'));
  await page.locator('.keep > summary').click();
  await page.getByLabel('Note on the time axis of every chart').fill(words);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator(`.lane a[title*="${words}"]`).first()).toBeAttached();
  for (const path of ['/engineering', '/product', '/marketing']) {
    await open(inShop(path, '&range=7d'));
    await expect(page.locator(`.lane a[title*="${words}"]`).first(), path).toBeAttached();
  }
  await open(inShop('/annotations', '&range=7d'));
  await expect(page.locator('#notes')).toContainText(words);
  await page.locator('#remove-note-annotation').selectOption({ label: (await page.locator('#remove-note-annotation option', { hasText: words }).textContent()) ?? '' });
  await page.getByRole('button', { name: 'Remove note' }).click();
  await expect(page.locator('#notes tbody', { hasText: words })).toHaveCount(0);
});

test('a page as one file reads in full with nothing else', async ({ page, open, browser }) => {
  await open(inShop('/product', '&range=7d'));
  await page.locator('.keep > summary').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Save as one HTML file' }).click()]);
  const html = readFileSync(await download.path(), 'utf8');
  const alone = await browser.newContext({ offline: true });
  const reader = await alone.newPage();
  const asked: string[] = [];
  reader.on('request', (request) => asked.push(request.url()));
  await reader.setContent(html);
  await expect(reader.locator('h1')).toHaveText(/\S/);
  expect(await reader.locator('figure.chart').count()).toBeGreaterThan(2);
  expect(await reader.locator('figure.chart table tbody tr').count()).toBeGreaterThan(5);
  expect(asked.filter((url) => !url.startsWith('data:') && url !== 'about:blank')).toEqual([]);
  await alone.close();
});

test('columns are hidden and shown by links', async ({ page, open }) => {
  await open(inShop('/admin/kit'));
  const panel = page.locator('#table');
  await expect(panel.locator('th[scope=col]')).toHaveCount(6);
  await panel.locator('summary', { hasText: 'Columns' }).click();
  await panel.locator('.opt', { hasText: 'Requests' }).click();
  await expect(panel.locator('th[scope=col]')).toHaveCount(5);
  await expect(page).toHaveURL(/hide=/);
  await page.goBack();
  await expect(panel.locator('th[scope=col]')).toHaveCount(6);
});
