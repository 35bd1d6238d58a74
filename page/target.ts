/** Several inputs that hold the same value: what is typed into one stands in the others. */
export class SharedValue {
  private readonly inputs: readonly HTMLInputElement[];
  private readonly listeners: (() => void)[] = [];

  constructor(...inputs: readonly HTMLInputElement[]) {
    this.inputs = inputs;
    for (const input of inputs) input.addEventListener('input', () => this.set(input.value));
  }

  get value(): string {
    return this.inputs[0]?.value ?? '';
  }

  set(value: string): void {
    for (const input of this.inputs) if (input.value !== value) input.value = value;
    for (const listener of this.listeners) listener();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }
}
