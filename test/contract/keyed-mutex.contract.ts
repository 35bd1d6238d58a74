import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Clock } from '../../src/application/ports/clock.ts';
import type { KeyedMutex } from '../../src/application/ports/keyed-mutex.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { Impatience } from '../support/impatience.ts';

/** Longer than any task may take. */
const LONG_MS = 60_000;

/** A task that is under way until it is ended, and notes both. */
class Task {
  end: () => void = () => undefined;
  readonly #name: string;
  readonly #log: string[];

  constructor(name: string, log: string[]) {
    this.#name = name;
    this.#log = log;
  }

  readonly run = async () => {
    this.#log.push(`${this.#name} begins`);
    await new Promise<void>((resolve) => (this.end = resolve));
    this.#log.push(`${this.#name} ends`);
  };
}

/** For longer than whoever waits for a turn waits until it looks again. */
async function aWhile(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What every adapter of the port must do. */
export function runTests(make: (clock: Clock) => KeyedMutex): void {
  let clock: MemoryClock;
  let mutex: KeyedMutex;
  let log: string[];
  let impatience: Impatience;

  beforeEach(() => {
    clock = new MemoryClock(0);
    mutex = make(clock);
    log = [];
    impatience = Impatience.begin();
  });

  afterEach(() => impatience.end());

  it('follow each other, and the second begins once the first has ended', async () => {
    const [first, second] = [new Task('first', log), new Task('second', log)];
    const done = [mutex.runExclusive('key', first.run), mutex.runExclusive('key', second.run)];
    await aWhile();
    expect(log).toEqual(['first begins']);
    first.end();
    await aWhile();
    second.end();
    await Promise.all(done);
    expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('of different keys do not wait for each other', async () => {
    const tasks = ['a', 'A', '__proto__', 'constructor'].map((key) => ({ key, task: new Task(key, log) }));
    const done = tasks.map(({ key, task }) => mutex.runExclusive(key, task.run));
    await aWhile();
    expect(log).toEqual(['a begins', 'A begins', '__proto__ begins', 'constructor begins']);
    for (const { task } of tasks) task.end();
    await Promise.all(done);
  });

  it('go on after one that fails, which alone is told of it', async () => {
    const failing = mutex.runExclusive('key', () => Promise.reject(new Error('as expected')));
    const next = mutex.runExclusive('key', async () => void log.push('next'));
    await expect(failing).rejects.toThrow('as expected');
    await next;
    expect(log).toEqual(['next']);
  });

  it('lose their turn where they take too long', async () => {
    const [hanging, next] = [new Task('hanging', log), new Task('next', log)];
    const done = [mutex.runExclusive('key', hanging.run), mutex.runExclusive('key', next.run)];
    await aWhile();
    clock.advance(LONG_MS);
    await aWhile();
    expect(log).toEqual(['hanging begins', 'next begins']);
    hanging.end();
    next.end();
    await Promise.all(done);
  });

  it('that lost their turn do not take the next one’s from it when they end', async () => {
    const [hanging, next, last] = ['hanging', 'next', 'last'].map((name) => new Task(name, log)) as [Task, Task, Task];
    const done = [mutex.runExclusive('key', hanging.run), mutex.runExclusive('key', next.run)];
    clock.advance(LONG_MS);
    await aWhile();
    done.push(mutex.runExclusive('key', last.run));
    hanging.end();
    await aWhile();
    expect(log).toEqual(['hanging begins', 'next begins', 'hanging ends']);
    next.end();
    await aWhile();
    last.end();
    await Promise.all(done);
    expect(log.slice(3)).toEqual(['next ends', 'last begins', 'last ends']);
  });
}
