/** Web vitals: how fast a page came, how fast it answers, how much it jumps. What is good is the server's business. */

import type { Core } from '../core/words.ts';
import { biggestShift, slowest, type Shift } from '../kit/measures.ts';

/** Milliseconds; the shift is a number without a unit. */
type Vitals = Partial<Record<'ttfb' | 'fcp' | 'lcp' | 'inp' | 'cls', number>>;

interface Interaction extends PerformanceEntry {
  interactionId?: number;
}

interface Layout extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

const started = new WeakSet<Core>();

/** Reports once for every stretch in which a page was in sight: INP and CLS of that stretch, the others once. */
export function start(core: Core): void {
  if (started.has(core)) return;
  started.add(core);
  const once: Vitals = arrival();
  let shifts: Shift[] = [];
  let interactions = new Map<number, number>();
  let settled = false;

  const seen = [
    observe('paint', ({ name, startTime }) => {
      if (name === 'first-contentful-paint' && inSight(startTime)) once.fcp = round(startTime);
    }),
    observe('largest-contentful-paint', ({ startTime }) => {
      if (!settled && inSight(startTime)) once.lcp = round(startTime);
    }),
    observe('layout-shift', (entry) => {
      const { startTime, value, hadRecentInput } = entry as Layout;
      if (!hadRecentInput) shifts.push({ at: startTime, value });
    }),
    observe('event', measure, 16),
    observe('first-input', measure),
  ];
  const moves = PerformanceObserver.supportedEntryTypes?.includes('layout-shift');

  function measure({ interactionId, startTime, duration }: Interaction): void {
    // The first paint that somebody acted on is the largest that counts.
    settled ||= startTime > 0 && !!interactionId;
    if (interactionId) interactions.set(interactionId, Math.max(duration, interactions.get(interactionId) ?? 0));
  }

  core.leaving.push((ended, of) => {
    if (!ended && !document.hidden) return;
    seen.forEach((take) => take());
    settled = true;
    const vitals: Vitals = { ...once, inp: slowest([...interactions.values()]), cls: moves ? biggestShift(shifts) : undefined };
    for (const name of Object.keys(once) as (keyof Vitals)[]) delete once[name];
    [shifts, interactions] = [[], new Map()];
    if (Object.values(vitals).some((value) => value)) core.tell('web_vitals', vitals, { category: 'performance', ...of });
  });
}

const hiddenAt = document.hidden ? 0 : performance.getEntriesByType('visibility-state').find(({ name }) => name === 'hidden')?.startTime;

/** What is painted in the background says nothing about waiting. */
const inSight = (at: number) => hiddenAt === undefined || at < hiddenAt;

const round = (milliseconds: number) => Math.round(milliseconds * 10) / 10;

function arrival(): Vitals {
  const [navigation] = performance.getEntriesByType('navigation') as (PerformanceNavigationTiming & { activationStart?: number })[];
  const { responseStart = 0, activationStart = 0 } = navigation ?? {};
  return responseStart > 0 ? { ttfb: round(Math.max(responseStart - activationStart, 0)) } : {};
}

/** Entries as they come and those from before; gives what takes those that are on their way. */
function observe(type: string, then: (entry: PerformanceEntry) => void, durationThreshold?: number): () => void {
  if (!PerformanceObserver.supportedEntryTypes?.includes(type)) return () => {};
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(then));
  observer.observe({ type, buffered: true, durationThreshold } as PerformanceObserverInit);
  return () => observer.takeRecords().forEach(then);
}
