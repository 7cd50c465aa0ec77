/** Asks people what may be collected: a bar on the first visit, and a dialog with a switch for every category. */

import { switches, type Core, type Decisions } from '../core/words.ts';
import { ask, make, show } from '../kit/box.ts';
import { texts, type Told } from '../kit/texts.ts';

/** All scripts of the page: a person is asked once. */
const cores = new Set<Core>();
let bar: (() => void) | undefined;
let dialog: HTMLDialogElement | undefined;

/** `opened`: somebody wants to see their choices; else only who has to be asked is. */
export async function start(core: Core, opened?: object): Promise<void> {
  cores.add(core);
  const { decision } = core.recall();
  const told = await texts(core);
  if (opened) return choose(core, told);
  if (decision?.policy === told.policy) return core.remember({ ...core.recall(), decision: { ...decision, checked: Date.now() } });
  // What was agreed to before these texts does not hold for them.
  if (decision) core.remember({});
  bar ??= show(invitation(core, told), told.language);
}

function invitation(core: Core, told: Told): HTMLElement {
  const { texts } = told;
  return make(
    'section',
    { class: 'box wide', role: 'dialog', 'aria-labelledby': 'title', 'aria-describedby': 'text' },
    make('h2', { id: 'title' }, texts.title),
    make('p', { id: 'text' }, texts.text, ' ', more(told)),
    make(
      'div',
      { class: 'buttons' },
      make('button', { type: 'button', click: () => decide(false, told) }, texts.refuse),
      make('button', { type: 'button', click: () => decide(true, told) }, texts.allow),
      make('button', { type: 'button', class: 'quiet', click: () => choose(core, told) }, texts.choose),
    ),
  );
}

function choose(core: Core, told: Told): void {
  if (dialog?.open) return;
  const { texts, language } = told;
  const asked = switches.filter((category) => texts.categories[category]);
  const boxes = asked.map((category) => make('input', { type: 'checkbox', role: 'switch', checked: core.allows(category), 'aria-describedby': category }));
  const row = (category: keyof typeof texts.categories, input: HTMLElement) =>
    make(
      'label',
      { class: 'row' },
      make('span', {}, make('b', {}, texts.categories[category]!.name), make('small', { id: category }, texts.categories[category]!.about)),
      input,
    );
  const answer = (decisions: Decisions | boolean) => () => decide(decisions, told);
  const save = () => decide(Object.fromEntries(asked.map((category, at) => [category, boxes[at]!.checked])), told);
  const always = make('input', { type: 'checkbox', role: 'switch', checked: true, disabled: true, title: texts.always, 'aria-describedby': 'essential' });
  dialog = make(
    'dialog',
    { 'aria-labelledby': 'heading' },
    make('h2', { id: 'heading' }, texts.choose_title),
    make('p', {}, texts.text, ' ', more(told)),
    signalled() && make('p', {}, texts.signal),
    history(core, told),
    texts.categories.essential && row('essential', always),
    ...asked.map((category, at) => row(category, boxes[at]!)),
    make(
      'div',
      { class: 'buttons' },
      make('button', { type: 'button', click: answer(false) }, texts.refuse),
      make('button', { type: 'button', click: answer(true) }, texts.allow),
      make('button', { type: 'button', click: save }, texts.save),
      make('button', { type: 'button', class: 'quiet', click: () => dialog!.close() }, texts.close),
    ),
  );
  ask(dialog, language);
}

/** When this person decided last, and the proof of it. */
function history(core: Core, { texts, language }: Told): HTMLElement | undefined {
  const { decision } = core.recall();
  if (!decision) return undefined;
  const day = new Date(decision.at).toLocaleDateString(language, { dateStyle: 'long' });
  return make('p', {}, `${texts.decided} ${day}.`, decision.receipt && ` ${texts.receipt} ${decision.receipt}`);
}

const more = ({ texts }: Told) => texts.more_url && make('a', { href: texts.more_url, target: '_blank', rel: 'noopener' }, texts.more);

const signalled = () => !!(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl || navigator.doNotTrack === '1';

function decide(answer: Decisions | boolean, { policy }: Told): void {
  dialog?.close();
  bar?.();
  bar = undefined;
  cores.forEach(async (core) => {
    const receipt = await core.decide(answer, policy, 'dialog');
    const known = core.recall();
    // Who refused everything keeps nothing that could name them.
    if (receipt && known.decision?.allowed[0]) core.remember({ ...known, decision: { ...known.decision, receipt } });
  });
}
