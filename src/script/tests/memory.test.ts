import { block, kept } from './page.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allows, recall, remember, who } from '../core/memory.ts';

const now = Date.now();
const agreed = { allowed: ['usage' as const], at: now };

test('without a decision nothing is allowed and nothing is stored', () => {
  assert.equal(allows('usage'), false);
  assert.equal(allows('essential'), true);
  remember({ ...recall(), user: 'ada' });
  assert.equal(recall().user, 'ada', 'known in this page');
  assert.equal(kept.size, 0);
});

test('with something allowed a person has a name of its own, which stays', () => {
  remember({ ...recall(), decision: agreed });
  const first = who();
  assert.match(first.anonymous, /^[0-9a-f]{32}$/);
  assert.deepEqual(who(), first);
  assert.equal(first.user, 'ada');
  assert.equal(allows('errors'), false, 'what was not allowed is refused');
});

test('a visit ends after thirty quiet minutes', () => {
  const { session } = who();
  const known = recall();
  remember({ ...known, session: { ...known.session!, last: now - 29 * 60_000 } });
  assert.equal(who().session, session);
  remember({ ...known, session: { ...known.session!, last: now - 31 * 60_000 } });
  assert.notEqual(who().session, session);
});

test('a visit ends after a day', () => {
  const { session } = who();
  remember({ ...recall(), session: { id: session, begun: now - 25 * 3_600_000, last: now } });
  assert.notEqual(who().session, session);
});

test('another tab that refuses is heard, and what it forgot stays forgotten', () => {
  const [name] = [...kept.keys()];
  kept.set(name!, JSON.stringify({ decision: { allowed: [], at: now } }));
  assert.equal(allows('usage'), false);
  assert.equal(recall().anonymous, undefined);
});

test('with nothing allowed only the decision is stored', () => {
  remember({ decision: { allowed: [], at: now }, anonymous: 'a', user: 'ada' });
  assert.deepEqual([...kept.values()].map((value) => Object.keys(JSON.parse(value))), [['decision']]);
});

test('a decision of fourteen months ago is none', () => {
  remember({ decision: { allowed: ['usage'], at: now - 425 * 86_400_000 }, anonymous: 'a' });
  assert.equal(recall().decision, undefined);
  assert.equal(kept.size, 0);
});

test('where storage is blocked a page remembers as long as it is open', () => {
  block();
  remember({ decision: agreed });
  assert.deepEqual(who(), who());
  assert.equal(allows('usage'), true);
});
