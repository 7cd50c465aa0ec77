/** What the core and its parts say to each other. */

/** What a person can allow or refuse; `essential` has no switch. */
export const switches = ['errors', 'performance', 'usage', 'content', 'marketing', 'support', 'research'] as const;

export type Switch = (typeof switches)[number];
export type Category = Switch | 'essential';
export type Decisions = Partial<Record<Switch, boolean>>;

/** The answer of a person, as it is remembered. */
export interface Decision {
  allowed: Switch[];
  /** Milliseconds since 1970. */
  at: number;
  /** Version of the texts that were agreed to. */
  policy?: string;
  /** When it was last known that these are still the texts in force. */
  checked?: number;
  receipt?: string;
}

/** What is remembered of a person. */
export interface Memory {
  decision?: Decision;
  anonymous?: string;
  user?: string;
  groups?: Properties;
  session?: { id: string; begun: number; last: number };
  /** Ids of surveys that were shown. */
  surveys?: string[];
}

export type Value = string | number | boolean | null | undefined | { [name: string]: Value };
export type Properties = Record<string, Value>;

/** Of one event, beside its name and properties. */
export interface Options {
  category?: Category;
  revenue?: { amount: number; currency: string };
  context?: Properties;
}

export interface Question {
  id: string;
  question: string;
  /** Answers to choose from; without them and without a scale the answer is free text. */
  choices?: string[];
  /** The answer is a number from 1 to this, at most 10. */
  scale?: number;
  /** Seconds before it is asked. */
  after?: number;
}

export interface Feedback {
  text?: string;
  rating?: number;
}

/** What a part may do. */
export interface Core {
  settings: DOMStringMap;
  /** Where the server's doors for this script are, with a slash at the end. */
  door: string;
  allows: (category: Category) => boolean;
  decide: (answer: Decisions | boolean, policy?: string, source?: string) => Promise<string | undefined>;
  tell: (name: string, properties?: Properties, options?: Options) => void;
  recall: () => Memory;
  remember: (memory: Memory) => void;
  /** Called when the page goes out of sight, and with true when it ends; what they tell is told of that page. */
  leaving: ((ended: boolean, of: Options) => void)[];
  /** The trace of the page that is open, as 32 hexadecimal digits. */
  trace: () => string | undefined;
}
