import { Reader } from './support/reader.ts';
import { Server } from './support/server.ts';
import { Session } from './support/session.ts';
import { expect, test } from './support/test.ts';
import { makeProject } from './support/world.ts';

const day = 24 * 60 * 60_000;

test('a day older than its rule is dropped and proven, and newer days stay', async ({ page, context, server }) => {
  test.setTimeout(120_000);
  const admin = await Session.setUp(server.address, await server.invitation(), {
    email: 'ada@shop.example',
    name: 'Ada',
    password: 'four words are fine',
  });
  await context.clearCookies();
  await context.addCookies(admin.storageState.cookies);
  const project = await makeProject(admin, 'Shop');
  const reader = await Reader.of(admin, project.id);
  await project.sender.events(
    [0, 3, 20, 40].map((age) => ({ name: 'visit', user: 'customer_1', at: new Date(Date.now() - age * day).toISOString() })),
  );
  const visits = async (address: string) => {
    const asked = { series: [{ event: 'visit', measure: 'total' }], interval: 'day' };
    const { series } = await reader.at(address).ask('trend', asked, 60);
    return series[0]?.total;
  };
  await expect.poll(() => visits(server.address)).toBe(4);

  await page.goto(`${server.address}/admin/retention?project=${project.id}`);
  await page.locator('form#preview').getByLabel('Data').selectOption({ label: 'Events' });
  await page.locator('form#preview').getByLabel('Keep, days').fill('7');
  await page.getByRole('button', { name: 'See what it would delete' }).click();
  const effect = page.locator('#effect');
  await expect(effect).toContainText('Events: 400 to 7 days');
  await expect(effect).toContainText(/Days\s*2/);
  expect(await visits(server.address), 'asking deletes nothing').toBe(4);
  await effect.locator('summary', { hasText: 'Delete 2 days' }).click();
  await expect(page.getByText('It cannot be undone. The deletion is counted')).toBeVisible();
  await page.getByRole('button', { name: 'Delete 2 days', exact: true }).click();
  await expect(page.getByRole('table', { name: 'Retention in force' }).getByRole('row', { name: /^Events set by ada@shop.example 7 days/ })).toBeVisible();

  // The run is due within the hour, and when a server starts.
  await server.stop();
  const again = await Server.start(server.folder);
  try {
    await expect.poll(() => visits(again.address), { timeout: 20_000 }).toBe(2);
    await page.goto(`${again.address}/admin/retention?project=${project.id}`);
    const proofs = page.getByRole('table', { name: 'Proof of deletion' }).getByRole('row', { name: /Events/ });
    await expect(proofs).toHaveCount(2);
    await expect(proofs.first()).toContainText('0, checked');
  } finally {
    await page.goto('about:blank');
    await again.stop();
  }
});
