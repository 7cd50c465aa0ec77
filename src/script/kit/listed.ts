/** Whether an address begins with one of a list. */
export function isListed(address: string, list: string, page: string): boolean {
  const { href } = new URL(address, page);
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((start) => begins(href, new URL(start, page).href));
}

/** `https://api.shop.example` must not let `https://api.shop.example.evil` in: origins end with a slash here, paths where a part ends. */
const begins = (href: string, start: string) => href.startsWith(start) && (start.endsWith('/') || /^$|[/?#]/.test(href.charAt(start.length)));
