/** The time as a server under test sees it, in milliseconds since the epoch; real until it is set. */
export class AdjustableClock {
  #frozenAt: number | undefined;
  #offset = 0;

  now(): number {
    return this.#frozenAt ?? Date.now() + this.#offset;
  }

  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  freeze(at: number | Date): void {
    this.#frozenAt = typeof at === 'number' ? at : at.getTime();
  }

  advance(milliseconds: number): void {
    if (this.#frozenAt === undefined) this.#offset += milliseconds;
    else this.#frozenAt += milliseconds;
  }

  release(): void {
    this.#frozenAt = undefined;
    this.#offset = 0;
  }
}
