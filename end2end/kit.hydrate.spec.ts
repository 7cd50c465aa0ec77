import { expect, test } from './support/test.ts';
import { world } from './support/world.ts';

const gallery = () => `/admin/kit?project=${world().project}`;

test('every plot is stepped by keyboard, and says where it stands', async ({ page, open }) => {
  await open(gallery());
  const plots = page.locator('figure.chart .pl[tabindex="0"]');
  const count = await plots.count();
  expect(count).toBeGreaterThan(10);
  for (let index = 0; index < count; index++) {
    const plot = plots.nth(index);
    await plot.focus();
    await page.keyboard.press('Home');
    const tip = page.locator('.tip');
    await expect(tip, `plot ${index}`).toHaveCount(1);
    const first = await tip.textContent();
    await page.keyboard.press('End');
    const last = await tip.textContent();
    expect(first).toMatch(/\S/);
    expect(last).toMatch(/\S/);
    await page.keyboard.press('Escape');
  }
});

test('a field for several values takes them as tokens and sends them as a list', async ({ page, open }) => {
  await open(gallery());
  const field = page.locator('#gallery-form-values');
  await field.focus();
  await expect(page.locator('.tokens .token')).toHaveText(['Germany', 'Austria']);
  await field.pressSequentially('France,');
  await expect(page.locator('.tokens .token')).toHaveText(['Germany', 'Austria', 'France']);
  await page.keyboard.press('Backspace');
  await page.getByRole('button', { name: 'Remove Germany' }).click();
  await expect(page.locator('.tokens .token')).toHaveText(['Austria']);
  await page.locator('#gallery-form button[type=submit]').click();
  await expect(page).toHaveURL(/values=Austria(&|$)/);
});

test('nothing moves while a page arrives', async ({ page, open }) => {
  await page.addInitScript(() => {
    const seen = ((globalThis as any).shifts = [] as number[]);
    new PerformanceObserver((list) => list.getEntries().forEach((entry: any) => seen.push(entry.value))).observe({ type: 'layout-shift', buffered: true });
  });
  for (const path of ['/admin/kit', '/engineering', '/product', '/marketing', '/executive']) {
    await open(`${path}?project=${world().project}`);
    await page.waitForLoadState('networkidle');
    const shifts = await page.evaluate(() => (globalThis as any).shifts as number[]);
    // A busy machine may paint the filter bar before its last button has arrived; a tenth of what counts as good is allowed.
    expect(shifts.reduce((sum, value) => sum + value, 0), path).toBeLessThanOrEqual(0.01);
  }
});
