/** What several rounds came to. One round is no measure, so there is nothing to make it of. */
export class Spread {
  readonly #sorted: readonly number[];

  /** @throws where there are fewer than three rounds */
  constructor(values: readonly number[]) {
    if (values.length < LEAST_ROUNDS) throw new Error(`a median needs ${LEAST_ROUNDS} rounds`);
    this.#sorted = values.toSorted((a, b) => a - b);
  }

  get median(): number {
    return this.#sorted[this.#sorted.length >> 1] ?? Number.NaN;
  }

  /** The median, and the least and the most in parentheses. */
  text(digits = 2): string {
    const [least, most] = [this.#sorted[0] ?? Number.NaN, this.#sorted.at(-1) ?? Number.NaN];
    return `${this.median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
  }

  toJSON(): object {
    return { median: this.median, rounds: this.#sorted };
  }
}

export const LEAST_ROUNDS = 3;
