/** Forms: begun, sent, given up. Which field was touched last is told; what is written in it is never looked at. */

import { target, tellNamed } from '../core/point.ts';
import type { Core, Options } from '../core/words.ts';

type Field = HTMLInputElement;

interface Filling {
  begun: number;
  touched: Set<Field>;
  last?: Field;
}

const started = new WeakSet<Core>();

export function start(core: Core): void {
  if (started.has(core)) return;
  started.add(core);
  const forms = new Map<HTMLFormElement, Filling>();

  function filling(form: HTMLFormElement): Filling {
    const known = forms.get(form) ?? { begun: performance.now(), touched: new Set() };
    forms.set(form, known);
    return known;
  }

  function report(name: string, form: HTMLFormElement, of?: Options): void {
    const { begun, touched, last } = filling(form);
    const seconds = Math.round((performance.now() - begun) / 1_000);
    core.tell(name, { form: nameOf(form), fields: fieldsOf(form), touched: touched.size, seconds, field: last?.name || last?.id }, of);
    forms.delete(form);
  }

  const written = (event: Event) => {
    const field = target(event) as Field | undefined;
    if (!field?.form) return;
    const known = filling(field.form);
    known.touched.add((known.last = field));
  };
  addEventListener('input', written, true);
  addEventListener('change', written, true);
  addEventListener(
    'submit',
    (event) => {
      const form = target(event) as HTMLFormElement | undefined;
      if (!form) return;
      report('form_submit', form);
      if (form.dataset.plxEvent) tellNamed(core.tell, form);
    },
    true,
  );
  // What was begun and not sent when the page ends.
  core.leaving.push((ended, of) => {
    if (ended) [...forms.keys()].forEach((form) => report('form_abandon', form, of));
  });
}

/** A field may be called `id` and stand in the way of the form's own. */
const nameOf = (form: HTMLFormElement) => ['data-plx-form', 'id', 'name', 'action'].map((name) => form.getAttribute(name)).find(Boolean) ?? 'form';

/** Those that a person fills in. */
const fieldsOf = (form: HTMLFormElement) => ([...form.elements] as Field[]).filter(({ name, type }) => name && !/hidden|submit|button|reset|image|fieldset/.test(type)).length;
