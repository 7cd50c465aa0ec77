/** Parts that come when they are wanted and allowed. */

import { decide } from './consent.ts';
import { allows, recall, remember } from './memory.ts';
import { leaving } from './pages.ts';
import { door, load, settings } from './tag.ts';
import { tell } from './tell.ts';
import { trace } from './trace.ts';
import type { Category, Core } from './words.ts';

const core: Core = { settings, door, allows, decide, tell, recall, remember, leaving, trace };

export const open = (part: string, given?: object) => load(part, core, given);

/** Starts what may start now; a part that runs already takes no harm. */
export function begin(): void {
  const part = (name: string, category: Category, wanted: unknown) => wanted && allows(category) && open(name);
  part('forms', 'usage', document.forms[0]);
  part('dead', 'usage', 'deadClicks' in settings);
  part('vitals', 'performance', settings.vitals !== 'off');
  part('trace', 'performance', settings.trace);
  part('survey', 'research', document.querySelector('[data-plx-survey]'));
}
