import type { SimulationOptions } from './simulation.ts';

export interface Study {
  readonly title: string;
  readonly rows: readonly SimulationOptions[];
}

/** Three parts of ten of the owners have a policy repository that the App can't see, or none. */
const USUAL = {
  seed: 1,
  exponent: 0.9,
  blindShare: 0.3,
  locations: 10,
  isolatesPerLocation: 4,
  pushFactor: 1,
  plan: 'paid',
  webhooks: true,
  most: 20_000,
} as const satisfies Omit<SimulationOptions, 'exchanges'>;

const EVERYTHING = Number.MAX_SAFE_INTEGER;

const tenants = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].map((exchanges) => ({ ...USUAL, exchanges }));

export const STUDIES = {
  tenants: { title: 'More and more organizations', rows: tenants },
  organization: {
    title: 'One organization that grows',
    rows: [3000, 10_000, 30_000, 100_000].map((exchanges) => {
      return { ...USUAL, exchanges, owners: 1, blindShare: 0, most: EVERYTHING };
    }),
  },
  free: {
    title: 'The free plan, one organization',
    rows: (
      [
        [1000, 0],
        [5000, 0],
        [20_000, 0],
        [40_000, 0],
        [40_000, 1],
      ] as const
    ).map(([exchanges, blindShare]) => {
      return { ...USUAL, exchanges, owners: 1, blindShare, plan: 'free' as const, most: EVERYTHING };
    }),
  },
  fleet: {
    title: 'How many isolates there are, at 30,000 exchanges a day',
    rows: [
      [1, 1],
      [1, 4],
      [3, 4],
      [10, 4],
      [10, 20],
      [50, 4],
    ].map(([locations = 1, isolatesPerLocation = 1]) => {
      return { ...USUAL, exchanges: 30_000, locations, isolatesPerLocation, most: EVERYTHING };
    }),
  },
  staleness: {
    title: 'Old policies, at 30,000 exchanges a day with 20 times as many changes',
    rows: [
      { webhooks: true, locations: 1 },
      { webhooks: true, locations: 10 },
      { webhooks: false, locations: 10 },
    ].map((row) => ({ ...USUAL, ...row, exchanges: 30_000, pushFactor: 20, most: EVERYTHING })),
  },
  scaling: {
    title: 'A sample beside the whole',
    rows: [10_000, 100_000, 1_000_000].flatMap((exchanges) => [
      { ...USUAL, exchanges, most: EVERYTHING },
      { ...USUAL, exchanges, most: exchanges / 5 },
    ]),
  },
} as const satisfies Readonly<Record<string, Study>>;

export type StudyName = keyof typeof STUDIES;

export function isStudyName(name: string): name is StudyName {
  return Object.hasOwn(STUDIES, name);
}

/** The usual row, with what the command line says instead. */
export function rowsWith(
  exchanges: readonly number[],
  changed: Partial<SimulationOptions>,
): readonly SimulationOptions[] {
  return exchanges.map((count) => ({ ...USUAL, ...changed, exchanges: count }));
}
