import { prepare, sendFromServers, Shop } from './support/clients.ts';
import { Reader } from './support/reader.ts';
import { expect, test } from './support/test.ts';
import { fresh } from './support/world.ts';

// The clients are installed by npm and pip and run for real: in the full run only, and once.
const once = /^hydrated-1440-light$/;
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

test.beforeEach(async ({}, info) => {
  test.skip(!once.test(info.project.name), 'live clients run once, in the full run');
  test.setTimeout(300_000);
  await prepare();
});

const word = () => fresh('apples').replace(' ', '-');

test('what the clients of other products send from servers is read on the page of events', async ({ page, open, project, admin }) => {
  const mark = word();
  await sendFromServers(admin.address, project.sender.key, mark);
  const reader = await Reader.of(admin, project.id);
  const clients = ['posthog python', 'posthog node', 'segment python', 'segment node', 'mixpanel python', 'mixpanel import', 'mixpanel node', 'mixpanel batch', 'plausible python'];
  await open(`/explore/events?range=24h&project=${project.id}`);
  for (const client of clients) await expect(page.locator('main'), client).toContainText(`${client} ${mark}`);
  for (const thrown of ['ValueError: no stock of', 'Error: no ']) await reader.sees('issues', thrown);
});

test('what the trackers of other products send from pages is read on the page of events', async ({ page, open, browser, project, admin }) => {
  const mark = word();
  const shop = await Shop.open();
  const key = await admin.key(project.id, 'browser', `pages of ${mark}`, shop.address);
  const visitor = await browser.newContext({ userAgent: agent });
  const complaints: string[] = [];
  visitor.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  try {
    const asked = new URLSearchParams({ address: admin.address, key, word: mark, utm_source: 'news' });
    for (const tracker of ['posthog', 'mixpanel', 'plausible', 'umami']) {
      const visited = await visitor.newPage();
      await visited.goto(`${shop.address}/${tracker}?${asked}`);
      const reader = await Reader.of(admin, project.id);
      await expect
        .poll(async () => JSON.stringify(await reader.ask('trend', { series: [{ event: `${tracker} web ${mark}`, measure: 'total' }] })), { timeout: 30_000 })
        .toContain('"total":1');
      await visited.close();
    }
  } finally {
    await visitor.close();
    shop.close();
  }
  // An exception that a page throws on purpose, and nothing about answers that may not be read.
  expect(complaints.filter((text) => !text.includes('broken basket'))).toEqual([]);
  await open(`/explore/events?range=24h&project=${project.id}`);
  for (const tracker of ['posthog', 'mixpanel', 'plausible', 'umami']) {
    await expect(page.locator('main'), tracker).toContainText(`${tracker} web ${mark}`);
  }
  await expect(page.locator('main')).toContainText('page_view');
  await (await Reader.of(admin, project.id)).sees('issues', 'TypeError: broken basket');
});
