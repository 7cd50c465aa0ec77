import { expect, test } from '../support/site.ts';

const jumping = `
  <button id="slow">Slow</button><div id="space"></div><p style="height:400px;background:#eee">Below</p>
  <script>
    document.querySelector('#slow').addEventListener('click', () => { const until = performance.now() + 300; while (performance.now() < until); });
  </script>`;

test('a slow click and a jumping page are measured as slow and jumping', async ({ page, site, wire, reader }) => {
  const address = site.page('/vitals', { body: jumping });
  await page.goto(`${address}?page=1`);
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('parallax-vitals')));
  await page.locator('#slow').click();
  // Half a second after an input a shift is nobody's wish.
  await page.waitForTimeout(700);
  await page.evaluate(async () => {
    document.querySelector<HTMLElement>('#space')!.style.height = '200px';
    await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
  });
  await page.waitForTimeout(300);
  await page.goto(site.page('/next', {}));
  const told = (await wire.sees('web_vitals'))[0]!;
  const { inp, cls, lcp, fcp, ttfb } = told.properties!;
  expect(told.category).toBe('performance');
  expect(told.context!.url).toBe(address);
  expect(inp).toBeGreaterThanOrEqual(300);
  expect(inp).toBeLessThan(5_000);
  expect(cls).toBeGreaterThan(0.02);
  expect(cls).toBeLessThan(0.6);
  expect(ttfb).toBeGreaterThan(0);
  expect(fcp).toBeGreaterThanOrEqual(ttfb);
  expect(lcp).toBeGreaterThanOrEqual(fcp);
  const labelled = async (name: string) =>
    (await reader.ask('metrics', { name, aggregate: 'last', by: ['url.path', 'device'], interval: 'day' })).series.map(({ labels, unit, values }: any) => [labels['url.path'], labels.device, unit, values.at(-1)]);
  // A headless browser calls itself a bot, and is taken at its word.
  await expect.poll(() => labelled('web.inp')).toEqual([['/vitals', 'bot', 'ms', inp]]);
  expect(await labelled('web.cls')).toEqual([['/vitals', 'bot', '1', cls]]);
  const views = async () => (await reader.ask('trend', { series: [{ event: 'page_view', measure: 'total' }], interval: 'day' })).series[0]?.total;
  await expect.poll(views, 'a measurement is no page view').toBe(2);
});

test('a calm page shifts by nothing and has no slowest click where nobody clicked', async ({ page, site, wire }) => {
  await page.goto(site.page('/calm', { body: '<p>Calm</p>' }));
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('parallax-vitals')));
  await page.goto(site.page('/next', {}));
  const { cls, inp } = (await wire.sees('web_vitals'))[0]!.properties!;
  expect(cls).toBe(0);
  expect(inp).toBeUndefined();
});

test('who refused performance is not measured', async ({ page, site, wire }) => {
  await page.goto(site.page('/unmeasured', { script: site.script('data-consent="manual"') }));
  await page.evaluate(() => (window as any).parallax('consent', { usage: true }));
  await wire.sees('page_view', 2);
  await page.goto(site.page('/next', {}));
  await wire.sees('page_view', 3);
  expect(wire.of('web_vitals')).toEqual([]);
});
