/** One window for each key, made when it is first asked for; what was used longest ago is forgotten. */
export class KeyedWindows<Window> {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly capacity: number,
    private readonly make: () => Window,
  ) {}

  of(key: string): Window {
    const window = this.windows.get(key) ?? this.make();
    this.windows.delete(key);
    this.windows.set(key, window);
    for (const oldest of this.windows.keys()) {
      if (this.windows.size <= this.capacity) break;
      this.windows.delete(oldest);
    }
    return window;
  }
}
