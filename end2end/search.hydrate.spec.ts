import { expect, test } from './support/test.ts';
import { world } from './support/world.ts';

test.beforeEach(async ({ page, open }) => {
  await open(`/engineering?project=${world().project}`);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Search or jump to' })).toBeVisible();
});

test('the palette finds a page and opens it in the same project', async ({ page }) => {
  await page.getByRole('combobox', { name: 'Search' }).fill('machi');
  await expect(page.getByRole('option', { name: 'Machines' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/engineering/machines\\?project=${world().project}`));
  await expect(page.getByRole('dialog', { name: 'Search or jump to' })).toBeHidden();
});

test('the palette finds a service that sent something', async ({ page }) => {
  await page.getByRole('combobox', { name: 'Search' }).fill('payment');
  const found = page.getByRole('option', { name: /payment/ }).first();
  await expect(found).toBeVisible();
  await found.click();
  await expect(page).toHaveURL(/\/engineering\/services\?.*service=payment/);
  await expect(page.locator('h1')).toContainText('payment');
});

test('the palette says when there is nothing, and Escape closes it', async ({ page }) => {
  await page.getByRole('combobox', { name: 'Search' }).fill('zzzzzz');
  await expect(page.getByText('Nothing found.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Search or jump to' })).toBeHidden();
});
