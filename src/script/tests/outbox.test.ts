import { dataset, kept, sent, server } from './page.ts';
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

// The core decides as it is loaded whether this page asks.
dataset.consent = 'granted';
const { flush, put, retry, tidy } = await import('../core/outbox.ts');
const { remember } = await import('../core/memory.ts');

const settled = () => new Promise((then) => setImmediate(then));
const waiting = (): { id: string; events: { name: string }[] }[] => JSON.parse(kept.get('plx_89abcdef_q') ?? '[]');
const event = (name: string) => ({ name, category: 'usage' as const });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  sent.length = 0;
  kept.set('plx_89abcdef_q', '[]');
  Object.assign(server, { status: 204, retryAfter: undefined });
});

test('events gather for two seconds and go together', async () => {
  put(event('one'));
  put(event('two'));
  assert.equal(sent.length, 0);
  mock.timers.tick(2_000);
  await settled();
  assert.deepEqual(sent.map(({ path, body }) => [path, body.events.map((one: { name: string }) => one.name)]), [['/i/v1/events', ['one', 'two']]]);
  const { key, id, context, consent, events } = sent[0]!.body;
  assert.equal(key, dataset.key);
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(context.screen, '1440x900');
  assert.equal(consent.usage, true);
  assert.notEqual(events[0].id, events[1].id);
});

test('thirty events do not wait', async () => {
  for (let at = 0; at < 30; at += 1) put(event('many'));
  await settled();
  assert.equal(sent[0]!.body.events.length, 30);
});

test('what does not arrive waits in storage and is sent again as the same batch', async () => {
  server.status = undefined;
  put(event('lost'));
  flush();
  await settled();
  assert.equal(waiting().length, 1);
  server.status = 204;
  await retry();
  assert.equal(waiting().length, 0);
  assert.equal(sent.length, 2);
  assert.equal(sent[0]!.body.id, sent[1]!.body.id);
  assert.deepEqual(sent[0]!.body.events, sent[1]!.body.events);
});

test('trouble of the server is waited out as long as it asks for', async () => {
  Object.assign(server, { status: 503, retryAfter: '7' });
  put(event('busy'));
  flush();
  await settled();
  server.status = 204;
  mock.timers.tick(6_999);
  await settled();
  assert.equal(sent.length, 1);
  mock.timers.tick(1);
  await settled();
  assert.equal(sent.length, 2);
});

test('what the server refuses is not sent again', async () => {
  server.status = 400;
  put(event('wrong'));
  flush();
  await settled();
  assert.equal(waiting().length, 0);
});

test('so many batches wait and no more; the newest stay', async () => {
  server.status = undefined;
  for (let at = 0; at < 25; at += 1) {
    put(event(`${at}`));
    flush();
    await settled();
  }
  assert.equal(waiting().length, 20);
  assert.equal(waiting().at(-1)!.events[0]!.name, '24');
});

test('what was refused meanwhile is neither kept nor sent', async () => {
  server.status = undefined;
  put(event('before'));
  flush();
  await settled();
  assert.equal(waiting().length, 1);
  remember({ decision: { allowed: [], at: Date.now() } });
  tidy();
  assert.equal(kept.has('plx_89abcdef_q'), false);
  put(event('after'));
  flush();
  server.status = 204;
  const before = sent.length;
  await retry();
  await settled();
  assert.equal(sent.length, before);
});
