/** Under which circumstances a page is used. */

import { settings } from './tag.ts';
import type { Properties } from './words.ts';

const { version, environment, service } = settings;
const prefers = (what: string) => matchMedia(`(prefers-${what})`).matches;

/** Of every event. */
export const around = (): Properties => ({
  screen: `${screen.width}x${screen.height}`,
  locale: navigator.language,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  theme: prefers('color-scheme:dark') ? 'dark' : 'light',
  network: (navigator as { connection?: { effectiveType: string } }).connection?.effectiveType,
  version,
  environment,
  service,
});

/** What a person has set; told once per page. */
export const preferences = (): Properties => ({
  viewport: `${innerWidth}x${innerHeight}`,
  reduced_motion: prefers('reduced-motion'),
  contrast: prefers('contrast:more') ? 'more' : 'normal',
});
