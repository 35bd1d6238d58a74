import type { SubjectReport } from '../../domain/health-finding.ts';

/** Something to ask of another server about one subject. */
export interface Question {
  /** The subject's. */
  readonly key: string;
  readonly server: 'GitHub' | 'issuer';
  /** What it may cost, second attempts included. */
  readonly mostRequests: number;
  /** @returns nothing where no answer came: then what was known before still counts */
  readonly ask: () => Promise<SubjectReport | undefined>;
}

/**
 * How far a list goes on from run to run: about as many as a run comes to. A prime that does not divide the length, so that
 * each place is the first one some time.
 */
const STRIDES: readonly number[] = [11, 7, 5, 3, 2];

/** The same list, begun at another place at every run: where there is not time for all, each is asked as often as others. */
export function inTurn<One>(all: readonly One[], turn: number): readonly One[] {
  if (all.length === 0) return all;
  const stride = STRIDES.find((one) => one < all.length && all.length % one !== 0) ?? 1;
  const start = (turn * stride) % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

/** One of each list, then the next of each: no kind of question holds up the others. */
export function interleaved<One>(lists: readonly (readonly One[])[]): readonly One[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
