import { expect, test } from '../support/site.ts';

test('a page view says where, under which circumstances and by which campaign, and is on the screens', async ({ page, site, wire, reader, browserName }) => {
  const address = site.page('/tents', {});
  await page.goto(`${address}?utm_source=news&utm_medium=email&utm_campaign=spring&gclid=secret-click&email=jane%40shop.example`);
  const [view] = await wire.sees('page_view');
  expect(view!.context).toMatchObject({ url: `${address}?utm_source=news&utm_medium=email&utm_campaign=spring&gclid`, title: 'Page /tents' });
  expect(view!.properties).toMatchObject({ reduced_motion: false, contrast: 'normal', viewport: expect.stringMatching(/^\d+x\d+$/) });
  expect(wire.bodies[0].context).toMatchObject({ locale: 'de-DE', timezone: 'Pacific/Auckland', theme: expect.stringMatching(/light|dark/), screen: expect.stringMatching(/^\d+x\d+$/) });
  for (const secret of ['secret-click', 'jane']) expect(JSON.stringify(wire.bodies)).not.toContain(secret);
  const trend = (breakdown: string) => reader.ask('trend', { series: [{ event: 'page_view', measure: 'total' }], interval: 'day', breakdown });
  const values = async (breakdown: string) => (await trend(breakdown)).series.map(({ value, total }: any) => [value, total]);
  await expect.poll(() => values('url.path')).toEqual([['/tents', 1]]);
  expect(await values('campaign.name')).toEqual([['spring', 1]]);
  expect(await values('country'), 'by the time zone').toEqual([['NZ', 1]]);
  expect(await values('browser')).toEqual([[expect.stringContaining('Chrom'), 1]]);
  expect(await values('properties.ad_network')).toEqual([['google', 1]]);
  expect(browserName).toBe('chromium');
});

test('a program that changes the address itself has a page view for every page', async ({ page, site, wire }) => {
  await page.goto(site.page('/app', {}));
  await wire.sees('page_view');
  await page.evaluate(() => {
    history.pushState({}, '', '/app/orders');
    document.title = 'Orders';
  });
  await wire.sees('page_view', 2);
  await page.evaluate(() => history.pushState({}, '', '/app/orders?sort=price#top'));
  await page.evaluate(() => history.replaceState({}, '', '/app/orders/paid'));
  await wire.sees('page_view', 3);
  await page.goBack();
  const views = await wire.sees('page_view', 4);
  expect(views.map(({ context }) => [new URL(context!.url).pathname, context!.title])).toEqual([
    ['/app', 'Page /app'],
    ['/app/orders', 'Orders'],
    ['/app/orders/paid', 'Orders'],
    ['/app/orders', 'Orders'],
  ]);
  expect(new Set(views.map(({ session }) => session)).size, 'one visit').toBe(1);
  expect(new Set(views.map(({ anonymous }) => anonymous)).size, 'one visitor').toBe(1);
});

test('where pages differ by their fragment, a route in it is a page', async ({ page, site, wire }) => {
  const script = site.script('data-consent="granted" data-hash');
  await page.goto(`${site.page('/hash', { script, body: '<a href="#/orders">Orders</a>' })}#/start`);
  await wire.sees('page_view');
  await page.getByRole('link', { name: 'Orders' }).click();
  const views = await wire.sees('page_view', 2);
  expect(views.map(({ context }) => new URL(context!.url).pathname)).toEqual(['/start', '/orders']);
});

test('a page that comes back from the cache of the browser is seen again', async ({ page, site, wire }) => {
  await page.goto(site.page('/first', {}));
  await wire.sees('page_view');
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  const views = await wire.sees('page_view', 2);
  expect(views[1]!.context!.url).toBe(`${site.origin}/first`);
});

test('how long and how far a page was read is told when it ends', async ({ page, site, wire }) => {
  await page.clock.install();
  const next = site.page('/next', {});
  await page.goto(site.page('/long', { body: '<div style="height:6000px"></div><a id="end" href="/next">Next</a>' }));
  await wire.sees('page_view');
  await page.clock.runFor(12_000);
  await page.mouse.wheel(0, 3_000);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(2_000);
  await page.clock.runFor(3_000);
  await page.goto(next);
  const [told] = await wire.sees('engagement');
  expect(told!.context!.url).toBe(`${site.origin}/long`);
  expect(told!.properties!.seconds).toBeGreaterThanOrEqual(14);
  expect(told!.properties!.scroll).toBeGreaterThan(40);
  expect(told!.properties!.scroll).toBeLessThan(100);
});
