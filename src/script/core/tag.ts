/** The script's own tag: everything that a page sets is an attribute of it. */

const tag = document.currentScript as HTMLScriptElement;

export const settings = tag.dataset;
export const key = settings.key!;

/** An address of the server that the script came from, also where a proxy gives it a folder of its own. */
const beside = (path: string) => new URL(path, tag.src).href;

export const door = beside('../i/v1/');

/** Says something to the server; nothing comes back where it is away. A page that closes takes so many bytes with it. */
export const post = (path: string, body: string) =>
  fetch(door + path, { method: 'POST', body, keepalive: body.length < 60_000, credentials: 'omit' }).catch(() => undefined);

/**
 * Starts a part that most pages or people never need. One that does not arrive is done without. The build's name in the
 * address keeps a part from meeting the core of another release.
 */
export function load(part: string, ...args: unknown[]): void {
  import(beside(`parallax-${part}.js?${BUILD}`)).then((module) => module.start(...args)).catch(() => {});
}

declare const BUILD: string;
