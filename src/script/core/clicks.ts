/** Clicks that a page names, links that lead away, downloads, and clicks in anger. */

import { pointer, target, tellNamed, through } from './point.ts';
import { open } from './parts.ts';
import { tell } from './tell.ts';

const files = /\.(pdf|docx?|xlsx?|pptx?|csv|zip|gz|7z|rar|dmg|exe|apk|epub|mp[34])$/i;

let first: MouseEvent | undefined;
let clicks = 0;

/** Three clicks in a second on one spot. */
function anger(click: MouseEvent, element: Element): void {
  const { timeStamp, x, y } = click;
  if (!first || timeStamp - first.timeStamp > 1_000 || Math.hypot(x - first.x, y - first.y) > 30) [first, clicks] = [click, 0];
  if (++clicks === 3) tell('rage_click', { element: pointer(element) });
}

function follow(link: HTMLAnchorElement): void {
  const url = link.href;
  if (link.matches('[download]') || files.test(link.pathname)) tell('download', { url });
  else if (/^http/.test(url) && link.host !== location.host) tell('outbound_click', { url });
}

export function clicked(event: MouseEvent): void {
  const element = target(event);
  if (!element) return;
  const opener = through(event, '[data-plx-open]');
  if (opener) open(opener.dataset.plxOpen!, {});
  const named = through(event, '[data-plx-event]:not(form)');
  const link = through(event, 'a[href]') as HTMLAnchorElement | undefined;
  if (named) tellNamed(tell, named);
  if (link) follow(link);
  // The keyboard clicks without a place.
  if (event.detail) anger(event, element);
}
