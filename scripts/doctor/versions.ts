export const UPDATE = 'Deploy this checkout: npm run deploy -- NAME.';

/** @returns nothing where either is no version */
export function isOlder(one: string, other: string): boolean | undefined {
  const numbers = [one, other].map((version) =>
    /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(version)?.slice(1).map(Number),
  );
  const [left, right] = numbers;
  if (left === undefined || right === undefined) return undefined;
  const at = left.findIndex((number, index) => number !== right[index]);
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}
