/** The arithmetic of web vitals, apart from the browser that measures. */

/** A layout shift: when, in milliseconds, and how much. */
export interface Shift {
  at: number;
  value: number;
}

/**
 * Cumulative layout shift (web.dev/cls): the largest sum of shifts that follow each other within a second and lie within five.
 */
export function biggestShift(shifts: Shift[]): number {
  let [biggest, sum, first, last] = [0, 0, 0, 0];
  for (const { at, value } of [...shifts].sort((a, b) => a.at - b.at)) {
    if (sum && at - last < 1_000 && at - first < 5_000) sum += value;
    else [sum, first] = [value, at];
    last = at;
    biggest = Math.max(biggest, sum);
  }
  return Math.round(biggest * 10_000) / 10_000;
}

/**
 * Interaction to next paint (web.dev/inp): the longest interaction, leaving out one for every fifty. None without interactions.
 */
export function slowest(durations: number[]): number | undefined {
  return [...durations].sort((a, b) => b - a)[Math.floor(durations.length / 50)];
}
