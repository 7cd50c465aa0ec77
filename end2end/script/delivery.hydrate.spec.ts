import { expect, test } from '../support/site.ts';

const total = (reader: { ask: (question: string, own: object) => Promise<any> }, event: string) => async () =>
  (await reader.ask('trend', { series: [{ event, measure: 'total' }], interval: 'day' })).series[0]?.total ?? 0;

test('what could not be sent waits and arrives once, also after the page was closed', async ({ page, context, site, wire, stored, reader, complaints }) => {
  complaints.allow(/ERR_INTERNET_DISCONNECTED/);
  const address = site.page('/offline', { body: '<button data-plx-event="Added">Add</button>' });
  await page.goto(address);
  await wire.sees('page_view');
  await context.setOffline(true);
  await page.getByRole('button').click();
  await page.evaluate(() => (window as any).parallax('flush'));
  await page.getByRole('button').click();
  await page.evaluate(() => (window as any).parallax('flush'));
  const waiting = async () => Object.entries(await stored()).filter(([name]) => name.endsWith('_q')).flatMap(([, value]) => JSON.parse(value)).length;
  await expect.poll(waiting).toBe(2);
  await page.close();
  await context.setOffline(false);
  const again = await context.newPage();
  await again.goto(address);
  await expect.poll(total(reader, 'Added')).toBe(2);
  await expect.poll(() => again.evaluate(() => JSON.parse(localStorage[Object.keys(localStorage).find((name) => name.endsWith('_q'))!]).length)).toBe(0);
  expect(await total(reader, 'Added')()).toBe(2);
});

test('an answer that is lost on its way makes no second event', async ({ page, site, wire, reader, complaints }) => {
  complaints.allow(/ERR_FAILED|ERR_CONNECTION/);
  await page.goto(site.page('/lost', { body: '<button data-plx-event="Added">Add</button>' }));
  await wire.sees('page_view');
  const lost: { id: string; events: object[] }[] = [];
  await page.route('**/i/v1/events', async (route) => {
    if (lost.length > 0) return route.fallback();
    await route.fetch();
    lost.push(route.request().postDataJSON());
    await route.abort();
  });
  await page.getByRole('button').click();
  await wire.sees('Added', 2);
  expect(wire.bodies.at(-1)).toMatchObject({ id: lost[0]!.id, events: lost[0]!.events });
  await expect.poll(total(reader, 'Added')).toBe(1);
});

test('the last words of a page that closes arrive', async ({ page, site, wire, reader }) => {
  await page.goto(site.page('/closing', { body: '<button data-plx-event="Added">Add</button>' }));
  await wire.sees('page_view');
  await page.getByRole('button').click();
  await page.goto('about:blank');
  await expect.poll(total(reader, 'Added')).toBe(1);
});

test('a page works where the browser gives no storage', async ({ page, site, wire, reader }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    }
  });
  await page.goto(site.page('/blocked', { body: '<button data-plx-event="Added">Add</button>' }));
  await page.getByRole('button').click();
  await page.getByRole('button').click();
  const told = await wire.sees('Added', 2);
  expect(told[0]!.anonymous).toBe(told[1]!.anonymous);
  await expect.poll(total(reader, 'Added')).toBe(2);
});

test('two scripts on a page do not disturb each other, and the same one twice is one', async ({ page, site, wire, admin, project, reader }) => {
  const second = await admin.key(project.id, 'browser', `second of ${project.name}`, site.origin);
  const script = site.script() + site.script('data-consent="granted"', second) + site.script();
  await page.goto(site.page('/two', { script, body: '<button data-plx-event="Added">Add</button>' }));
  await page.getByRole('button').click();
  await page.evaluate(() => (window as any).parallax('event', 'Said'));
  for (const name of ['page_view', 'Added', 'Said']) {
    const told = await wire.sees(name, 2);
    expect(new Set(told.map(({ anonymous }) => anonymous)).size, `${name} by two visitors of two scripts`).toBe(2);
  }
  expect(new Set(wire.bodies.map(({ key }) => key)).size).toBe(2);
  await expect.poll(total(reader, 'Added')).toBe(2);
});

test('a page with a strict content security policy needs to allow the address of the script and nothing else', async ({ page, site, wire }) => {
  const policy = `default-src 'none'; script-src ${site.telemetry}; connect-src ${site.telemetry}; img-src data:; require-trusted-types-for 'script'`;
  const body = '<button data-plx-event="Added">Add</button> <button data-plx-open="consent">Privacy</button> <button data-plx-open="feedback">Feedback</button>';
  await page.goto(site.page('/strict', { script: site.script(''), body, headers: { 'content-security-policy': policy } }));
  const bar = page.getByRole('dialog');
  await expect(bar).toBeVisible();
  expect(await bar.evaluate((box) => getComputedStyle(box).position), 'it has its looks').toBe('fixed');
  await page.getByRole('button', { name: 'Allow all' }).click();
  await page.getByRole('button', { name: 'Add' }).click();
  await wire.sees('Added');
  await page.getByRole('button', { name: 'Feedback' }).click();
  await expect(page.getByRole('dialog', { name: 'Tell us what you think' })).toBeVisible();
});

test('what a page says before the script is there is not lost', async ({ page, site, wire }) => {
  const head = `<script>window.parallax ??= function () { (parallax.q ??= []).push(arguments) };
    parallax('identify', 'customer_1'); parallax('group', 'company', 'acme', { plan: 'team' });
    parallax('event', 'Paid', { items: 2 }, { revenue: { amount: 9.5, currency: 'EUR' } }); parallax('nonsense');</script>`;
  await page.goto(site.page('/early', { head }));
  const [paid] = await wire.sees('Paid');
  expect(paid).toMatchObject({ user: 'customer_1', properties: { items: 2, 'group.company': 'acme' }, revenue: { amount: 9.5, currency: 'EUR' } });
  expect((await wire.sees('group'))[0]!.properties).toMatchObject({ type: 'company', id: 'acme', plan: 'team' });
  await page.evaluate(() => (window as any).parallax('reset'));
  await page.evaluate(() => (window as any).parallax('event', 'After'));
  const [after] = await wire.sees('After');
  expect(after!.user).toBeUndefined();
  expect(after!.anonymous).not.toBe(paid!.anonymous);
});
