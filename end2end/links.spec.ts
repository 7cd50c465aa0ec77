import { expect, test } from './support/test.ts';
import { world } from './support/world.ts';

/** Pages that lead on; what they lead to is opened as well, but not followed further. */
const pages = [
  '/engineering',
  '/engineering/services',
  '/engineering/issues',
  '/engineering/machines',
  '/engineering/deployments',
  '/explore/traces',
  '/explore/logs',
  '/explore/metrics',
  '/explore/events',
  '/product',
  '/product/funnels',
  '/product/features',
  '/product/retention',
  '/product/paths',
  '/product/preferences',
  '/marketing',
  '/support',
  '/executive',
  '/admin',
  '/admin/keys',
  '/admin/retention',
  '/start',
];

test('every link on every page leads somewhere', async ({ page, open, request, javaScriptEnabled, complaints }) => {
  test.skip(javaScriptEnabled === true, 'links are the same with scripts');
  test.setTimeout(180_000);
  complaints.allow(/preload/);
  const seen = new Set<string>();
  const broken: string[] = [];
  for (const path of pages) {
    await open(`${path}?project=${world().project}`);
    const hrefs = await page.locator('a[href^="/"]').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    for (const href of hrefs) {
      // The same path with the same kinds of settings is asked once.
      const { pathname, searchParams } = new URL(href, world().address);
      const kind = `${pathname}?${[...new Set(searchParams.keys())].sort().join('&')}`;
      if (seen.has(kind)) continue;
      seen.add(kind);
      const status = (await request.get(href)).status();
      if (status >= 400) broken.push(`${status} ${href} on ${path}`);
    }
  }
  expect(seen.size).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});
