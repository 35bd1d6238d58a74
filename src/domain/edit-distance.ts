/** Texts that are longer are not compared: the work grows with the product of both lengths. */
const MAX_COMPARED_CHARACTERS = 100;

/** Levenshtein's distance: how many characters have to be added, taken away or changed. Infinite for long texts. */
export function editDistance(a: string, b: string): number {
  if (Math.max(a.length, b.length) > MAX_COMPARED_CHARACTERS) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The nearest of several names: at most so many edits away, and no more than a third of the text. */
export function nearestName(text: string, names: Iterable<string>, most: number): string | undefined {
  return [...names]
    .map((name) => ({ name, distance: editDistance(text, name) }))
    .filter(({ distance }) => distance <= most && distance * 3 <= text.length)
    .toSorted((a, b) => a.distance - b.distance)[0]?.name;
}

/** One character more, less or another, or two neighbours swapped. */
export function isOneEdit(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  if (short.length < long.length) return short.slice(start) === long.slice(start + 1);
  const rest = [short.slice(start), long.slice(start)] as const;
  return rest[0].slice(1) === rest[1].slice(1) ? rest[0] !== rest[1] : isSwapped(...rest);
}

function isSwapped(one: string, other: string): boolean {
  const [first = '', second = ''] = one;
  return other.startsWith(second + first) && one.slice(2) === other.slice(2);
}
