import { expect, test } from './support/test.ts';
import { fresh, pathOf, world } from './support/world.ts';

test('a refused form says at its field what is wrong, and what was not asked for stays undone', async ({ page, open, complaints }) => {
  complaints.allow(/40[0-9]|422/);
  const name = fresh('Kiosk');
  await open(`/admin/projects?project=${world().project}`);
  const form = page.locator('form#new-project');
  await form.getByLabel('Name').fill(name);
  await form.getByLabel('Currency').fill('euro');
  await form.getByRole('button', { name: 'Make the project' }).click();
  const currency = page.locator('form#new-project').getByLabel('Currency');
  await expect(currency).toHaveAttribute('aria-invalid', 'true');
  await expect(currency).toHaveAccessibleDescription(/A currency has three letters/);
  await page.goto('/admin/projects');
  await expect(page.getByRole('link', { name })).toHaveCount(0);
});

test('an invitation without a role says so at the roles', async ({ page, open, complaints }) => {
  complaints.allow(/40[0-9]|422/);
  await open('/admin/people');
  const form = page.locator('form#invite');
  await form.getByLabel('E-mail').fill('kim@shop.example');
  await form.getByLabel('Name').fill('Kim');
  await form.getByRole('button', { name: 'Make the invitation' }).click();
  await expect(page.locator('form#invite').getByRole('group', { name: 'Roles' })).toContainText('Choose at least one role.');
});

test('a form that succeeds says what was done', async ({ page, open }) => {
  const name = fresh('Kiosk');
  await open('/admin/projects');
  await page.locator('form#new-project').getByLabel('Name').fill(name);
  await page.locator('form#new-project').getByRole('button', { name: 'Make the project' }).click();
  await expect(page.getByText(`Project ${name} made`)).toBeVisible();
  await expect(page.getByRole('table', { name: 'Projects' }).getByRole('link', { name })).toBeVisible();
});

test('a password that is too short is refused at its field, and the invitation stays open', async ({ page, open, admin, context, complaints }) => {
  complaints.allow(/40[0-9]|422/);
  const name = fresh('Noor');
  await admin.change('account/invite', { email: `${name.replace(' ', '-')}@shop.example`, name, 'roles[0]': 'support' });
  const link = await admin.shown('/admin/people', name);
  await context.clearCookies();
  await open(pathOf(link));
  for (const [password, sentence] of [['short', /10 characters/], ['four words are fine', undefined]] as const) {
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: /enter/ }).click();
    if (sentence) await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page).toHaveURL(/\/support/);
});
