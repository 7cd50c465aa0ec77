import type { Page } from '@playwright/test';
import { people } from './support/shop.ts';
import { expect, nobody, test } from './support/test.ts';
import { fresh, pathOf, world } from './support/world.ts';

const steps = ['page_view', 'Sign Up', 'Purchase Completed'];

/** Builds and saves the funnel of the shop; the page shows it afterwards. */
async function build(page: Page, name: string): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const form = page.locator('form#add-step');
    await form.getByLabel(`Step ${index + 1}`).fill(step);
    await form.getByRole('button', { name: 'Add step' }).click();
    await expect(form.getByLabel(`Step ${index + 2}`)).toBeVisible();
  }
  const save = page.locator('form#save-funnel');
  await save.getByLabel('Name').fill(name);
  await save.getByLabel('What it is for').fill('Who buys');
  await save.getByRole('button', { name: 'Save funnel' }).click();
  await expect(page).toHaveURL(/\/product\/funnels\/\d+/);
  await expect(page.locator('h1')).toHaveText(name);
}

test('a funnel is built step by step, saved, reopened, changed and brought back', async ({ page, open }) => {
  test.setTimeout(90_000);
  const name = fresh('Visit to purchase');
  await open(`/product/funnels/new?project=${world().project}`);
  await build(page, name);
  const main = page.locator('main');
  const definition = page.locator('#definition');
  await expect(main).toContainText(`${people.came}`);
  await expect(main).toContainText(/50(\.0)?\s?%/);
  await expect(definition).toContainText('version 1');

  await open(`/product/funnels?project=${world().project}`);
  await page.getByRole('table', { name: 'Saved funnels' }).getByRole('link', { name }).click();
  await expect(page.locator('h1')).toHaveText(name);
  await expect(main).toContainText(/50(\.0)?\s?%/);

  await definition.getByRole('link', { name: 'remove' }).last().click();
  await page.getByRole('button', { name: 'Save version 2' }).click();
  await expect(definition).toContainText('version 2');
  await expect(main).toContainText(/75(\.0)?\s?%/);

  const versions = page.getByRole('table', { name: 'Versions of this funnel' });
  await versions.getByRole('link', { name: 'Version 1' }).click();
  await page.getByRole('button', { name: 'Save version 3' }).click();
  await expect(definition).toContainText('version 3');
  await expect(versions.getByRole('row')).toHaveCount(4);
  await expect(main).toContainText(/50(\.0)?\s?%/);
});

test('a link shows the funnel to somebody without an account, until it is ended', async ({ page, open, browser, baseURL, javaScriptEnabled }) => {
  test.setTimeout(90_000);
  const name = fresh('Shared purchase');
  await open(`/product/funnels/new?project=${world().project}`);
  await build(page, name);
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = pathOf(await page.getByText(/\/shared\/[0-9a-f]+/).first().innerText());

  const elsewhere = await browser.newContext({ ...nobody, baseURL, javaScriptEnabled });
  const guest = await elsewhere.newPage();
  expect((await guest.goto(link))?.status()).toBe(200);
  await expect(guest.locator('h1')).toHaveText(name);
  const figures = guest.getByRole('table', { name: 'Steps in figures' });
  for (const count of Object.values(people)) await expect(figures).toContainText(`${count}`);
  await expect(guest.getByRole('form')).toHaveCount(0);
  await expect(guest.getByRole('link', { name: 'Engineering' })).toHaveCount(0);

  await page.getByRole('button', { name: 'End this link' }).click();
  await expect(page.getByRole('button', { name: 'End this link' })).toHaveCount(0);
  expect((await guest.goto(link))?.status()).toBe(404);
  await expect(guest.locator('main')).not.toContainText(name);
  await elsewhere.close();
});

test('a funnel without a name is refused at its field', async ({ page, open, complaints }) => {
  complaints.allow(/40[0-9]|422/);
  await open(`/product/funnels/new?project=${world().project}&step=page_view&step=Sign+Up`);
  const save = page.locator('form#save-funnel');
  await save.getByLabel('Name').fill('   ');
  await save.getByRole('button', { name: 'Save funnel' }).click();
  await expect(page.locator('form#save-funnel').getByLabel('Name')).toHaveAccessibleDescription(/has a name/);
});
