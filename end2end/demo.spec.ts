import { expect, test } from './support/test.ts';
import { Session } from './support/session.ts';

test('one click fills the screens with the demo shop, and another takes it away', async ({ page, context, server }) => {
  test.setTimeout(120_000);
  const admin = await Session.setUp(server.address, await server.invitation(), {
    email: 'ada@shop.example',
    name: 'Ada',
    password: 'four words are fine',
  });
  await context.addCookies(admin.storageState.cookies);
  await page.goto(`${server.address}/start`);
  await page.getByLabel('How much of its past').selectOption('7');
  await page.getByRole('button', { name: 'Load the demo shop' }).click();
  const look = page.getByRole('link', { name: 'Look at it' });
  await expect(look).toBeVisible();

  await expect(async () => {
    await page.goto(`${server.address}/start`);
    await look.click();
    await expect(page).toHaveURL(/\/engineering\?project=\d+/);
    await page.goto(page.url().replace('/engineering?', '/engineering/services?'));
    await expect(page.getByRole('link', { name: 'payment-service' }).first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });

  await page.goto(`${server.address}/start`);
  await page.locator('form#remove-demo summary').click();
  await expect(page.getByText('Remove the demo shop?')).toBeVisible();
  await page.getByRole('button', { name: 'Remove the demo', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Load the demo shop' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('link', { name: 'Look at it' })).toHaveCount(0);
});
