import { send } from './support/client.ts';
import { Reader } from './support/reader.ts';
import { expect, test } from './support/test.ts';
import { fresh } from './support/world.ts';

test("what OpenTelemetry's own client sends is read on the screens, with the bottleneck named", async ({ page, open, project, admin }) => {
  test.setTimeout(90_000);
  const word = fresh('apples').replace(' ', '.');
  const trace = await send(admin.address, project.sender.key, word);
  const reader = await Reader.of(admin, project.id);
  await Promise.all([reader.sees('traces', trace), reader.sees('issues', 'MailRefused')]);
  const inProject = (path: string) => `${path}${path.includes('?') ? '&' : '?'}project=${project.id}`;

  await test.step('the trace', async () => {
    const answer = await open(inProject(`/explore/traces/${trace}`));
    expect(answer.status()).toBe(200);
    const main = page.locator('main');
    for (const service of ['API Gateway', 'Auth', 'Order', 'Payment', 'Notification']) await expect(main).toContainText(service);
    await expect(page.locator('.lede')).toContainText('Payment');
    await expect(page.locator('.lede')).toContainText(/230\s?ms/);
    await expect(page.locator('.lede')).toContainText(/76\.7\s?%/);
    await expect(page.locator('.lede')).toContainText(/300\s?ms/);
  });

  await test.step('the trace in the list, and in the list of its service', async () => {
    await open(inProject('/explore/traces'));
    await page.getByRole('link', { name: 'POST /orders' }).click();
    await expect(page).toHaveURL(new RegExp(trace));
  });

  await test.step('the error with its stack', async () => {
    await open(inProject('/engineering/issues'));
    await page.locator('main').getByRole('link', { name: /MailRefused/ }).first().click();
    await expect(page.locator('main')).toContainText('the mail server refused the receipt');
    await expect(page.locator('main')).toContainText(/client\.py/);
  });

  await test.step('the log line, with its trace', async () => {
    await open(inProject(`/explore/logs?q=${word}`));
    await expect(page.locator('main')).toContainText(`stock of ${word} is low`);
  });

  await test.step('the counter, the histogram and the gauge', async () => {
    const asked = [['orders', 'sum', '7'], ['duration', 'avg', '200 ms'], ['queue', 'last', '42']] as const;
    for (const [name, aggregate, value] of asked) {
      const answer = await open(inProject(`/explore/metrics?metric=${word}.${name}&agg=${aggregate}`));
      expect(answer.status()).toBe(200);
      await expect(page.locator('main')).toContainText(`${word}.${name}`);
      await expect(page.getByText(new RegExp(`^${value} at last,`)).first()).toBeVisible();
    }
  });
});

test('the same telemetry answers the same questions over the programming interface', async ({ project, admin, request }) => {
  test.setTimeout(60_000);
  const word = fresh('pears').replace(' ', '.');
  const trace = await send(admin.address, project.sender.key, word);
  const reader = await Reader.of(admin, project.id);
  await reader.sees('traces', trace);
  await reader.sees('issues', 'MailRefused');
  const { bottleneck, spans } = await (await request.get(`/api/v1/traces/${trace}`, { headers: reader.headers })).json();
  expect(spans).toHaveLength(5);
  expect(bottleneck.service).toBe('Payment');
  expect(bottleneck.share).toBeCloseTo(230 / 300, 6);
  const found = await reader.ask('logs', { search: word, limit: 10 });
  expect(found.rows).toHaveLength(1);
  expect(JSON.stringify(found.rows[0])).toContain(`stock of ${word} is low`);
  const figure = async (name: string, aggregate: string) => {
    const { series } = await reader.ask('metrics', { name: `${word}.${name}`, aggregate, by: [], interval: 'hour' });
    return series.flatMap(({ values }: { values: (number | null)[] }) => values.filter((value) => value !== null));
  };
  await expect.poll(() => figure('orders', 'sum')).toEqual([7]);
  expect(await figure('queue', 'last')).toEqual([42]);
  expect(await figure('duration', 'avg')).toEqual([200]);
});
