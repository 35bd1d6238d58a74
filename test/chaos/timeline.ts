export interface Spell<Value> {
  readonly value: Value;
  readonly since: number;
  /** Infinite for what still holds. */
  readonly until: number;
}

/** What was true, and when. */
export class Timeline<Value> {
  readonly #spells: { value: Value; text: string; since: number; until: number }[] = [];

  /** From this time on this holds. Nothing changes where it is what held before. */
  note(value: Value, at: number): void {
    const text = JSON.stringify(value);
    const last = this.#spells.at(-1);
    if (last?.text === text) return;
    if (last !== undefined) last.until = at;
    this.#spells.push({ value, text, since: at, until: Number.POSITIVE_INFINITY });
  }

  get now(): Value {
    const last = this.#spells.at(-1);
    if (last === undefined) throw new Error('nothing was noted yet');
    return last.value;
  }

  /** Everything that held at some time in between, the oldest first. */
  between(from: number, to: number): Spell<Value>[] {
    return this.#spells.filter(({ since, until }) => since <= to && until >= from);
  }
}
