import { expect, test } from '../support/site.ts';
import { accessibilityProblems } from '../support/accessibility.ts';

const asking = (site: { script: (attributes: string) => string }) => site.script('');
const switched = ['Errors', 'Performance', 'Usage', 'Content', 'Marketing', 'Support', 'Surveys'];

test('before a decision nothing is stored, nobody is named, and the page is only counted', async ({ page, context, site, wire, stored, reader, complaints }) => {
  complaints.allow(/nobody hears of it/);
  const body = '<button data-plx-event="Added">Add</button><form><input name="q" aria-label="Search"></form>';
  await page.goto(`${site.page('/fresh', { script: asking(site), body })}?utm_source=news`);
  await expect(page.getByRole('dialog', { name: 'May we learn from your visit?' })).toBeVisible();
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('Search').fill('tents');
  await page.evaluate(() => {
    (window as any).parallax('event', 'Trial started');
    (window as any).parallax('identify', 'customer_1');
    setTimeout(() => { throw new Error('nobody hears of it'); });
  });
  const [view] = await wire.sees('page_view');
  expect(Object.keys(view!).sort()).toEqual(['at', 'category', 'context', 'id', 'name', 'properties']);
  expect(view).toMatchObject({ category: 'essential', context: { url: `${site.origin}/fresh` }, properties: { refused: false } });
  await page.reload();
  await wire.sees('page_view', 2);
  expect(wire.events.map(({ name }) => name)).toEqual(['page_view', 'page_view']);
  expect(Object.keys(wire.bodies[0]).sort()).toEqual(['events', 'id', 'key', 'sent_at']);
  expect(await stored()).toEqual({});
  expect(await context.cookies()).toEqual([]);
  const counted = async () => (await reader.ask('metrics', { name: 'web.page_views', aggregate: 'sum', by: ['decision'], interval: 'day' })).series;
  await expect.poll(async () => (await counted()).map(({ labels, values }: any) => [labels.decision, values.reduce((sum: number, one: number) => sum + one, 0)])).toEqual([['none', 2]]);
});

test('who allows is known from then on; who withdraws is forgotten, here and there', async ({ page, site, wire, stored, reader }) => {
  await page.goto(`${site.page('/choice', { script: asking(site), body: '<button data-plx-event="Added">Add</button> <button data-plx-open="consent">Privacy</button>' })}?utm_source=news`);
  await page.getByRole('button', { name: 'Allow all' }).click();
  const views = await wire.sees('page_view', 2);
  expect(views[1]).toMatchObject({ category: 'usage', anonymous: expect.stringMatching(/^[0-9a-f]{32}$/), context: { url: `${site.origin}/choice?utm_source=news` } });
  await expect.poll(() => wire.decisions.length).toBe(1);
  expect(wire.decisions[0]).toMatchObject({ anonymous: views[1]!.anonymous, source: 'dialog', policy: 'built-in 1', decisions: { usage: true, marketing: true } });
  await page.getByRole('button', { name: 'Add' }).click();
  await wire.sees('Added');
  expect(JSON.stringify(await stored())).toContain(views[1]!.anonymous);

  await page.getByRole('button', { name: 'Privacy' }).click();
  const dialog = page.getByRole('dialog', { name: 'What may be collected' });
  await expect(dialog).toContainText('You decided on');
  await expect(dialog).toContainText('Your receipt:');
  await dialog.getByRole('button', { name: 'Only what is needed' }).click();
  await expect.poll(() => wire.decisions.length).toBe(2);
  expect(wire.decisions[1]).toMatchObject({ anonymous: views[1]!.anonymous, decisions: { usage: false, errors: false } });
  const left = await stored();
  expect(Object.keys(left)).toHaveLength(1);
  expect(JSON.parse(Object.values(left)[0]!)).toEqual({ decision: { allowed: [], at: expect.any(Number), checked: expect.any(Number), policy: 'built-in 1' } });
  const before = wire.events.length;
  await page.getByRole('button', { name: 'Add' }).click();
  await page.reload();
  await expect.poll(() => wire.events.length).toBe(before + 1);
  expect(wire.events.at(-1)).toMatchObject({ name: 'page_view', category: 'essential', properties: { refused: true } });
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(JSON.stringify(wire.bodies.slice(-1))).not.toContain(views[1]!.anonymous);
  const total = async () => (await reader.ask('trend', { series: [{ event: null, measure: 'total' }], interval: 'day' })).series[0]?.total;
  await expect.poll(total).toBe(2);
});

test('a withdrawal in one tab holds in the others', async ({ page, context, site, wire, stored }) => {
  const address = site.page('/tabs', { script: asking(site), body: '<button data-plx-event="Added">Add</button>' });
  await page.goto(address);
  await page.getByRole('button', { name: 'Allow all' }).click();
  await wire.sees('page_view', 2);
  const other = await context.newPage();
  await other.goto(address);
  await other.evaluate(() => (window as any).parallax('optOut'));
  await page.getByRole('button', { name: 'Add' }).click();
  await page.evaluate(() => (window as any).parallax('flush'));
  expect(wire.of('Added')).toEqual([]);
  expect(Object.keys(JSON.parse(Object.entries(await stored()).find(([name]) => !name.endsWith('_q'))![1]))).toEqual(['decision']);
});

