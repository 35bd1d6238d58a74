import { fire, type Shot } from './load.ts';
import type { ProcessAccount } from './process-account.ts';
import { Spread } from './spread.ts';

export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly account: ProcessAccount;
  readonly shot: Shot;
}

export interface ContenderResult {
  readonly name: string;
  readonly cpuMs: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
}

export interface RoundsResult {
  readonly contenders: readonly ContenderResult[];
  /** Of the first contender's CPU to each of the others', round by round. */
  readonly ratios: Readonly<Record<string, Spread>>;
}

interface Round {
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Each round fires the same load at every contender, one after the other, each time beginning with another one: so what
 * else the machine does falls on all of them, and a ratio is of two measurements that stand beside each other.
 */
export async function interleaved(
  contenders: readonly Contender[],
  rounds: number,
  requests: number,
  connections: number,
): Promise<RoundsResult> {
  const measured = new Map<Contender, Round[]>(contenders.map((one) => [one, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      measured.get(contender)?.push(await once(contender, requests, connections));
    }
  }
  const [own = [], ...others] = [...measured.values()];
  const ratios = contenders.slice(1).map(({ name }, index) => {
    const other = others[index] ?? [];
    return [name, new Spread(own.map(({ cpuMs }, round) => cpuMs / (other[round]?.cpuMs ?? Number.NaN)))] as const;
  });
  return {
    contenders: [...measured].map(([{ name }, all]) => resultOf(name, all)),
    ratios: Object.fromEntries(ratios),
  };
}

async function once({ url, account, shot }: Contender, requests: number, connections: number): Promise<Round> {
  const before = account.cpuMs();
  const { p50Ms, p99Ms, statuses } = await fire(
    url,
    Array.from({ length: requests }, () => shot),
    connections,
  );
  if (statuses['200'] !== requests) throw new Error(`${url} answered ${JSON.stringify(statuses)}`);
  return { cpuMs: (account.cpuMs() - before) / requests, p50Ms, p99Ms };
}

function resultOf(name: string, rounds: readonly Round[]): ContenderResult {
  return {
    name,
    cpuMs: new Spread(rounds.map(({ cpuMs }) => cpuMs)),
    p50Ms: new Spread(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: new Spread(rounds.map(({ p99Ms }) => p99Ms)),
  };
}
