import { readFileSync } from 'node:fs';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';

export interface WorkerOptions {
  /** Variables and secrets. Values of `undefined` are left out. */
  readonly bindings: Readonly<Record<string, string | undefined>>;
  readonly port?: number;
  /** A folder for KV to live in, so that two workers can share one. */
  readonly kvPath?: string;
  /** The bundle; `dist/worker.js` unless given. */
  readonly script?: string;
  readonly withoutKv?: boolean;
  /** The origin under which the Worker sees itself called; its own on loopback unless given. */
  readonly address?: string;
  readonly onLog?: (line: string) => void;
}

/** The built Worker in workerd, answering over HTTP on loopback. */
export class RunningWorker {
  readonly #miniflare: Miniflare;
  readonly url: string;
  readonly #output: string[];
  readonly #hasKv: boolean;

  private constructor(miniflare: Miniflare, url: string, output: string[], hasKv: boolean) {
    this.#miniflare = miniflare;
    this.#hasKv = hasKv;
    this.url = url;
    this.#output = output;
  }

  static async start(options: WorkerOptions): Promise<RunningWorker> {
    const output: string[] = [];
    const bindings = Object.fromEntries(Object.entries(options.bindings).filter(([, value]) => value !== undefined));
    const script = options.script ?? new URL('../../dist/worker.js', import.meta.url).pathname;
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: 'worker.js', contents: readFileSync(script, 'utf8') }],
        modulesRoot: '/',
        compatibilityDate: '2026-10-30',
        host: '127.0.0.1',
        port: options.port ?? 0,
        bindings: bindings as Record<string, string>,
        ...(options.withoutKv === true ? {} : { kvNamespaces: { OCTO_STS_KV: 'octo-sts' } }),
        ...(options.kvPath === undefined ? {} : { resourcePersistencePath: options.kvPath }),
        ...(options.address === undefined ? {} : { upstream: options.address }),
        log: new Log(LogLevel.NONE),
        handleStructuredLogs: ({ message }: { message: string }) => {
          output.push(message);
          options.onLog?.(message);
        },
      }),
    );
    const url = (await miniflare.ready).origin;
    return new RunningWorker(miniflare, url, output, options.withoutKv !== true);
  }

  /** Everything that the Worker wrote to its log, a line an element. */
  get log(): readonly string[] {
    return this.#output;
  }

  /** Log lines that are JSON with this `event`. */
  logged(event: string): readonly Record<string, unknown>[] {
    return this.#output.flatMap((line) => {
      try {
        const parsed = JSON.parse(line) as Record<string, unknown>;
        return parsed.event === event ? [parsed] : [];
      } catch {
        return [];
      }
    });
  }

  /** Every key and value that is in KV. */
  async kvEntries(): Promise<ReadonlyMap<string, string>> {
    if (!this.#hasKv) return new Map();
    const namespace = await this.#miniflare.getKVNamespace('OCTO_STS_KV');
    const entries = new Map<string, string>();
    for (const { name } of (await namespace.list()).keys) entries.set(name, (await namespace.get(name)) ?? '');
    return entries;
  }

  async putKv(key: string, value: string): Promise<void> {
    const namespace = await this.#miniflare.getKVNamespace('OCTO_STS_KV');
    await namespace.put(key, value);
  }

  async close(): Promise<void> {
    await this.#miniflare.dispose();
  }
}
