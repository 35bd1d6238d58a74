import { beforeEach, expect, it } from '@jest/globals';
import type { Clock } from '../../src/application/ports/clock.ts';
import type { SingleFlight } from '../../src/application/ports/single-flight.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';

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

const never = (): Promise<string> => new Promise(() => undefined);

/** What every adapter of the port must do. */
export function runTests(make: (clock: Clock) => SingleFlight): void {
  let clock: MemoryClock;
  let flight: SingleFlight;

  beforeEach(() => {
    clock = new MemoryClock(0);
    flight = make(clock);
  });

  it('cost one request when sixty callers start together', async () => {
    const source = new Source();
    const values = await Promise.all(Array.from({ length: 60 }, () => flight.run('key', source.cached, source.lookUp)));
    expect(new Set(values)).toEqual(new Set(['value']));
    expect(source.asked).toBe(1);
  });

  it('cost nothing where the value is at hand', async () => {
    const source = new Source();
    source.remembered = 'at hand';
    expect(await flight.run('key', source.cached, source.lookUp)).toBe('at hand');
    expect(source.asked).toBe(0);
  });

  it('are made again once the value is at hand no more', async () => {
    const source = new Source();
    await flight.run('key', source.cached, source.lookUp);
    source.remembered = undefined;
    await flight.run('key', source.cached, source.lookUp);
    expect(source.asked).toBe(2);
  });

  it('of different keys do not wait for each other', async () => {
    const sources = [new Source(), new Source()];
    await Promise.all(sources.map((source, index) => flight.run(`key ${index}`, source.cached, source.lookUp)));
    expect(sources.map(({ asked }) => asked)).toEqual([1, 1]);
  });

  it('are made by each caller where the first one fails, and nobody is left waiting', async () => {
    const source = new Source(true);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, () => flight.run('key', source.cached, source.lookUp)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(source.asked).toBe(3);
  });

  it('are made by each caller where the first one finds what will not do', async () => {
    const source = new Source();
    const looks = Array.from({ length: 3 }, () => flight.run('key', async () => undefined, source.lookUp));
    expect(await Promise.all(looks)).toEqual(['value', 'value', 'value']);
    expect(source.asked).toBe(3);
  });

  it('do not wait for one that was cancelled long ago', async () => {
    const source = new Source();
    void flight.run('key', source.cached, never);
    await Promise.resolve();
    clock.advance(3001);
    await expect(flight.run('key', source.cached, source.lookUp)).resolves.toBe('value');
  });

  it('do not wait for one under way longer than their patience', async () => {
    const source = new Source();
    void flight.run('key', source.cached, never);
    await Promise.resolve();
    await expect(flight.run('key', source.cached, source.lookUp, 30)).resolves.toBe('value');
    expect(source.asked).toBe(1);
  });
}
