import { expect, nobody, test } from './support/test.ts';
import { Session } from './support/session.ts';

test.use(nobody);

const ada = { email: 'ada@shop.example', name: 'Ada', password: 'four words are fine' };

test('the link of a new server makes the first account once, and Parallax already sees itself', async ({ page, server }) => {
  const link = await server.invitation();
  expect(new URL(link).origin).toBe(server.address);
  await page.goto(link);
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Name').fill(ada.name);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await expect(page).toHaveURL(/\/start$/);
  await expect(page.locator('h1')).toHaveText('First steps');

  await expect(async () => {
    await page.goto(`${server.address}/engineering/services`);
    await expect(page.getByRole('table').getByRole('link', { name: 'parallax', exact: true }).first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await page.goto(`${server.address}/engineering`);
  await expect(page.getByRole('table').getByRole('link', { name: 'parallax', exact: true }).first()).toBeVisible();

  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByText('This link does not work any more')).toBeVisible();
});

test('links that are handed over name the address that the server listens on', async ({ server }) => {
  const admin = await Session.setUp(server.address, await server.invitation(), ada);
  await admin.change('account/invite', { email: 'kim@shop.example', name: 'Kim', 'roles[0]': 'product' });
  expect(new URL(await admin.shown('/admin/people', 'Kim')).origin).toBe(server.address);
});
