import { expect, nobody, test } from './support/test.ts';

test.use(nobody);

test('hydration leaves the words of the page as the server sent them', async ({ page, open, request }) => {
  await open('/');
  const sent = await (await request.get(page.url())).text();
  const words = await page.evaluate((html) => {
    const read = (from: Document) => (from.querySelector('main')?.textContent ?? '').replace(/\s+/g, ' ').trim();
    return { server: read(new DOMParser().parseFromString(html, 'text/html')), browser: read(document) };
  }, sent);
  expect(words.server).not.toBe('');
  expect(words.browser).toBe(words.server);
});
