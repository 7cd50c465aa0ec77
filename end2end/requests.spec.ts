import { linkFor } from './support/centre.ts';
import { expect, test } from './support/test.ts';

const visit = (user: string, name: string) => ({ name, user, at: new Date(Date.now() - 60_000).toISOString() });

test('an erasure that came by mail is written down, confirmed, and answered with a receipt', async ({ page, open, project, expectAccessible, complaints }) => {
  complaints.allow(/400/);
  await project.sender.events([visit('customer_1', 'visit'), visit('customer_1', 'order'), visit('customer_2', 'visit')]);
  const requests = `/admin/requests?project=${project.id}`;
  await open(requests);
  const form = page.locator('form#receive');
  await form.getByLabel('Id of the person').fill('customer_1');
  await form.getByLabel('What they ask for').selectOption('erasure');
  await form.getByRole('button', { name: 'Write it down' }).click();
  const request = page.locator('#request');
  await expect(request).toContainText('Erasure');
  await expectAccessible();
  await request.locator('summary', { hasText: 'Erase this person' }).click();
  await expect(page.getByText('The key of the person is destroyed first')).toBeVisible();
  await page.getByRole('button', { name: 'Erase this person', exact: true }).click();
  await expect
    .poll(
      async () => {
        await open(page.url());
        return request.innerText();
      },
      { timeout: 20_000 },
    )
    .toContain('"rows_left":0');
  await expect(page.getByRole('table', { name: 'Requests of people' })).toContainText('answered');

  await open(requests);
  await form.getByLabel('Id of the person').fill('customer_1');
  await form.getByRole('button', { name: 'Write it down' }).click();
  await expect(form, 'nobody is called so any more').toContainText('Nobody with exactly this id');
});

test('a person sees, decides and deletes on a page that needs no account', async ({ page, open, context, admin, project, expectAccessible }) => {
  test.setTimeout(90_000);
  await project.sender.events([visit('customer_1', 'opened the cart'), visit('customer_2', 'secret of another')]);
  const link = await linkFor(admin, project.id, 'customer_1');
  await context.clearCookies();
  await open(link);
  expect(new URL(page.url()).pathname, 'the id is in no address').toBe('/privacy');
  await expect(page.locator('#mine')).toContainText('opened the cart');
  await expect(page.locator('body')).not.toContainText('secret of another');
  await expectAccessible();

  await page.getByRole('switch', { name: 'Marketing' }).uncheck();
  await page.getByRole('button', { name: 'Save choices' }).click();
  await expect(page.locator('#history')).toContainText('no to marketing');
  await expect(page.getByRole('switch', { name: 'Marketing' })).not.toBeChecked();
  await expect(page.getByRole('switch', { name: 'Usage' })).toBeChecked();

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('#mine').getByRole('link', { name: 'JSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('what-is-recorded.json');

  await page.locator('#erase summary').click();
  await page.getByRole('button', { name: 'Delete everything about me', exact: true }).click();
  await expect
    .poll(
      async () => {
        await open('/privacy');
        return page.locator('main').innerText();
      },
      { timeout: 60_000 },
    )
    .toContain('Everything about you is deleted.');
  await expect(page.locator('#mine')).toContainText('Nothing');
  await page.getByRole('button', { name: 'Close this page for good' }).click();
  await expect(page.locator('#by-receipt')).toBeVisible();
});

test('a link that is too old leads to the door, which says so', async ({ page, open, context, admin, project, expectAccessible, complaints }) => {
  complaints.allow(/400/);
  const link = await linkFor(admin, project.id, 'customer_1', -60);
  await context.clearCookies();
  await open(link);
  await expect(page.getByText('This link does not work, or not any more')).toBeVisible();
  await expectAccessible();
  await page.locator('form#receipt').getByLabel('Receipt').fill('no receipt');
  await page.getByRole('button', { name: 'Show what is recorded' }).click();
  await expect(page.locator('form#receipt')).toContainText('There is no decision with this receipt');
});

test('what is measured is told to everybody, and what it improved', async ({ page, open, context, admin, project, expectAccessible }) => {
  await admin.change('improvement/add', {
    project: String(project.id),
    title: 'Paying works again',
    story: 'Errors pointed to one release.',
    day: new Date().toISOString().slice(0, 10),
    category: 'errors',
    service: 'payment',
    version: '2.8.1',
  });
  await context.clearCookies();
  await open(`/transparency?project=${project.id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('What we learn from your visit, and how to stop it');
  await expect(page.locator('#improved')).toContainText('Came with payment 2.8.1.');
  await expect(page.locator('#sample')).toContainText('ada.lovelace@example.com');
  await expectAccessible();
  await page.getByRole('link', { name: 'What is recorded about you' }).click();
  await expect(page.locator('#by-link')).toBeVisible();
});
