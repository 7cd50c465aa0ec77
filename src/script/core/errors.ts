/** Errors that nobody caught, and those that the page hands over. */

import { tell } from './tell.ts';

const most = 20;
const longest = 4_096;
const told = new Set<string>();

/** Each mistake once per page. */
export function fail(error: unknown, escaped = false, words = String(error)): void {
  const { name = 'Error', message = words, stack } = error instanceof Error ? error : ({} as Partial<Error>);
  if (told.has(message) || told.size >= most) return;
  told.add(message);
  tell(
    'exception',
    {
      type: name,
      message: message.slice(0, longest),
      stack: stack?.slice(0, longest),
      escaped,
    },
    { category: 'errors' },
  );
}

export function watchErrors(): void {
  addEventListener('error', ({ error, message }) => message && fail(error, true, message));
  addEventListener('unhandledrejection', ({ reason }) => fail(reason, true));
}
