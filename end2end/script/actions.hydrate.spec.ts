import { expect, test } from '../support/site.ts';

test('clicks that a page names are told in its words', async ({ page, site, wire, reader }) => {
  const body = `
    <button data-plx-event="Added to basket" data-plx-prop-items="3" data-plx-prop-article-number="007" data-plx-prop-plan="team"><svg width="20" height="20"><rect width="20" height="20"/></svg></button>
    <div data-plx-ignore><button data-plx-event="Secret">Ignored</button></div>`;
  await page.goto(site.page('/shop', { body }));
  await page.locator('rect').click();
  await page.getByText('Ignored').click();
  await page.getByRole('button').first().press('Enter');
  const told = await wire.sees('Added to basket', 2);
  expect(told[0]!.properties).toEqual({ items: 3, article_number: '007', plan: 'team' });
  expect(wire.of('Secret')).toEqual([]);
  const sum = async () => (await reader.ask('trend', { series: [{ event: 'Added to basket', measure: 'sum:items' }], interval: 'day' })).series[0]?.total;
  await expect.poll(sum).toBe(6);
});

test('links that lead away and downloads are told by themselves', async ({ page, context, site, wire }) => {
  await context.route('https://other.example/**', (route) => route.fulfill({ body: 'elsewhere' }));
  const body = `
    <a href="https://other.example/offer?token=secret" target="_blank">Away</a> <a href="/price.pdf" target="_blank">Prices</a>
    <a href="/export" download onclick="event.preventDefault()">Export</a> <a href="#here">Here</a> <a href="mailto:jane@shop.example" onclick="event.preventDefault()">Write</a>`;
  site.page('/price.pdf', { script: '' });
  await page.goto(site.page('/links', { body }));
  for (const name of ['Away', 'Prices', 'Export', 'Here', 'Write']) await page.getByRole('link', { name }).click();
  const [away] = await wire.sees('outbound_click');
  expect(away!.properties!.url).toContain('https://other.example/offer');
  const files = await wire.sees('download', 2);
  expect(files.map(({ properties }) => new URL(properties!.url).pathname)).toEqual(['/price.pdf', '/export']);
});

test('three clicks in a second on one spot are anger, and scattered ones are not', async ({ page, site, wire }) => {
  await page.goto(site.page('/rage', { body: '<button id="pay" class="big">Pay</button><p style="height:300px">Text</p><button id="far">Far</button>' }));
  await wire.sees('page_view');
  const press = async (selector: string, clickCount: number) => {
    const box = await page.locator(selector).boundingBox();
    await page.mouse.click(box!.x + 5, box!.y + 5, { clickCount });
  };
  await press('#pay', 2);
  await press('#far', 1);
  await press('#pay', 2);
  await press('#far', 4);
  const told = await wire.sees('rage_click');
  expect(told[0]!.properties).toEqual({ element: '#far' });
});

test('of a form is told that it was sent and how much of it was touched, never what is in it', async ({ page, site, wire }) => {
  const body = `<form id="order" action="/sent" data-plx-event="Order sent" data-plx-prop-plan="team">
      <label>Name <input name="name"></label> <label>Mail <input name="mail" type="email"></label> <label>Note <textarea name="note"></textarea></label>
      <label>Size <select name="size"><option>M<option>L</select></label> <input type="hidden" name="token" value="hidden-secret"><button>Send</button></form>`;
  site.page('/sent', {});
  await page.goto(site.page('/form', { body }));
  await page.getByLabel('Name').fill('Jane Doe');
  await page.getByLabel('Mail').fill('jane@shop.example');
  // A person goes there first, which ends the field before.
  await page.getByLabel('Size').focus();
  await page.getByLabel('Size').selectOption('L');
  await page.getByRole('button').click();
  const [sent] = await wire.sees('form_submit');
  expect(sent!.properties).toEqual({ form: 'order', fields: 4, touched: 3, seconds: expect.any(Number), field: 'size' });
  expect((await wire.sees('Order sent'))[0]!.properties).toEqual({ plan: 'team' });
  await wire.sees('page_view', 2);
  for (const value of ['Jane', 'jane', 'hidden-secret']) expect(JSON.stringify(wire.bodies)).not.toContain(`"${value}`);
  expect(JSON.stringify(wire.events.map(({ properties }) => properties))).not.toMatch(/Jane|jane|secret/);
});

test('a form that was begun and not sent was given up, at the field that was touched last', async ({ page, site, wire }) => {
  const body = '<form><label>Name <input name="name"></label> <label>Card <input name="card"></label> <label>Code <input name="code"></label></form><form id="other"><input name="q" aria-label="Search"></form>';
  await page.goto(site.page('/checkout', { body }));
  await page.getByLabel('Name').fill('Jane');
  await page.getByLabel('Card').fill('4111111111111111');
  await page.goto(site.page('/away', {}));
  const [told] = await wire.sees('form_abandon');
  expect(told!.properties).toMatchObject({ form: 'form', fields: 3, touched: 2, field: 'card' });
  expect(told!.context!.url).toBe(`${site.origin}/checkout`);
  expect(JSON.stringify(wire.bodies)).not.toContain('4111');
});

test('clicks after which nothing happens are told where the page wants to know', async ({ page, site, wire }) => {
  const script = site.script('data-consent="granted" data-dead-clicks');
  const body = `<button id="dead">Nothing</button><button id="alive" onclick="this.textContent = 'Done'">Something</button>`;
  await page.goto(site.page('/dead', { body, script }));
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('parallax-dead')));
  await page.clock.install();
  await page.locator('#alive').click();
  await page.clock.runFor(2_000);
  await page.locator('#dead').click();
  await page.clock.runFor(4_000);
  const told = await wire.sees('dead_click');
  expect(told[0]!.properties).toEqual({ element: '#dead' });
});
