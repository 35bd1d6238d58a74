import { inject, injectable } from 'tsyringe';
import type { DeferredTasks } from '../../application/ports/deferred-tasks.ts';
import { LOG, type Log } from '../../application/ports/log.ts';

interface Task {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Collects the tasks of one request. They start once the answer is decided, and may add further tasks. */
@injectable()
export class DeferredTaskList implements DeferredTasks {
  private tasks: Task[] = [];

  constructor(@inject(LOG) private readonly log: Log) {}

  add(name: string, run: () => Promise<void>): void {
    this.tasks.push({ name, run });
  }

  async run(): Promise<void> {
    while (this.tasks.length > 0) {
      const tasks = this.tasks;
      this.tasks = [];
      await Promise.all(tasks.map((task) => this.attempt(task)));
    }
  }

  private async attempt({ name, run }: Task): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.log.error('after_answer_failed', { task: name, error: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
