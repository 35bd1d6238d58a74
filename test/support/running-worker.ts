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
  /** A folder with the page's files beside the Worker, as `npm run build:page` makes it. */
  readonly assetsPath?: string;
  /** With the module around the bundle that `settled` and `advance` need. */
  readonly watched?: boolean;
  readonly onLog?: (line: string) => void;
  /** With a debugger to ask: see `inspector`. */
  readonly inspected?: boolean;
}

/** Where the module around the bundle listens; the bundle itself never sees these paths. */
const WATCHER_PATH = '/_watcher';
/** Half a minute: whatever is not done by then never ends. */
const MOST_LOOKS = 6000;

/**
 * Runs around the bundle, which stays as it is. It counts the work that follows the answers, so that a test can await its end, moves
 * the clock, and reads and writes KV: from outside Miniflare starts a thread of Node for that, which takes a tenth of a second of CPU.
 * A request may not await another one's promise in workerd, so it looks again every few milliseconds.
 */
const WATCHER = `
import worker from './worker.js';
const realNow = Date.now;
let offset = 0;
let unfinished = 0;
Date.now = () => realNow() + offset;
async function counted(work) {
  unfinished += 1;
  try { return await work; } finally { unfinished -= 1; }
}
async function settle() {
  for (let looks = 0; unfinished > 0; looks += 1) {
    if (looks > ${MOST_LOOKS}) return new Response('work goes on', { status: 503 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return new Response('done');
}
async function entries(kv) {
  const found = [];
  for (let page = { cursor: null }; page !== undefined;) {
    const { keys, list_complete, cursor } = await kv.list({ cursor: page.cursor });
    for (const { name } of keys) found.push([name, (await kv.get(name)) ?? '']);
    page = list_complete ? undefined : { cursor };
  }
  return Response.json(found);
}
async function watch(url, request, env) {
  switch (url.pathname) {
    case '${WATCHER_PATH}/advance':
      offset += Number(url.searchParams.get('ms'));
      return new Response('done');
    case '${WATCHER_PATH}/settled':
      return settle();
    case '${WATCHER_PATH}/kv':
      if (request.method === 'GET') return entries(env.OCTO_STS_KV);
      await env.OCTO_STS_KV.put(url.searchParams.get('key'), await request.text());
      return new Response('done');
    default:
      return new Response('unknown', { status: 404 });
  }
}
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname.startsWith('${WATCHER_PATH}/')) return watch(url, request, env);
    const waitUntil = (work) => ctx.waitUntil(counted(work));
    return counted(worker.fetch(request, env, { waitUntil, passThroughOnException: () => ctx.passThroughOnException() }));
  },
  scheduled: (event, env, ctx) => counted(worker.scheduled(event, env, ctx)),
};
`;

/** As in wrangler.toml. */
function assetsIn(directory: string) {
  return {
    directory,
    binding: 'ASSETS',
    routerConfig: { has_user_worker: true },
    assetConfig: { html_handling: 'none' as const, not_found_handling: 'none' as const },
  };
}

/** The built Worker in workerd, answering over HTTP on loopback. */
export class RunningWorker {
  readonly #miniflare: Miniflare;
  readonly url: string;
  readonly #output: string[];
  readonly #options: WorkerOptions;

  private constructor(miniflare: Miniflare, url: string, output: string[], options: WorkerOptions) {
    this.#miniflare = miniflare;
    this.#options = options;
    this.url = url;
    this.#output = output;
  }

  static async start(options: WorkerOptions): Promise<RunningWorker> {
    const output: string[] = [];
    const bindings = Object.fromEntries(Object.entries(options.bindings).filter(([, value]) => value !== undefined));
    const script = options.script ?? new URL('../../dist/worker.js', import.meta.url).pathname;
    const watcher = { type: 'ESModule' as const, path: 'watcher.js', contents: WATCHER };
    const bundle = { type: 'ESModule' as const, path: 'worker.js', contents: readFileSync(script, 'utf8') };
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: [...(options.watched === true ? [watcher] : []), bundle],
        modulesRoot: '/',
        compatibilityDate: '2026-10-30',
        host: '127.0.0.1',
        port: options.port ?? 0,
        bindings: bindings as Record<string, string>,
        ...(options.withoutKv === true ? {} : { kvNamespaces: { OCTO_STS_KV: 'octo-sts' } }),
        ...(options.assetsPath === undefined ? {} : { assets: assetsIn(options.assetsPath) }),
        ...(options.kvPath === undefined ? {} : { resourcePersistencePath: options.kvPath }),
        ...(options.address === undefined ? {} : { upstream: options.address }),
        ...(options.inspected === true ? { inspectorPort: 0 } : {}),
        log: new Log(LogLevel.NONE),
        handleStructuredLogs: ({ message }: { message: string }) => {
          output.push(message);
          options.onLog?.(message);
        },
      }),
    );
    const url = (await miniflare.ready).origin;
    return new RunningWorker(miniflare, url, output, options);
  }

  /** Where the debugger of an `inspected` Worker listens. */
  inspector(): Promise<URL> {
    return this.#miniflare.getInspectorURL();
  }

  /** Ends when every answer is given and what follows the answers is done. */
  async settled(): Promise<void> {
    await this.#watch('settled');
  }

  /** The Worker's clock from now on, beside the real one; timers and KV's own expiry stay real. */
  async advance(milliseconds: number): Promise<void> {
    await this.#watch(`advance?ms=${milliseconds}`);
  }

  /** What the cron trigger does; ends when the run does. */
  async runScheduled(): Promise<void> {
    const worker = await this.#miniflare.getWorker();
    const { outcome } = await worker.scheduled({ cron: '*/5 * * * *' });
    if (outcome !== 'ok') throw new Error(`the scheduled run ended with ${outcome}`);
  }

  async #watch(what: string, put?: string): Promise<string> {
    const request = put === undefined ? {} : { method: 'PUT', body: put };
    const response = await fetch(`${this.url}${WATCHER_PATH}/${what}`, request);
    if (response.status !== 200) throw new Error(`the watcher answered ${response.status}`);
    return response.text();
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
    const { withoutKv, watched } = this.#options;
    if (withoutKv === true) return new Map();
    if (watched === true) return new Map(JSON.parse(await this.#watch('kv')) as [string, string][]);
    const namespace = await this.#miniflare.getKVNamespace('OCTO_STS_KV');
    const entries = new Map<string, string>();
    for (const { name } of (await namespace.list()).keys) entries.set(name, (await namespace.get(name)) ?? '');
    return entries;
  }

  /** Needs a `watched` Worker. */
  async putKv(key: string, value: string): Promise<void> {
    await this.#watch(`kv?key=${encodeURIComponent(key)}`, value);
  }

  async close(): Promise<void> {
    await this.#miniflare.dispose();
  }
}
