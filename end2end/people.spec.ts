import { expect, nobody, test } from './support/test.ts';
import { fresh, pathOf } from './support/world.ts';

const password = 'four other words';

test.describe('the door', () => {
  test.use(nobody);

  test('a wrong password is refused in words that do not tell whether the account exists', async ({ page, open, somebody, complaints }) => {
    complaints.allow(/40[0-9]/);
    const { email } = await somebody('product');
    const refusals: string[] = [];
    for (const known of [email, 'stranger@shop.example']) {
      await open('/sign-in');
      await page.getByLabel('E-mail').fill(known);
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      const refusal = page.getByText(/password/i).filter({ hasText: /wrong|not|fit|match/i }).first();
      await expect(refusal).toBeVisible();
      refusals.push(await refusal.innerText());
      await expect(page).toHaveURL(/sign-in/);
    }
    expect(refusals[0]).toBe(refusals[1]);
  });

  test('who signs in lands on the page that was asked for, and signing out closes it again', async ({ page, open, somebody }) => {
    const { email, password, name } = await somebody('support');
    await open('/support');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(/\/support/);
    await page.getByLabel(`Your account: ${name}`).filter({ visible: true }).first().click();
    await page.getByRole('button', { name: 'Sign out' }).filter({ visible: true }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    await page.goto('/support');
    await expect(page).toHaveURL(/\/sign-in/);
  });
});

test('an invitation is a link for the admin to hand over, and works once', async ({ page, open, somebody, context, browser, baseURL }) => {
  const { session } = await somebody('admin');
  await context.clearCookies();
  await context.addCookies(session.storageState.cookies);
  const name = fresh('Kim');
  await open('/admin/people');
  const form = page.locator('form#invite');
  await form.getByLabel('E-mail').fill(`${name.replace(' ', '-').toLowerCase()}@shop.example`);
  await form.getByLabel('Name').fill(name);
  await form.getByLabel(/^Marketing/).check();
  await form.getByRole('button', { name: 'Make the invitation' }).click();
  const link = pathOf(await page.getByText(/\/invitation\/[0-9a-f]+/).first().innerText());

  const guest = await (await browser.newContext({ ...nobody, baseURL })).newPage();
  await guest.goto(link);
  await expect(guest.getByText(name)).toBeVisible();
  await guest.getByLabel('Password').fill(password);
  await guest.getByRole('button', { name: /enter/ }).click();
  await expect(guest).toHaveURL(/\/marketing/);
  await guest.goto(link);
  await expect(guest.getByText('This link does not work any more')).toBeVisible();
  await guest.context().close();
});

test('who lost the password gets a link from an admin; the old password and its sessions end', async ({ page, open, somebody, context, browser, baseURL }) => {
  const [{ session }, lost] = [await somebody('admin'), await somebody('product')];
  await context.clearCookies();
  await context.addCookies(session.storageState.cookies);
  await open('/admin/people');
  await page.getByRole('link', { name: lost.name }).click();
  await page.getByRole('button', { name: 'Make a link to a new password' }).click();
  const link = pathOf(await page.getByText(/\/reset\/[0-9a-f]+/).first().innerText());

  const guest = await (await browser.newContext({ ...nobody, baseURL })).newPage();
  await guest.goto(link);
  await guest.getByLabel('Password').fill(password);
  await guest.getByRole('button', { name: 'Save the new password' }).click();
  await expect(guest).not.toHaveURL(/reset/);
  await guest.context().close();

  const before = await browser.newContext({ storageState: lost.session.storageState, baseURL });
  const old = await before.newPage();
  await old.goto('/product/funnels');
  await expect(old).toHaveURL(/sign-in/);
  await old.getByLabel('E-mail').fill(lost.email);
  await old.getByLabel('Password').fill(password);
  await old.getByRole('button', { name: 'Sign in' }).click();
  await expect(old).toHaveURL(/\/product\/funnels/);
  await before.close();
});

test('administration is for admins: others neither see it nor reach it', async ({ page, open, somebody, context, complaints }) => {
  complaints.allow(/403/);
  const { session } = await somebody('product', 'marketing');
  await context.clearCookies();
  await context.addCookies(session.storageState.cookies);
  await open('/product/funnels');
  await expect(page.getByRole('link', { name: 'Privacy & retention' })).toHaveCount(0);
  for (const path of ['/admin', '/admin/people', '/admin/keys', '/admin/retention']) {
    const answer = await open(path);
    expect(answer.status(), path).toBe(403);
    await expect(page.getByText(/admins/).first()).toBeVisible();
  }
  await expect(session.change('account/invite', { email: 'x@shop.example', name: 'X', 'roles[0]': 'admin' })).rejects.toThrow(/403/);
});
