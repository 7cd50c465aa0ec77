/** An event on its way out: allowed or not, by whom, on which page. */

import { told } from './address.ts';
import { allows, recall, who } from './memory.ts';
import { put } from './outbox.ts';
import { settings } from './tag.ts';
import { trace } from './trace.ts';
import type { Options, Properties } from './words.ts';

export const address = (campaign = allows('marketing')) => told(location.href, campaign, 'hash' in settings);

/** What is essential says where, and never who. */
export function tell(name: string, properties?: Properties, { category = 'usage', revenue, context }: Options = {}): void {
  if (category === 'essential') put({ name, category, properties, context: { url: address(false) } });
  else if (allows(category)) {
    const { groups } = recall();
    put({ name, category, ...who(), properties: { ...properties, ...groups }, revenue, context: { url: address(), trace_id: trace(), ...context } });
  }
}
