/** The words that a visitor reads: of the project, in the visitor's language. */

import type { Core, Switch } from '../core/words.ts';

export interface Texts {
  title: string;
  text: string;
  more: string;
  more_url: string;
  choose: string;
  choose_title: string;
  allow: string;
  refuse: string;
  save: string;
  close: string;
  always: string;
  signal: string;
  decided: string;
  receipt: string;
  /** Those that are asked about. */
  categories: Partial<Record<Switch | 'essential', { name: string; about: string }>>;
  feedback: Record<'title' | 'rating' | 'low' | 'high' | 'text' | 'send' | 'cancel' | 'thanks' | 'close', string>;
  survey: Record<'low' | 'high' | 'text' | 'send' | 'later' | 'thanks' | 'close', string>;
}

export interface Told {
  /** Version of the texts. */
  policy: string;
  language: string;
  texts: Texts;
}

const asked = new Map<string, Promise<Told>>();

/** Read once per page. Fails where the server is away: then nothing is shown. */
export function texts({ settings, door }: Core): Promise<Told> {
  const language = settings.lang || document.documentElement.lang || navigator.language;
  const url = `${door}consent?key=${settings.key}&lang=${encodeURIComponent(language)}`;
  const known = asked.get(url) ?? fetch(url, { credentials: 'omit' }).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));
  asked.set(url, known);
  return known;
}
