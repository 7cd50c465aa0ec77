/** One question in a corner of the page, asked once. */

import type { Core, Question } from '../core/words.ts';
import { choices, make, numbers, show, thank } from '../kit/box.ts';
import { texts, type Texts } from '../kit/texts.ts';

let showing = false;

/** Asks this, else the first question on the page that was not asked yet; only whom surveys may reach. */
export async function start(core: Core, given?: Question): Promise<void> {
  const known = core.recall().surveys ?? [];
  const question = given ?? onPage().find(({ id }) => !known.includes(id));
  if (!question || showing || known.includes(question.id) || !core.allows('research')) return;
  showing = true;
  await new Promise((then) => setTimeout(then, (question.after ?? 0) * 1_000));
  try {
    const { language, texts: all } = await texts(core);
    core.remember({ ...core.recall(), surveys: [...known, question.id] });
    const box = build(core, question, all.survey, () => {
      remove();
      showing = false;
    });
    const remove = show(box, language);
  } catch {
    showing = false;
  }
}

/** `<div data-plx-survey="nps" data-plx-question="…" data-plx-scale="10">` */
export const onPage = (): Question[] =>
  [...document.querySelectorAll<HTMLElement>('[data-plx-survey]')].map(({ dataset }) => ({
    id: dataset.plxSurvey!,
    question: dataset.plxQuestion ?? '',
    choices: dataset.plxChoices?.split('|').map((choice) => choice.trim()),
    scale: Number(dataset.plxScale) || undefined,
    after: Number(dataset.plxAfter) || undefined,
  }));

function build(core: Core, { id, question, choices: offered, scale }: Question, words: Texts['survey'], close: () => void): HTMLElement {
  const free = make('textarea', { name: 'answer', 'aria-labelledby': 'question', maxlength: '2000' });
  const field = scale
    ? choices('answer', words.text, numbers(Math.min(scale, 10)), [words.low, words.high])
    : offered
      ? choices('answer', words.text, offered)
      : free;
  const send = (event: Event) => {
    event.preventDefault();
    const answer = String(new FormData(form).get('answer') ?? '').trim();
    if (!answer) return;
    core.tell('survey_answer', { survey: id, question, answer, rating: scale ? Number(answer) : undefined }, { category: 'research' });
    thank(form, words.thanks, words.close, close);
  };
  const form = make(
    'form',
    { submit: send },
    field,
    make(
      'div',
      { class: 'buttons' },
      make('button', { type: 'button', class: 'quiet', click: close }, words.later),
      make('button', {}, words.send),
    ),
  );
  return make('section', { class: 'box', role: 'dialog', 'aria-labelledby': 'question' }, make('h2', { id: 'question' }, question), form);
}
