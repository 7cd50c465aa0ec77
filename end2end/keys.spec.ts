import { Sender } from './support/sender.ts';
import { expect, test } from './support/test.ts';

const event = { events: [{ name: 'visit', user: 'customer_1' }] };

test('a key made on the start page sends, and is refused as soon as it is revoked', async ({ page, open, context, somebody, project, admin }) => {
  const { session } = await somebody('admin');
  await context.clearCookies();
  await context.addCookies(session.storageState.cookies);
  await open(`/start?project=${project.id}`);
  await page.getByRole('button', { name: 'Make a key for these lines' }).click();
  await expect(page.locator('#snippets')).toContainText(/plx_ingest_[0-9a-f]{32}/);
  const key = (await page.locator('#snippets').innerText()).match(/plx_ingest_[0-9a-f]{32}/)?.[0] ?? '';
  const sender = new Sender(admin.address, key);
  expect((await sender.try('/api/v1/events', event)).status).toBe(200);

  await open(`/admin/keys?project=${project.id}`);
  const row = page.getByRole('row').filter({ hasText: key.slice(-4) });
  await row.getByRole('link').click();
  await page.locator('form#revoke summary').click();
  await expect(page.getByText('Whoever uses it is refused within a second')).toBeVisible();
  await page.getByRole('button', { name: 'Revoke the key', exact: true }).click();
  await expect(row).toContainText('revoked');
  await expect.poll(async () => (await sender.try('/api/v1/events', event)).status).toBe(401);
  await expect(row.getByRole('link')).toHaveCount(0);
});

test('a key that sends cannot read, and no key is no entrance', async ({ project, request }) => {
  const data = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', limit: 1 };
  const ask = (headers: Record<string, string>) => request.post('/api/v1/query/traces', { headers, data });
  expect((await ask({ authorization: `Bearer ${project.sender.key}` })).status()).toBe(403);
  expect((await ask({})).status()).toBe(401);
});
