/** What a person decides, remembered here and told to the server. */

import { hex } from './hex.ts';
import { allows, decisions as all, recall, remember } from './memory.ts';
import { tidy } from './outbox.ts';
import { view } from './pages.ts';
import { begin } from './parts.ts';
import { key, post, settings } from './tag.ts';
import { switches, type Decisions } from './words.ts';

/**
 * Takes effect at once; gives the receipt of the server. What was not answered is refused.
 * Who refuses everything gets no identifier: the answer is told under one that is thrown away.
 */
export async function decide(answer: Decisions | boolean, policy = settings.policy, source = 'page'): Promise<string | undefined> {
  const before = allows('usage');
  const at = Date.now();
  const { anonymous = hex(16), ...known } = recall();
  const decision = { allowed: switches.filter((category) => (answer as Decisions)[category] ?? answer === true), at, checked: at, policy };
  remember(decision.allowed[0] ? { ...known, anonymous, decision } : { decision });
  tidy();
  begin();
  // The page that is open is seen by somebody from now on.
  if (!before && allows('usage')) view();
  const decisions = all();
  const told = await post('consent', JSON.stringify({ key, anonymous, decisions, at: new Date(at), policy, source }));
  const receipt = told?.ok ? (await told.json()).receipt : undefined;
  dispatchEvent(new CustomEvent('parallax:consent', { detail: { decisions, receipt } }));
  return receipt;
}
