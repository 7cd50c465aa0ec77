/** Parts of the page, as events name them. */

import type { Category, Core, Properties } from './words.ts';

/** The innermost part of the page that an event went through and that is like this, also inside components. */
export const through = (event: Event, selector: string) =>
  event.composedPath().find((part) => part instanceof Element && part.matches(selector)) as HTMLElement | undefined;

/** The part that something happened to; nothing where the page asks not to look. */
export const target = (event: Event) => (through(event, '[data-plx-ignore]') ? undefined : through(event, '*'));

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
