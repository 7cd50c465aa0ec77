import { accessibilityProblems } from '../support/accessibility.ts';
import { expect, test } from '../support/site.ts';

test('feedback is written with the keyboard and read by support', async ({ page, site, wire, admin, project, browser }) => {
  await page.goto(site.page('/help', { body: '<button data-plx-open="feedback">Feedback</button>', script: site.script('data-consent="manual"') }));
  await page.getByRole('button', { name: 'Feedback' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Tell us what you think' });
  await expect(dialog).toBeVisible();
  expect(await accessibilityProblems(page), 'axe').toEqual([]);
  await dialog.getByRole('radio', { name: '4' }).focus();
  await page.keyboard.press('Space');
  await dialog.getByLabel('What should we know?').fill('The tents are lovely');
  await dialog.getByRole('button', { name: 'Send' }).press('Enter');
  await expect(dialog.getByRole('status')).toHaveText('Thank you. It has been passed on.');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Feedback' })).toBeFocused();
  const [told] = await wire.sees('feedback');
  expect(told, 'said by nobody: nothing was allowed').toMatchObject({ category: 'essential', properties: { text: 'The tents are lovely', rating: 4 } });
  expect(told!.anonymous).toBeUndefined();
  const context = await browser.newContext({ storageState: admin.storageState, baseURL: admin.address });
  const screen = await context.newPage();
  await expect(async () => {
    await screen.goto(`/support?project=${project.id}`);
    await expect(screen.locator('main')).toContainText('The tents are lovely', { timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await context.close();
});

test('a question is asked once, answered, and kept without a name', async ({ page, site, wire, admin }) => {
  const body = '<div data-plx-survey="nps" data-plx-question="Would you recommend us?" data-plx-scale="10"></div>';
  const address = site.page('/survey', { body });
  await page.goto(address);
  const box = page.getByRole('dialog', { name: 'Would you recommend us?' });
  await expect(box).toBeVisible();
  expect(await accessibilityProblems(page), 'axe').toEqual([]);
  await box.getByRole('radio', { name: '9', exact: true }).check();
  await box.getByRole('button', { name: 'Send' }).click();
  await expect(box.getByRole('status')).toHaveText('Thank you for your answer.');
  await box.getByRole('button', { name: 'Close' }).click();
  await expect(box).toHaveCount(0);
  const [told] = await wire.sees('survey_answer');
  expect(told).toMatchObject({ category: 'research', properties: { survey: 'nps', question: 'Would you recommend us?', answer: '9', rating: 9 } });
  await page.reload();
  await wire.sees('page_view', 2);
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('parallax-survey')));
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(admin.address).toBeTruthy();
});

test('a question from the program has choices, and nobody is asked who refused to be', async ({ page, site, wire }) => {
  await page.goto(site.page('/program', { script: site.script('data-consent="manual"') }));
  const ask = () => page.evaluate(() => (window as any).parallax('survey', { id: 'why', question: 'Why are you here?', choices: ['To buy', 'To look'] }));
  await ask();
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('parallax-survey')));
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.evaluate(() => (window as any).parallax('consent', { research: true }));
  await ask();
  const box = page.getByRole('dialog', { name: 'Why are you here?' });
  await box.getByRole('radio', { name: 'To look' }).check();
  await box.getByRole('button', { name: 'Send' }).click();
  expect((await wire.sees('survey_answer'))[0]!.properties).toMatchObject({ survey: 'why', answer: 'To look' });
});
