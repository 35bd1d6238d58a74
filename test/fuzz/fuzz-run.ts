import fc from 'fast-check';
import type { Arena } from './arena.ts';

/** What CI runs: the same cases every time. */
const CI_SEED = 20_261_102;
const SEED = Number(process.env.FUZZ_SEED ?? CI_SEED);
/** How many times as many cases as in CI. */
const FACTOR = Number(process.env.FUZZ_FACTOR ?? 1);
/** For each property, the search for a smaller case included: what is slow would else be cut off by Jest, without its case. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 40);

export const LONGEST_PROPERTY_MS = 30_000 + SECONDS * 2000;

/** What must hold of the service for every case. */
export interface Property {
  readonly title: string;
  /** @throws with the seed and the smallest case that fails */
  run(arena: Arena): Promise<void>;
}

export interface PropertyParts<Case> {
  readonly title: string;
  /** In CI. */
  readonly runs: number;
  readonly cases: fc.Arbitrary<Case>;
  /** @throws where it does not hold */
  readonly hold: (arena: Arena, one: Case) => Promise<void>;
  /** Grants that there must be at least in each hundred cases: a property of refusals alone proves little. */
  readonly leastGrants: number;
}

export function property<Case>({ title, runs, cases, hold, leastGrants }: PropertyParts<Case>): Property {
  return {
    title,
    async run(arena) {
      const before = arena.grants;
      let ran = 0;
      let last: Promise<void> = Promise.resolve();
      const check = (one: Case): Promise<void> => {
        ran += 1;
        arena.begin();
        return (last = hold(arena, one));
      };
      try {
        await fc.assert(fc.asyncProperty(cases, check), {
          seed: SEED,
          numRuns: runs * FACTOR,
          interruptAfterTimeLimit: SECONDS * 1000,
        });
      } finally {
        // Where the time is up, the last case is left under way.
        await last.catch(() => undefined);
      }
      const grants = arena.grants - before;
      if (process.env.FUZZ_SECONDS !== undefined) process.stdout.write(`${title}: ${ran} cases, ${grants} grants\n`);
      if (grants * 100 < leastGrants * ran) throw new Error(`only ${grants} grants in ${ran} cases`);
    },
  };
}
