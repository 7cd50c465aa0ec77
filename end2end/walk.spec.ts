import { expect, test } from './support/test.ts';
import { failing, hosts } from './support/shop.ts';
import { world } from './support/world.ts';

/** Pages for people who are signed in; `*` stands for one thing of the shop. */
const pages = [
  '/engineering',
  '/engineering/services',
  '/engineering/issues',
  '/engineering/issues/*',
  '/engineering/machines',
  '/engineering/machines/*',
  '/engineering/deployments',
  '/explore/traces',
  '/explore/traces/*',
  '/explore/logs',
  '/explore/metrics',
  '/explore/events',
  '/product',
  '/product/funnels',
  '/product/funnels/new',
  '/product/funnels/*',
  '/product/features',
  '/product/retention',
  '/product/paths',
  '/product/preferences',
  '/marketing',
  '/support',
  '/support/people/*',
  '/executive',
  '/admin',
  '/admin/people',
  '/admin/projects',
  '/admin/keys',
  '/admin/retention',
  '/admin/requests',
  '/admin/trust',
  '/admin/delivery',
  '/admin/privacy',
  '/admin/catalogue',
  '/admin/consent',
  '/admin/consent/notice',
  '/admin/consent/texts',
  '/admin/audit',
  '/admin/kit',
  '/views',
  '/annotations',
  '/start',
  '/transparency',
  '/privacy',
];

const full = process.env.PARALLAX_FULL === '1';

test.describe.configure({ mode: 'parallel' });

for (const pattern of pages) {
  test(`${pattern} is a whole page that nobody complains about`, async ({ page, open, expectAccessible, javaScriptEnabled }) => {
    const path = await one(pattern, async () => {
      await open(inShop('/engineering/issues'));
      const href = await page.locator('main a[href*="issue="]').first().getAttribute('href');
      return new URL(href ?? '', world().address).searchParams.get('issue') ?? '';
    });
    const answer = await open(inShop(path));
    expect(answer.status()).toBe(200);
    await expect(page).toHaveTitle(/\S · Parallax|Parallax/);
    await expect(page.locator('h1')).toHaveCount(1);
    await expect(page.locator('h1')).toHaveText(/\S/);
    await expect(page.locator('main')).toHaveCount(1);
    const { wide, room } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { wide: scrollWidth, room: clientWidth };
    });
    expect.soft(wide, 'the page is wider than its window').toBeLessThanOrEqual(room);
    // The document is the same with scripts and without; the full run looks at both all the same.
    if (javaScriptEnabled || full) await expectAccessible();
  });
}

test('the walk knows every page that the frame leads to', async ({ page, open }) => {
  await open(inShop('/engineering'));
  const hrefs = await page.locator('aside nav a[href^="/"]').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  const paths = hrefs.map((href) => new URL(href, world().address).pathname);
  expect(paths.length).toBeGreaterThan(8);
  expect(paths.filter((path) => !pages.includes(path))).toEqual([]);
});

/** The path of one thing where the pattern asks for any. */
async function one(pattern: string, issue: () => Promise<string>): Promise<string> {
  switch (pattern) {
    case '/engineering/issues/*':
      return `/engineering/issues/${await issue()}`;
    case '/engineering/machines/*':
      return `/engineering/machines/${hosts[0]}`;
    case '/explore/traces/*':
      return `/explore/traces/${failing.trace}`;
    case '/product/funnels/*':
      return world().funnel;
    case '/support/people/*':
      return world().person;
    default:
      return pattern;
  }
}

const inShop = (path: string) => `${path}?project=${world().project}`;
