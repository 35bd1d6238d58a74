import { describe, expect, it } from '@jest/globals';
import { LookupTurns } from '../../../../src/infrastructure/kv/lookup-turns.ts';

const clock = { now: () => 0 };

/** A slow source that counts how often it is asked, and what it left in the isolate's memory. */
class Source {
  asked = 0;
  remembered: string | undefined;
  readonly #fails: boolean;

  constructor(fails = false) {
    this.#fails = fails;
  }

  readonly cached = async () => this.remembered;
  readonly lookUp = async () => {
    this.asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 40));
    if (this.#fails) throw new Error('down');
    this.remembered = 'value';
    return 'value';
  };
}

describe('lookups of one isolate', () => {
  it('cost one request when sixty callers start together', async () => {
    const turns = new LookupTurns(clock);
    const source = new Source();
    const values = await Promise.all(Array.from({ length: 60 }, () => turns.run('key', source.cached, source.lookUp)));
    expect(new Set(values)).toEqual(new Set(['value']));
    expect(source.asked).toBe(1);
  });

  it('of different keys do not wait for each other', async () => {
    const turns = new LookupTurns(clock);
    const sources = [new Source(), new Source()];
    await Promise.all(sources.map((source, index) => turns.run(`key ${index}`, source.cached, source.lookUp)));
    expect(sources.map(({ asked }) => asked)).toEqual([1, 1]);
  });

  it('are made by each caller where the first one fails, and nobody is left waiting', async () => {
    const turns = new LookupTurns(clock);
    const source = new Source(true);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, () => turns.run('key', source.cached, source.lookUp)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(source.asked).toBe(3);
  });

  it('do not wait for one that was cancelled long ago', async () => {
    let now = 0;
    const turns = new LookupTurns({ now: () => now });
    const forever = new Source();
    void turns.run('key', forever.cached, () => new Promise<string>(() => undefined));
    await Promise.resolve();
    now = 3001;
    const source = new Source();
    await expect(turns.run('key', source.cached, source.lookUp)).resolves.toBe('value');
  });
});
