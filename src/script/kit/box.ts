/** A box of ours on a page of others: neither's styles reach the other, but for the custom properties that a page sets. */

const style = `
:host { all: initial; }
* { box-sizing: border-box; }
.box, dialog {
  --surface: var(--plx-surface, #fff); --ink: var(--plx-ink, #161b20); --soft: var(--plx-ink-soft, #41494f);
  --edge: var(--plx-line, #8a9093); --accent: var(--plx-accent, #036279); --on: var(--plx-on-accent, #fff);
  color: var(--ink); background: var(--surface); border: 1px solid var(--edge); border-radius: var(--plx-radius, 8px);
  padding: 1.25rem; font: var(--plx-font, 1rem/1.45 system-ui, sans-serif); overflow-wrap: anywhere;
  box-shadow: var(--plx-shadow, 0 8px 32px rgb(0 0 0 / 25%));
}
@media (prefers-color-scheme: dark) {
  .box, dialog {
    --surface: var(--plx-surface, #1d2428); --ink: var(--plx-ink, #e8ecee); --soft: var(--plx-ink-soft, #b4bcc0);
    --edge: var(--plx-line, #6d777d); --accent: var(--plx-accent, #60c4de); --on: var(--plx-on-accent, #071014);
  }
}
.box { position: fixed; z-index: 2147483647; inset: auto 1rem 1rem auto; width: min(26rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); overflow: auto; }
.wide { left: 1rem; width: auto; max-width: 60rem; margin-inline: auto; }
dialog { width: min(34rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / 50%); }
h2 { font-size: 1.15em; line-height: 1.3; margin: 0 0 .5rem; }
p, small { color: var(--soft); margin: 0 0 .75rem; }
small { display: block; font-size: .875em; margin: 0; }
a { color: var(--accent); }
form { margin: 0; }
fieldset { border: 0; padding: 0; margin: 0 0 .75rem; min-width: 0; }
legend { padding: 0; margin: 0 0 .5rem; font-weight: 600; }
.row { display: flex; gap: 1rem; justify-content: space-between; align-items: start; padding: .6rem 0; border-top: 1px solid color-mix(in srgb, var(--edge) 35%, transparent); }
.marks { display: flex; flex-wrap: wrap; gap: .5rem; }
.marks label, .choice { display: inline-flex; gap: .4rem; align-items: center; min-height: 2.75rem; min-width: 2.75rem; }
.choice { display: flex; }
.ends { display: flex; justify-content: space-between; gap: 1rem; }
input { accent-color: var(--accent); width: 1.25rem; height: 1.25rem; margin: .1rem 0 0; flex: none; }
textarea { display: block; width: 100%; min-height: 6rem; margin: .25rem 0 .75rem; padding: .5rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--edge); border-radius: 4px; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1rem; }
button { flex: 1 1 9rem; min-height: 2.75rem; padding: .4rem .9rem; font: inherit; font-weight: 600; cursor: pointer; border-radius: 6px; border: 1px solid var(--accent); color: var(--on); background: var(--accent); }
button.quiet { color: var(--accent); background: transparent; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media print { .box { display: none; } }
`;

type Child = Node | string | undefined | false;

/** An element with its attributes and what is in it; an attribute that is false is left out. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | boolean | ((event: Event) => void) | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(attribute, value);
    else if (value !== undefined && value !== false) element.setAttribute(attribute, value === true ? '' : value);
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

/**
 * Puts something on the page, before everything else, so that a keyboard meets it first. Styles go in as an object, which a
 * page's content security policy has nothing against. Gives what takes it away again.
 */
export function show(content: HTMLElement, language: string): () => void {
  const host = make('div', { 'data-plx-ignore': true, lang: language });
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  root.append(content);
  document.body.prepend(host);
  return () => host.remove();
}

/** Puts a dialog on the page that has the keyboard until it is closed; then the browser puts the keyboard where it was. */
export function ask(dialog: HTMLDialogElement, language: string): void {
  const remove = show(dialog, language);
  dialog.addEventListener('close', remove);
  dialog.showModal();
}

/** A group of radio buttons, one line each or all in one. */
export function choices(name: string, legend: string, values: string[], ends?: [string, string]): HTMLFieldSetElement {
  const choice = (value: string) => make('label', { class: ends ? '' : 'choice' }, make('input', { type: 'radio', name, value }), value);
  const labels = values.map(choice);
  const marks = make('div', { class: 'marks' }, ...labels);
  const words = ends && make('div', { class: 'ends' }, make('small', {}, ends[0]), make('small', {}, ends[1]));
  return make('fieldset', {}, make('legend', {}, legend), ...(ends ? [marks, words] : labels));
}

export const numbers = (most: number) => Array.from({ length: most }, (_, at) => `${at + 1}`);

/** Thanks, said where a screen reader hears it, and a way out. */
export function thank(place: HTMLElement, words: string, close: string, then: () => void): void {
  const button = make('button', { type: 'button', click: then }, close);
  place.replaceChildren(make('p', { role: 'status' }, words), make('div', { class: 'buttons' }, button));
  button.focus();
}
