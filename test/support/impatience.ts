/** Long enough to let others run first. */
const LONGEST_PAUSE_MS = 5;
/** No server is waited for longer than this; a request with a longer time-out, or none, goes on waiting here too. */
const LONGEST_TIMEOUT_MS = 10_000;

interface OpenRequest {
  readonly url: string;
  readonly timeoutMs: number;
  readonly end: AbortController;
}

/**
 * Waits for nothing but real work, in this process: pauses before another try are cut to a few milliseconds, and the time-out of a
 * request comes as soon as its server says that it will not answer (`giveUp`). What a pause or a time-out leads to stays the same.
 */
export class Impatience {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #fetch = globalThis.fetch;
  readonly #timeout: (ms: number) => AbortSignal = AbortSignal.timeout.bind(AbortSignal);
  readonly #timeouts = new WeakMap<AbortSignal, number>();
  readonly #open = new Set<OpenRequest>();

  private constructor() {
    const pause = this.#setTimeout;
    globalThis.setTimeout = ((run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      pause(run, isOfHttpClient() ? ms : Math.min(ms, LONGEST_PAUSE_MS), ...values)) as typeof setTimeout;
    AbortSignal.timeout = (ms) => {
      const signal = this.#timeout(ms);
      this.#timeouts.set(signal, ms);
      return signal;
    };
    globalThis.fetch = ((input: string, init: RequestInit = {}) => this.#send(input, init)) as typeof fetch;
  }

  static begin(): Impatience {
    return new Impatience();
  }

  end(): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.fetch = this.#fetch;
    AbortSignal.timeout = this.#timeout;
  }

  /** The server at this address will never answer: what its time-out would do in seconds is done now. */
  giveUp(url: string): void {
    for (const request of this.#open) {
      if (request.url !== url || request.timeoutMs > LONGEST_TIMEOUT_MS) continue;
      request.end.abort(new DOMException('the server hangs', 'TimeoutError'));
    }
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const { signal } = init;
    const timeoutMs = signal ? this.#timeouts.get(signal) : undefined;
    if (!signal || timeoutMs === undefined) return this.#fetch(url, init);
    const request: OpenRequest = { url, timeoutMs, end: new AbortController() };
    this.#open.add(request);
    try {
      return await this.#fetch(url, { ...init, signal: AbortSignal.any([signal, request.end.signal]) });
    } finally {
      this.#open.delete(request);
    }
  }
}

/** In Jest every suite has globals of its own. */
const SHARES_GLOBALS_WITH_NODE = process.env.JEST_WORKER_ID === undefined;

/** Outside Jest, Node's own HTTP client sees the same `setTimeout`: its connections must not end early. */
function isOfHttpClient(): boolean {
  return SHARES_GLOBALS_WITH_NODE && new Error().stack?.includes('node:internal/deps/undici') === true;
}
