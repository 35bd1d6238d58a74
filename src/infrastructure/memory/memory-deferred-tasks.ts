import type { DeferredTasks } from '../../application/ports/deferred-tasks.ts';

/** Work that waits until `run` says that the answer is out. What fails is kept in `failed`, by its name. */
export class MemoryDeferredTasks implements DeferredTasks {
  readonly failed: string[] = [];
  private readonly waiting: { readonly name: string; readonly task: () => Promise<void> }[] = [];

  get names(): readonly string[] {
    return this.waiting.map(({ name }) => name);
  }

  add(name: string, task: () => Promise<void>): void {
    this.waiting.push({ name, task });
  }

  async run(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      const { name, task } = next;
      await task().catch(() => this.failed.push(name));
    }
  }
}
