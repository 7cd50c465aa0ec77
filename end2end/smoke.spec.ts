import { expect, nobody, test } from './support/test.ts';

test.use(nobody);

test('a page has a title, one heading of the first order and an address of its own', async ({ page, open }) => {
  const response = await open('/');
  expect(response.status()).toBe(200);
  await expect(page).toHaveTitle(/\S/);
  await expect(page.locator('h1')).toHaveCount(1);
  await expect(page.locator('h1')).toHaveText(/\S/);
});

test('axe finds nothing on the first page', async ({ open, expectAccessible }) => {
  await open('/');
  await expectAccessible();
});

test('the browser is told to run only what the server meant', async ({ open }) => {
  const policy = (await open('/')).headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src [^;]*'nonce-[\w+/=-]{16,}'/);
  expect(policy.match(/script-src[^;]*/)?.[0]).not.toContain("'unsafe-inline'");
});

test('files named by content are kept for good and come compressed', async ({ page, open, request }) => {
  await open('/');
  const style = (await page.locator('link[rel=stylesheet]').first().getAttribute('href')) ?? '';
  const answer = await request.get(style, { headers: { 'accept-encoding': 'br' } });
  expect(answer.headers()['content-encoding']).toBe('br');
  expect(answer.headers()['cache-control']).toContain('immutable');
});
