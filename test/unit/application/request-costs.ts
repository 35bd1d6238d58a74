import { BudgetWindows } from '../../../src/application/budget/budget-windows.ts';
import { RequestBudget } from '../../../src/application/budget/request-budget.ts';
import { RequestDeadline } from '../../../src/application/budget/request-deadline.ts';
import { RequestMeter } from '../../../src/application/budget/request-meter.ts';
import { RequestTrust } from '../../../src/application/budget/request-trust.ts';
import { StoreWrites } from '../../../src/application/budget/store-writes.ts';
import type { Clock } from '../../../src/application/ports/clock.ts';

/** What bounds one request, wired as the container wires it. */
export class RequestCosts {
  readonly trust = new RequestTrust();
  readonly meter = new RequestMeter();
  readonly deadline: RequestDeadline;
  readonly budget: RequestBudget;
  readonly writes: StoreWrites;

  constructor(clock: Clock, windows = new BudgetWindows()) {
    this.deadline = new RequestDeadline(clock);
    this.budget = new RequestBudget(this.trust, this.meter, windows, clock);
    this.writes = new StoreWrites(this.trust, windows, clock);
  }
}
