/** What somebody wants to say about the page, of their own accord. */

import type { Core, Feedback } from '../core/words.ts';
import { ask, choices, make, numbers, thank } from '../kit/box.ts';
import { texts } from '../kit/texts.ts';

let open: HTMLDialogElement | undefined;

/** With something to say it is said; else the person is asked for it. */
export async function start(core: Core, given: Feedback): Promise<void> {
  if (given.text || given.rating) return say(core, given);
  const { language, texts: all } = await texts(core);
  const words = all.feedback;
  if (open?.open) return;
  const text = make('textarea', { id: 'text', name: 'text', maxlength: '4000' });
  const send = (event: Event) => {
    event.preventDefault();
    const rating = Number(new FormData(form).get('rating')) || undefined;
    if (!rating && !text.value.trim()) return text.focus();
    say(core, { text: text.value.trim(), rating });
    thank(form, words.thanks, words.close, () => dialog.close());
  };
  const form = make(
    'form',
    { submit: send },
    choices('rating', words.rating, numbers(5), [words.low, words.high]),
    make('label', { for: 'text' }, words.text),
    text,
    make(
      'div',
      { class: 'buttons' },
      make('button', { type: 'button', class: 'quiet', click: () => dialog.close() }, words.cancel),
      make('button', {}, words.send),
    ),
  );
  const dialog = make('dialog', { 'aria-labelledby': 'heading' }, make('h2', { id: 'heading' }, words.title), form);
  open = dialog;
  ask(dialog, language);
}

/** Written on purpose, so it is always taken; whose it is stays here unless that was allowed. */
function say(core: Core, { text, rating }: Feedback): void {
  core.tell('feedback', { text, rating }, { category: core.allows('support') ? 'support' : 'essential' });
}
