import { randomBytes } from 'node:crypto';
import { expect, test } from '../support/site.ts';

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

test('an error in a page is an issue on the screen, with its stack and its place', async ({ page, site, wire, reader, admin, project, browser, complaints }) => {
  complaints.allow(/basket is gone|card was declined|handed over/);
  const script = site.script('data-consent="granted" data-service="shop-web" data-version="2.4.1"');
  const head = `<script>
    function pay() { throw new TypeError('the basket is gone'); }
    addEventListener('DOMContentLoaded', () => {
      document.querySelector('#pay').onclick = () => pay();
      document.querySelector('#card').onclick = () => { Promise.reject(new RangeError('the card was declined')); };
      document.querySelector('#own').onclick = () => parallax('error', new Error('handed over'));
    });</script>`;
  const body = '<button id="pay">Pay</button> <button id="card">Card</button> <button id="own">Own</button>';
  await page.goto(site.page('/cart', { head, body, script }));
  for (const id of ['#pay', '#pay', '#card', '#own']) await page.locator(id).click();
  const told = await wire.sees('exception', 3);
  expect(told.map(({ properties }) => [properties!.type, properties!.message, properties!.escaped])).toEqual([
    ['TypeError', 'the basket is gone', true],
    ['RangeError', 'the card was declined', true],
    ['Error', 'handed over', false],
  ]);
  await reader.sees('issues', 'the basket is gone');
  const context = await browser.newContext({ storageState: admin.storageState, baseURL: admin.address });
  const screen = await context.newPage();
  await screen.goto(`/engineering/issues?project=${project.id}`);
  await screen.locator('main').getByRole('link', { name: /TypeError/ }).first().click();
  const main = screen.locator('main');
  await expect(main).toContainText('the basket is gone');
  await expect(main).toContainText('shop-web');
  await expect(main).toContainText('pay (');
  await expect(main).toContainText('2.4.1');
  await context.close();
});

test("the page view leads to the trace of the request that made the page, on the person's timeline", async ({ page, site, wire, admin, project, browser }) => {
  const trace = hex(16);
  await project.sender.spans([{ trace, id: hex(8), service: 'shop', name: 'GET /orders', at: Date.now() - 1_000, ms: 120 }]);
  const head = `<meta name="traceparent" content="00-${trace}-${hex(8)}-01"><script>window.parallax ??= function () { (parallax.q ??= []).push(arguments) }; parallax('identify', 'customer_77', { plan: 'team' });</script>`;
  await page.goto(site.page('/orders', { head }));
  const [view] = await wire.sees('page_view');
  expect(view!.context!.trace_id).toBe(trace);
  expect((await wire.sees('identify'))[0]).toMatchObject({ user: 'customer_77', properties: { plan: 'team' } });
  await page.evaluate(() => history.pushState({}, '', '/elsewhere'));
  expect((await wire.sees('page_view', 2))[1]!.context!.trace_id, 'that page was made by no request').toBeUndefined();
  const person = await admin.change('person/find', { project: String(project.id), id: 'customer_77' });
  const context = await browser.newContext({ storageState: admin.storageState, baseURL: admin.address });
  const screen = await context.newPage();
  await expect(async () => {
    await screen.goto(person);
    await expect(screen.locator(`main a[href*="${trace}"]`).first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await screen.locator(`main a[href*="${trace}"]`).first().click();
  await expect(screen.locator('main')).toContainText('GET /orders');
  await context.close();
});

test('a trace id may come in the timing of the answer as well', async ({ page, site, wire }) => {
  const trace = hex(16);
  await page.goto(site.page('/timed', { headers: { 'server-timing': `traceparent;desc="00-${trace}-${hex(8)}-01"` } }));
  expect((await wire.sees('page_view'))[0]!.context!.trace_id).toBe(trace);
});

test('requests to the addresses that the page names carry its trace, and others do not', async ({ page, site, wire }) => {
  const script = site.script('data-consent="granted" data-trace="/api/own"');
  await page.goto(site.page('/calls', { script }));
  const [view] = await wire.sees('page_view');
  const trace = view!.context!.trace_id as string;
  expect(trace).toMatch(/^[0-9a-f]{32}$/);
  await page.waitForFunction(() => !String(window.fetch).includes('native code'));
  await page.evaluate(async () => {
    await fetch('/api/own/orders', { headers: { accept: 'application/json' } });
    await fetch(new Request('/api/own/request', { method: 'POST', body: 'x' }));
    await fetch('/api/other');
    await new Promise((then) => {
      const request = new XMLHttpRequest();
      request.onloadend = then;
      request.open('GET', '/api/own/old');
      request.send();
    });
  });
  const header = (path: string) => site.asked.find(({ url }) => url === path)?.headers;
  for (const path of ['/api/own/orders', '/api/own/request', '/api/own/old']) {
    expect(header(path)!.traceparent, path).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  }
  expect(header('/api/own/orders')!.accept).toBe('application/json');
  expect(header('/api/other')!.traceparent).toBeUndefined();
});
