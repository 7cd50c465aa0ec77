/** Requests of the page carry its trace, so that what servers do for them is part of it. Only to the addresses that the page names. */

import { hex } from '../core/hex.ts';
import type { Core } from '../core/words.ts';
import { isListed } from '../kit/listed.ts';

let following: Core | undefined;

/** `data-trace="/api,https://api.shop.example"`: addresses that begin so. */
export function start(core: Core): void {
  const first = !following;
  following = core;
  if (first) patch();
}

/** The header for a request to this address; none where it goes elsewhere, or the person refused meanwhile. */
function header(address: string): string | undefined {
  const trace = following?.allows('performance') && following.trace();
  if (!trace || !isListed(address, following!.settings.trace ?? '', location.href)) return undefined;
  return `00-${trace}-${hex(8)}-01`;
}

function patch(): void {
  const { fetch: own } = window;
  window.fetch = function (input, init) {
    const value = header(input instanceof Request ? input.url : String(input));
    if (!value) return own.call(this, input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    if (!headers.has('traceparent')) headers.set('traceparent', value);
    return own.call(this, input, { ...init, headers });
  };
  const { open, send } = XMLHttpRequest.prototype;
  const addresses = new WeakMap<XMLHttpRequest, string>();
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: [string, string | URL, ...unknown[]]) {
    addresses.set(this, String(args[1]));
    return (open as (...args: unknown[]) => void).apply(this, args);
  } as typeof open;
  XMLHttpRequest.prototype.send = function (body) {
    const value = header(addresses.get(this) ?? '');
    if (value) this.setRequestHeader('traceparent', value);
    return send.call(this, body);
  };
}