test('the dialog is used with the keyboard alone, and axe finds nothing', async ({ page, site, wire }) => {
  await page.goto(site.page('/keys', { script: asking(site), body: '<button>Something else</button>' }));
  const bar = page.getByRole('dialog', { name: 'May we learn from your visit?' });
  await expect(bar).toBeVisible();
  expect(await accessibilityProblems(page), 'axe').toEqual([]);
  const focused = () => page.evaluate(() => {
    const inside = document.activeElement?.shadowRoot?.activeElement;
    return inside?.closest('label')?.querySelector('b')?.textContent ?? inside?.textContent ?? document.activeElement?.textContent;
  });
  const met: (string | null | undefined)[] = [];
  for (const _ of [1, 2, 3]) {
    await page.keyboard.press('Tab');
    met.push(await focused());
  }
  expect(met, 'the bar is met first').toEqual(['Only what is needed', 'Allow all', 'Choose in detail']);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'What may be collected' });
  await expect(dialog).toBeVisible();
  expect(await accessibilityProblems(page), 'axe').toEqual([]);
  for (const name of switched) await expect(dialog.getByRole('switch', { name }), 'nothing is chosen beforehand').not.toBeChecked();
  await expect(dialog.getByRole('switch', { name: 'Needed' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  expect(await focused(), 'the keyboard is where it was').toBe('Choose in detail');
  expect(wire.decisions, 'closing is no answer').toEqual([]);
  await page.keyboard.press('Enter');
  for (const name of ['Errors', 'Usage']) {
    await dialog.getByRole('switch', { name }).focus();
    await page.keyboard.press('Space');
  }
  await dialog.getByRole('button', { name: 'Save my choice' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const only = { usage: true, errors: true, performance: false, content: false, marketing: false, support: false, research: false };
  await expect.poll(() => wire.decisions.map(({ decisions }) => decisions)).toEqual([only]);
});

test('both answers look alike', async ({ page, site }) => {
  await page.goto(site.page('/alike', { script: asking(site) }));
  const looks = (name: string) =>
    page.getByRole('button', { name }).evaluate((button) => {
      const { color, backgroundColor, border, font, padding } = getComputedStyle(button);
      const { width, height } = button.getBoundingClientRect();
      return { color, backgroundColor, border, font, padding, width: Math.round(width), height: Math.round(height) };
    });
  expect(await looks('Only what is needed')).toEqual(await looks('Allow all'));
});

test('a browser that asks not to share is heard until its person says otherwise', async ({ page, site, wire }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }));
  const address = site.page('/gpc', { script: site.script('data-consent="granted"'), body: '<button data-plx-open="consent">Privacy</button>' });
  await page.goto(`${address}?utm_source=news`);
  const [view] = await wire.sees('page_view');
  expect(view).toMatchObject({ category: 'usage', context: { url: address } });
  expect(wire.bodies[0].consent).toEqual({ errors: true, performance: true, usage: true, content: false, marketing: false, support: true, research: false });
  await page.getByRole('button', { name: 'Privacy' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Your browser asks sites not to share your data.');
  await expect(dialog.getByRole('switch', { name: 'Marketing' })).not.toBeChecked();
  await dialog.getByRole('button', { name: 'Allow all' }).click();
  await page.reload();
  const views = await wire.sees('page_view', 2);
  expect(views[1]!.context!.url).toBe(`${address}?utm_source=news`);
});

test('a page may ask in its own way', async ({ page, site, wire, stored }) => {
  await page.goto(site.page('/own', { script: site.script('data-consent="manual"') }));
  await wire.sees('page_view');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const heard = page.evaluate(() => new Promise((then) => addEventListener('parallax:consent', (event) => then((event as CustomEvent).detail), { once: true })));
  const receipt = await page.evaluate(() => (window as any).parallax('consent', { usage: true }, 'shop 3'));
  expect(receipt).toEqual(expect.stringMatching(/\S{20,}/));
  expect(await heard).toMatchObject({ receipt, decisions: { usage: true, marketing: false } });
  await wire.sees('page_view', 2);
  expect(wire.decisions[0]).toMatchObject({ policy: 'shop 3', source: 'page' });
  expect(JSON.stringify(await stored())).toContain('shop 3');
});

test('texts come in the language of the page, and it is dark where the person wants it dark', async ({ page, site }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(site.page('/dark', { script: site.script('data-lang="de"') }));
  const bar = page.getByRole('dialog', { name: 'Dürfen wir aus Ihrem Besuch lernen?' });
  await expect(bar).toBeVisible();
  const lightness = await bar.evaluate((box) => getComputedStyle(box).backgroundColor.match(/\d+/g)!.slice(0, 3).map(Number));
  expect(Math.max(...lightness)).toBeLessThan(80);
  expect(await accessibilityProblems(page), 'axe').toEqual([]);
});

test('a page gives the dialog its own colours', async ({ page, site }) => {
  const head = '<style>:root { --plx-surface: rgb(255, 250, 240); --plx-accent: rgb(120, 20, 60); --plx-radius: 0 }</style>';
  await page.goto(site.page('/themed', { head, script: asking(site) }));
  const look = await page.getByRole('dialog').evaluate((box) => {
    const { backgroundColor, borderRadius } = getComputedStyle(box);
    return { backgroundColor, borderRadius, button: getComputedStyle(box.querySelector('button')!).backgroundColor };
  });
  expect(look).toEqual({ backgroundColor: 'rgb(255, 250, 240)', borderRadius: '0px', button: 'rgb(120, 20, 60)' });
});
