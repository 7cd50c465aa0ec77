/** Parts of the page, as events name them. */

import type { Category, Core, Properties } from './words.ts';

/** The part of the page that something happened to; nothing where the page asks not to look. */
export function target(event: Event): Element | undefined {
  const element = event.composedPath()[0];
  return element instanceof Element && !element.closest('[data-plx-ignore]') ? element : undefined;
}

/** The event that an element's attributes name. */
export function tellNamed(tell: Core['tell'], { attributes, dataset }: HTMLElement): void {
  const properties: Properties = {};
  for (const { name, value } of attributes) {
    const own = name.split('data-plx-prop-')[1];
    // A number is one that is written as numbers are.
    if (own) properties[own.replace(/-/g, '_')] = `${+value}` === value ? +value : value;
  }
  tell(dataset.plxEvent!, properties, { category: dataset.plxCategory as Category });
}

/** As short as a person would point at it; never its text, which may be about somebody. */
export const pointer = ({ id, localName, classList }: Element) => (id ? `#${id}` : [localName, ...classList].join('.'));
