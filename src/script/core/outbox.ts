/** From the page to the server: batches, tried again until they arrive, each event stored once whatever happens on the way. */

import { around } from './circumstances.ts';
import { allows, decisions, keeps, name, store, stored } from './memory.ts';
import { hex } from './hex.ts';
import { door, key, post } from './tag.ts';
import type { Category } from './words.ts';

/** The same id means the same events: the server knows a batch again. */
interface Batch {
  id: string;
  events: Sent[];
}

interface Sent {
  category: Category;
  [member: string]: unknown;
}

/** Batches that wait at most, of 30 events each. */
const most = 20;
const room = `${name}_q`;

let open: Batch | undefined;
let timer: ReturnType<typeof setTimeout> | void;
/** In this page only, where nothing may be stored. */
let waiting: Batch[] = [];
let failures = 0;

export function put(event: Sent): void {
  open ??= { id: hex(16), events: [] };
  if (open.events.push({ id: hex(16), at: new Date(), ...event }) > 29) flush();
  timer ??= setTimeout(flush, 2_000);
}

/** Sends what has gathered. */
export function flush(): void {
  if (open) send(open);
  open = timer = clearTimeout(timer!) as undefined;
}

/** Sends it while the page closes: there is no time to hear whether it arrives. */
export function closing(): void {
  if (open && lawful(open) && !(navigator.onLine && navigator.sendBeacon(`${door}events`, body(open)))) wait([...queue(), open]);
  open = undefined;
}

/** Tries what waits from this page and earlier ones, in order. */
export async function retry(): Promise<void> {
  for (const batch of queue()) if (!(await send(batch))) break;
}

/** Forgets what is no longer allowed. */
export const tidy = () => wait(queue());

/** False if the server is not there; then the batch waits. */
async function send(batch: Batch): Promise<boolean> {
  const answer = lawful(batch) ? await post('events', body(batch)) : { status: 204 };
  const others = queue().filter(({ id }) => id !== batch.id);
  // What is refused would be refused again; trouble passes.
  const done = !!answer && answer.status < 500 && answer.status !== 429;
  wait(done ? others : [...others, batch]);
  if (done) failures = 0;
  else setTimeout(retry, 1_000 * (+((answer as Response)?.headers.get('retry-after') ?? 0) || Math.min(2 ** failures++, 300)));
  return done;
}

/** Without what was refused meanwhile; whether anything is left. */
function lawful(batch: Batch): boolean {
  batch.events = batch.events.filter(({ category }) => allows(category));
  return !!batch.events[0];
}

const body = (batch: Batch) =>
  JSON.stringify({ key, sent_at: new Date(), ...(keeps() && { context: around(), consent: decisions() }), ...batch });

const queue = (): Batch[] => (keeps() && stored(room)) || waiting;

function wait(batches: Batch[]): void {
  waiting = batches.filter(lawful).slice(-most);
  store(room, keeps() && waiting);
}
