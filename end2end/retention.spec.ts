import { Reader } from './support/reader.ts';
import { Server } from './support/server.ts';
import { Session } from './support/session.ts';
import { expect, test } from './support/test.ts';
import { makePerson, makeProject } from './support/world.ts';

const day = 24 * 60 * 60_000;

test('a day older than its rule is dropped with a signed proof, and newer days stay', async ({ page, context, server }) => {
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
  // Logs are kept thirty days.
  await project.sender.lines(
    [1, 20, 40].map((age) => ({ service: 'shop', at: Date.now() - age * day, level: [9, 'INFO'], text: `line of ${age} days ago` })),
  );
  const lines = async (address: string) => (await reader.at(address).ask('logs', {}, 60)).total;
  await expect.poll(() => lines(server.address)).toBe(3);

  // The run is due within the hour, and when a server starts.
  await server.stop();
  const again = await Server.start(server.folder);
  try {
    await expect.poll(() => lines(again.address), { timeout: 20_000 }).toBe(2);
    await page.goto(`${again.address}/admin/retention?project=${project.id}`);
    const proof = page.getByRole('table', { name: 'Proof of deletion' }).getByRole('row', { name: /Logs/ });
    await expect(proof).toHaveCount(1);
    await expect(proof).toContainText('0, checked and signed');
    const [download] = await Promise.all([page.waitForEvent('download'), proof.getByRole('link').click()]);
    expect(download.suggestedFilename()).toMatch(/^D-\d+\.json$/);
    const open = await (await fetch(`${again.address}/.well-known/telemetry-proof.json`)).json();
    expect(JSON.stringify(open)).toContain('dropped');
  } finally {
    await page.goto('about:blank');
    await again.stop();
  }
});

test('a change that deletes much is seen first, waits for a second admin, and can be taken back', async ({ page, open, context, admin, project, somebody }) => {
  await project.sender.events(
    [1, 20, 40].map((age) => ({ name: 'visit', user: 'customer_1', at: new Date(Date.now() - age * day).toISOString() })),
  );
  const first = await somebody('admin');
  await context.clearCookies();
  await context.addCookies(first.session.storageState.cookies);
  const studio = `/admin/retention?project=${project.id}`;
  await open(studio);
  await page.locator('form#preview').getByLabel('Data').selectOption('event');
  await page.locator('form#preview').getByLabel('Keep, days').fill('7');
  await page.getByRole('button', { name: 'See what it would delete' }).click();
  const effect = page.locator('#effect');
  await expect(effect).toContainText('Events: 400 to 7 days');
  await expect(effect).toContainText('another admin has to agree first');
  await effect.locator('summary', { hasText: 'Delete 2 days' }).click();
  await page.getByRole('button', { name: 'Delete 2 days', exact: true }).click();
  const waiting = page.locator('#waiting');
  await expect(waiting).toContainText('Events: 400 to 7 days');
  await expect(waiting).toContainText('Waits for another admin.');
  await expect(waiting.getByText('Agree to the deletion'), 'not to whoever asked').toHaveCount(0);

  const second = await makePerson(admin, 'admin');
  await context.clearCookies();
  await context.addCookies(second.session.storageState.cookies);
  await open(studio);
  await page.locator('#waiting summary', { hasText: 'Agree to the deletion' }).click();
  await page.getByRole('button', { name: 'Agree to the deletion', exact: true }).click();
  await expect(page.locator('#waiting')).toContainText(`${second.email} agreed`);
  await page.locator('#waiting').getByRole('button', { name: 'Keep 400 days' }).click();
  await expect(page.locator('#waiting')).toHaveCount(0);
  const reader = await Reader.of(admin, project.id);
  const { series } = await reader.ask('trend', { series: [{ event: 'visit' }], interval: 'day' }, 60);
  expect(series[0]?.total, 'nothing was deleted').toBe(3);
});

test('a hold is placed with a reason and an end, and released', async ({ page, open, project, expectAccessible }) => {
  await open(`/admin/retention?project=${project.id}`);
  await page.getByRole('link', { name: 'Hold something' }).click();
  const form = page.locator('#holds form');
  await form.getByLabel('Name').fill('Case 7');
  await form.getByLabel('Why').fill('a dispute about an order');
  await form.getByLabel('Look at it again on').fill(new Date(Date.now() + 60 * day).toISOString().slice(0, 10));
  await form.getByRole('button').click();
  await expect(page.locator('#holds')).toContainText('Case 7');
  await expectAccessible();
  await page.locator('#holds').getByRole('link', { name: 'Case 7' }).click();
  await page.locator('#holds summary', { hasText: 'Release the hold' }).click();
  await page.getByRole('button', { name: 'Release the hold', exact: true }).click();
  await expect(page.locator('#holds')).toContainText('Nothing is held.');
});
