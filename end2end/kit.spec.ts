import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from './support/test.ts';
import { world } from './support/world.ts';

const shots = join(dirname(fileURLToPath(import.meta.url)), '../target/shots');
const full = process.env.PARALLAX_FULL === '1';
const gallery = () => `/admin/kit?project=${world().project}`;

test('the gallery shows every part and nobody complains', async ({ page, open, expectAccessible }, info) => {
  await open(gallery());
  const sections = page.locator('main .sec h2');
  await expect(sections).toHaveText(['Tokens', 'Figures', 'Courses', 'Distributions and rankings', 'Relations', 'Panels', 'Words, lists and tables', 'Forms']);
  await expectAccessible();
  if (full) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `kit-${info.project.name}.png`), fullPage: true });
  }
});

test('every chart has a name, a description and a table with its figures', async ({ page, open }) => {
  await open(gallery());
  const lacking = await page.locator('figure.chart').evaluateAll((charts) =>
    charts
      .filter((chart) => {
        const drawn = chart.querySelector('svg[role=img]');
        const named = drawn === null || drawn.querySelector('title') !== null || drawn.hasAttribute('aria-label');
        const nothing = chart.querySelector('.blank') !== null;
        const table = chart.querySelector('table');
        const figures = table !== null && table.querySelectorAll('tbody tr').length > 0;
        return !(named && (figures || nothing));
      })
      .map((chart) => chart.id),
  );
  // One bar that says how much was seen is its own sentence.
  expect(lacking.filter((id) => !['ch-seen', 'ch-unseen'].includes(id))).toEqual([]);
});

test('shares and money stand with what they are of', async ({ page, open }) => {
  await open(gallery());
  const bare = await page.locator('.kpi').evaluateAll((cards) =>
    cards
      .filter((card) => /%|€|\$/.test(card.querySelector('.v')?.textContent ?? ''))
      .filter((card) => !/\bof\b|\bn =/.test(card.querySelector('.m')?.textContent ?? ''))
      .map((card) => card.id),
  );
  expect(bare).toEqual([]);
});

test('the states of a panel are words a screen reader hears', async ({ page, open }) => {
  await open(gallery());
  await expect(page.locator('#p-problem')).toMatchAriaSnapshot(`
    - region "Problem":
      - heading "Problem" [level=2]
      - alert:
        - heading "Not available right now" [level=3]
        - paragraph: The database is being restarted.
        - link "Try again"
  `);
  await expect(page.locator('#p-empty')).toMatchAriaSnapshot(`
    - region "Empty":
      - heading "Empty" [level=2]
      - heading "No traces yet" [level=3]
      - link "First steps"
  `);
  await expect(page.locator('#p-waiting')).toMatchAriaSnapshot(`
    - region "Waiting":
      - heading "Waiting" [level=2]
      - status: Being counted.
  `);
  await expect(page.locator('#p-choices')).toMatchAriaSnapshot(`
    - region "Choices and actions":
      - heading "Choices and actions" [level=2]
      - group "Show":
        - link "Day"
        - link "Week"
        - link "Month"
      - link "All 214"
      - navigation "Sections":
        - link "Lines"
        - link /Patterns/
  `);
});
