/** Clicks on what looks as if it did something, after which nothing happens. */

import { pointer, target, through } from '../core/point.ts';
import type { Core } from '../core/words.ts';

/** Milliseconds in which something must happen. */
const patience = 1_000;
const started = new WeakSet<Core>();

export function start(core: Core): void {
  if (started.has(core)) return;
  started.add(core);
  addEventListener(
    'click',
    (event) => {
      const element = through(event, 'a,button,[role=button],[role=link],[role=tab],summary,[onclick]');
      if (element && target(event)) void wait(core, element);
    },
    true,
  );
}

async function wait(core: Core, element: HTMLElement): Promise<void> {
  const before = `${location}`;
  let happened = false;
  const notice = () => (happened = true);
  const observer = new MutationObserver(notice);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const signs = ['scroll', 'focusin', 'input', 'toggle', 'pagehide', 'visibilitychange', 'blur'];
  signs.forEach((sign) => addEventListener(sign, notice, true));
  const requests = performance.getEntriesByType('resource').length;
  await new Promise((then) => setTimeout(then, patience));
  observer.disconnect();
  signs.forEach((sign) => removeEventListener(sign, notice, true));
  happened ||= `${location}` !== before || performance.getEntriesByType('resource').length > requests;
  if (!happened) core.tell('dead_click', { element: pointer(element) });
}
