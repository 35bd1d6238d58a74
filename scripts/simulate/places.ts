/** Places that an isolate's memory has for them: `composePolicies` in src/interfaces/container.ts. */
export const PLACES = { allowlists: 200, folders: 5000 } as const;

const LONGEST_SECONDS = 24 * 60 * 60;

/**
 * For how long an entry that nobody asks for stays in a full memory that drops the least recently used one (Che, Tung and
 * Wang, "Hierarchical Web Caching Systems", 2002). Memory asks KV again after 30 s, so what stays for longer loses nothing.
 *
 * A sample of the owners leaves room that all of them would fill. So this is reckoned from all of them, and not run.
 *
 * @param rates of each key, a second
 * @returns seconds; a day where there is room for all
 */
export function secondsInMemory(rates: readonly number[], places: number): number {
  if (rates.length <= places) return LONGEST_SECONDS;
  const filled = (seconds: number): number => rates.reduce((sum, rate) => sum - Math.expm1(-rate * seconds), 0);
  let [least, most] = [0, LONGEST_SECONDS];
  for (let step = 0; step < 30; step++) {
    const middle = (least + most) / 2;
    if (filled(middle) < places) least = middle;
    else most = middle;
  }
  return most;
}
