/** The trace of the page that is open, so that what a person does here leads to what servers did for it. */

import { hex } from './hex.ts';
import { settings } from './tag.ts';

const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
const told =
  document.querySelector<HTMLMetaElement>('meta[name=traceparent]')?.content ??
  navigation?.serverTiming?.find(({ name }) => name === 'traceparent')?.description;

/** A page that no server rendered has one only where its requests carry it. */
const fresh = () => (settings.trace ? hex(16) : undefined);

let current = told?.split('-')[1] ?? fresh();

export const trace = () => current;

export function nextTrace(): void {
  current = fresh();
}
