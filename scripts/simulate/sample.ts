import { randomOf } from './traffic.ts';

/** Owners that are run, each with all its traffic, and how many owners each of them stands for. */
export interface Sample {
  readonly owners: readonly number[];
  /** By owner; 1 for one that stands for itself. */
  readonly weights: ReadonlyMap<number, number>;
  readonly strata: readonly Stratum[];
}

/** Owners of about the same size: the largest has at most twice the load of the smallest. */
export interface Stratum {
  readonly size: number;
  readonly chosen: readonly number[];
}

/** Fewer tell too little about how much owners of a stratum differ. */
const LEAST_CHOSEN = 3;

/**
 * Chooses owners whole, never a part of an owner's traffic: its entries in the cache are shared by all its repositories.
 *
 * @param loads expected exchanges, by owner
 * @param most about so many exchanges are to be run
 */
export function sampleOwners(loads: readonly number[], most: number, seed: number): Sample {
  const groups = [...bySize(loads)].sort(([a], [b]) => b - a).map(([, owners]) => owners);
  // Neyman's allocation, where an owner costs as many exchanges as it has, and owners differ in proportion to that.
  const cost = sumOf(groups, (owners) => owners.length * meanOf(owners, loads) ** 1.5);
  const total = sumOf(loads, (load) => load);
  const strata = groups.map((owners) => {
    const share = (most / cost) * Math.sqrt(meanOf(owners, loads));
    const wanted = total <= most ? owners.length : Math.max(LEAST_CHOSEN, Math.round(owners.length * share));
    return { size: owners.length, chosen: shuffled(owners, seed).slice(0, wanted) };
  });
  const weights = new Map(
    strata.flatMap(({ size, chosen }) => chosen.map((owner) => [owner, size / chosen.length] as const)),
  );
  return { owners: strata.flatMap(({ chosen }) => chosen), weights, strata };
}

export interface Estimate {
  readonly value: number;
  /** Half the width of the 95 % interval; 0 where all owners were run. */
  readonly error: number;
}

/**
 * What all owners together would have had, as a ratio to exchanges: an owner with more of these has more of everything.
 * The error is that of a stratified ratio estimate (Cochran, "Sampling Techniques", chapter 6).
 *
 * @param total exchanges of all owners
 */
export function estimated(
  { strata }: Sample,
  total: number,
  of: (owner: number) => number,
  exchangesOf: (owner: number) => number,
): Estimate {
  const sums = strata.map(({ size, chosen }) => {
    const scale = size / chosen.length;
    return { counted: scale * sumOf(chosen, of), exchanges: scale * sumOf(chosen, exchangesOf) };
  });
  const exchanges = sumOf(sums, (sum) => sum.exchanges);
  const ratio = exchanges === 0 ? 0 : sumOf(sums, (sum) => sum.counted) / exchanges;
  const variance = sumOf(strata, ({ size, chosen }) => {
    if (chosen.length >= size) return 0;
    const residuals = chosen.map((owner) => of(owner) - ratio * exchangesOf(owner));
    const mean = sumOf(residuals, (one) => one) / chosen.length;
    const squares = sumOf(residuals, (one) => (one - mean) ** 2) / (chosen.length - 1);
    return (size * (size - chosen.length) * squares) / chosen.length;
  });
  const isWhole = strata.every(({ size, chosen }) => chosen.length === size);
  if (isWhole) return { value: sumOf(sums, (sum) => sum.counted), error: 0 };
  return { value: ratio * total, error: 1.96 * Math.sqrt(variance) };
}

/** Owners by the power of two below their load. Those without any are left out. */
function bySize(loads: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  loads.forEach((load, owner) => {
    if (load === 0) return;
    const size = Math.floor(Math.log2(load));
    const group = groups.get(size);
    if (group === undefined) groups.set(size, [owner]);
    else group.push(owner);
  });
  return groups;
}

function meanOf(owners: readonly number[], loads: readonly number[]): number {
  return sumOf(owners, (owner) => loads[owner] ?? 0) / owners.length;
}

function sumOf<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}

function shuffled(values: readonly number[], seed: number): number[] {
  const keyed = values.map((value) => ({ value, key: randomOf(seed, value, 4).next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}
