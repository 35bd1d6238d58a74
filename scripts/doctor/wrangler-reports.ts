import { spawn } from 'node:child_process';
import { HEALTH_REPORT_KEY } from '../../src/infrastructure/cache/health-report-shape.ts';
import { member, parsedJson } from '../../src/infrastructure/json/untrusted-json.ts';
import type { HealthReport } from '../../src/application/health/health-report.ts';
import { readReport } from './report.ts';
import { plain } from './plain.ts';

/** Another program in wrangler's place: tests put one there. */
const PROGRAM_VARIABLE = 'OCTO_STS_WRANGLER';
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 4 * 1024 * 1024;
/** What wrangler calls a namespace that it makes for the binding, and what `kv namespace create` is told in our documents. */
const TITLE = /(^|-)octo[-_]sts[-_]kv$/i;
const MAX_NAMESPACES = 5;

export type ReportSearch =
  { readonly kind: 'found'; readonly report: HealthReport } | { readonly kind: 'none'; readonly reason: string };

interface Run {
  readonly exitCode: number;
  readonly output: string;
}

/** The report of this host, among the KV namespaces that wrangler may read. */
export async function searchWithWrangler(host: string, namespaceId: string | undefined): Promise<ReportSearch> {
  const ids = namespaceId === undefined ? await namespaces() : [namespaceId];
  if (typeof ids === 'string') return { kind: 'none', reason: ids };
  for (const id of ids) {
    const get = ['kv', 'key', 'get', HEALTH_REPORT_KEY, '--namespace-id', id, '--remote', '--text'];
    const { exitCode, output } = await wrangler(get);
    const report = exitCode === 0 ? readReport(output) : undefined;
    if (report?.host === host) return { kind: 'found', report };
  }
  return {
    kind: 'none',
    reason: `no report about ${host} in ${ids.length} KV namespace${ids.length === 1 ? '' : 's'}`,
  };
}

async function namespaces(): Promise<readonly string[] | string> {
  const { exitCode, output } = await wrangler(['kv', 'namespace', 'list']);
  if (exitCode !== 0) return 'wrangler is not logged in, or can’t list KV namespaces';
  const list = parsedJson(output.slice(Math.max(0, output.indexOf('['))));
  if (!Array.isArray(list)) return 'wrangler listed no KV namespaces';
  const ids = list.flatMap((one: unknown) => {
    const [id, title] = [member(one, 'id'), member(one, 'title')];
    return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && TITLE.test(String(title)) ? [id] : [];
  });
  return ids.slice(0, MAX_NAMESPACES);
}

/** Nothing of this process goes in: no input, and no terminal to ask questions at. */
function wrangler(args: readonly string[]): Promise<Run> {
  const { [PROGRAM_VARIABLE]: other = '' } = process.env;
  const own = new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url).pathname;
  const [program, first] = other === '' ? [process.execPath, [own]] : [other, []];
  return new Promise((resolve) => {
    const child = spawn(program, [...first, ...args], {
      cwd: new URL('../..', import.meta.url).pathname,
      env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: TIMEOUT_MS,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < MAX_OUTPUT) output += chunk;
    });
    child.on('error', (error) => resolve({ exitCode: 1, output: plain(error.message) }));
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
