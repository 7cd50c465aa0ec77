/** Page views, of documents and of programs that change the address themselves; how long and how far a page was read. */

import { preferences } from './circumstances.ts';
import { allows, recall } from './memory.ts';
import { closing } from './outbox.ts';
import { settings } from './tag.ts';
import { address, tell } from './tell.ts';
import { nextTrace } from './trace.ts';
import type { Options, Properties } from './words.ts';

let seen: string;
let first = true;
let since = 0;
let depth = 0;

/** Called when the page goes out of sight, and with true when it ends; what they tell is told of that page. */
export const leaving: ((ended: boolean, of: Options) => void)[] = [
  (_, of) => {
    const seconds = since && Math.round((performance.now() - since) / 1_000);
    if (seconds) tell('engagement', { seconds, scroll: Math.min(Math.round(depth * 100), 100) }, of);
  },
];

export function leave(ended: boolean): void {
  leaving.forEach((tell) => tell(ended, { context: { url: seen } }));
  look();
}

/** The page is in sight from now on, or not at all. */
function look(): void {
  since = document.hidden ? 0 : performance.now();
}

/** Tells that a page is seen. Before a decision it is only counted: where, by nobody. */
export function view(context?: Properties, properties?: Properties): void {
  seen = address(false);
  depth = 0;
  look();
  if (!allows('usage')) return tell('page_view', { refused: !!recall().decision }, { category: 'essential' });
  const { referrer, title } = document;
  const from = first && allows('marketing') && !referrer.startsWith(location.origin) ? referrer : undefined;
  tell('page_view', { ...(first && preferences()), ...properties }, { context: { title, referrer: from, ...context } });
  first = false;
}

/** Another address may be another page. A program sets the title after the address. */
const moved = () =>
  setTimeout(() => {
    if (address(false) === seen) return;
    leave(true);
    nextTrace();
    view();
  });

export function watchPages(): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const own = history[name];
    history[name] = function (...change) {
      own.apply(this, change);
      moved();
    };
  }
  addEventListener('popstate', moved);
  addEventListener('pageshow', ({ persisted }) => persisted && view());
  addEventListener('scroll', () => (depth = Math.max(depth, (scrollY + innerHeight) / document.documentElement.scrollHeight)), { passive: true });
  addEventListener('visibilitychange', () => {
    leave(false);
    if (document.hidden) closing();
  });
  addEventListener('pagehide', () => {
    leave(true);
    closing();
  });
  if (settings.pages !== 'off') view();
}
