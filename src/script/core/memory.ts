/** What is remembered of a person: in the browser's storage once somebody agreed, until then in this page only. */

import { hex } from './hex.ts';
import { key, settings } from './tag.ts';
import { switches, type Category, type Memory } from './words.ts';

const halfAnHour = 1_800_000;
const day = 86_400_000;
/** A decision is asked for again after thirteen months. */
const valid = 34_128_000_000;

/** Two scripts with different keys on one page do not share what they remember. */
export const name = `plx_${key.slice(-8)}`;
const granted = settings.consent === 'granted';
/** Global Privacy Control or Do Not Track is set. */
const signalled = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl || navigator.doNotTrack === '1';

let memory: Memory = {};

/** What storage holds under a name: null for nothing, undefined where it is blocked. */
export function stored(name: string) {
  try {
    return JSON.parse(localStorage.getItem(name)!);
  } catch {}
}

/** A storage that is full or blocked is done without. */
export function store(name: string, value: unknown): void {
  try {
    if (value) localStorage.setItem(name, JSON.stringify(value));
    else localStorage.removeItem(name);
  } catch {}
}

/** As of now: another tab may have changed it. */
export function recall(): Memory {
  const found = stored(name);
  if (found || (found === null && keeps())) memory = found ?? {};
  if (memory.decision && memory.decision.at + valid < Date.now()) remember({});
  return memory;
}

/** Without anything allowed only the decision itself is kept. */
export function remember(next: Memory): void {
  memory = next;
  const { decision } = next;
  store(name, keeps() ? next : decision && { decision });
}

/** Whether anything but the decision may be stored in this browser. */
export const keeps = () => (memory.decision ? !!memory.decision.allowed[0] : granted);

export function allows(category: Category): boolean {
  const { decision } = recall();
  if (category === 'essential') return true;
  return decision ? decision.allowed.includes(category) : granted && !(signalled && /^(ma|c|res)/.test(category));
}

/** Every category with whether it is allowed. */
export const decisions = () => Object.fromEntries(switches.map((category) => [category, allows(category)]));

/** Who did what is told next. A visit ends after 30 quiet minutes, or after a day. */
export function who() {
  const now = Date.now();
  const known = recall();
  let { session, user, anonymous = hex(16) } = known;
  if (!session || now - session.last > halfAnHour || now - session.begun > day) session = { id: hex(16), begun: now, last: now };
  session.last = now;
  remember({ ...known, anonymous, session });
  return { user, anonymous, session: session.id };
}
