/** What is told of an address: the place, and which campaign led there. */

/** The name of a click identifier says whose advertisement it was; its value names the click, so it stays in the page. */
const campaigns = /[?&]((utm_\w+|ref)=[^&]*|(\w+clk?id|\wbraid)(?==))/g;

/** Without anything in the query but a campaign, and without the fragment unless pages differ by it. */
export function told(href: string, campaign: boolean, fragment: boolean): string {
  const { origin, pathname, search, hash } = new URL(href);
  const query = campaign && search.match(campaigns);
  // Only fragments that look like a route are pages.
  const route = fragment && hash.match(/^#!?(\/[^?]*)/)?.[1];
  return origin + (route || pathname) + (query ? `?${query.join('').slice(1)}` : '');
}
