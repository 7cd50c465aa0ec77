/** Parallax in a page: what it does by itself, and what the page may ask of it with `parallax(…)`. */

import { clicked } from './clicks.ts';
import { decide } from './consent.ts';
import { fail, watchErrors } from './errors.ts';
import { name, recall, remember } from './memory.ts';
import { flush, retry, tidy } from './outbox.ts';
import { leave, view, watchPages } from './pages.ts';
import { begin, open } from './parts.ts';
import { key, settings } from './tag.ts';
import { tell } from './tell.ts';
import type { Decisions, Feedback, Properties, Question } from './words.ts';

const commands: Record<string, (...args: any[]) => unknown> = {
  event: tell,
  error: (error: unknown) => fail(error),
  page(context?: Properties, properties?: Properties) {
    leave(true);
    view(context, properties);
  },
  identify(user: string, traits?: Properties) {
    remember({ ...recall(), user });
    tell('identify', traits);
  },
  alias: (alias: string) => tell('alias', { alias }),
  group(type: string, id: string, traits?: Properties) {
    const known = recall();
    remember({ ...known, groups: { ...known.groups, [`group.${type}`]: id } });
    tell('group', { type, id, ...traits });
  },
  consent: (answer?: Decisions | boolean, policy?: string) => (answer === undefined ? open('consent', {}) : decide(answer, policy)),
  optOut: () => decide(false),
  feedback: (given: Feedback = {}) => open('feedback', given),
  survey: (question: Question) => open('survey', question),
  reset: () => remember({ decision: recall().decision }),
  flush,
};

type Call = (name: string, ...args: any[]) => unknown;
type Calls = Iterable<[string, ...unknown[]]>;
/** What a page calls, before this script arrives and after. */
type Listener = Call & { q?: Calls; all?: Record<string, Call> };

/** One function speaks to every script of the page. Gives what was said to it before. */
function listen(): Calls | undefined {
  const page = window as { parallax?: Listener };
  const { q = [], all = {} } = page.parallax ?? ({} as Listener);
  // The same key twice is one script.
  if (all[key]) return undefined;
  all[key] = (name, ...args) => {
    try {
      return commands[name]!(...args);
    } catch {
      return undefined; // A mistake here must not become one of the page.
    }
  };
  page.parallax = Object.assign<Call, object>((...args) => Object.values(all).map((call) => call(...args))[0], { q, all });
  return q;
}

function start(): void {
  watchErrors();
  watchPages();
  addEventListener('click', clicked, true);
  addEventListener('focusin', begin);
  addEventListener('online', retry);
  addEventListener('storage', ({ key }) => key === name && tidy());
  begin();
  // Once a day whether the texts are still those that were agreed to.
  if ((settings.consent ?? 'ask') === 'ask' && !(recall().decision?.checked! > Date.now() - 86_400_000)) open('consent');
  retry();
  for (const [name, ...args] of said!) commands[name]?.(...args);
}

const said = listen();
if (said) {
  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener('prerenderingchange', start);
  else start();
}
