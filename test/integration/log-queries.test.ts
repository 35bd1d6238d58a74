import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { raw } from 'jq-wasm';
import { eventually, LocalStack } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';

/** The queries that operators are given, on lines that the built Worker wrote. */
const QUERIES = join(import.meta.dirname, '../../deployments/queries');

let stack: LocalStack;
let granted: Answer;
let refused: Answer;
let lines: readonly string[];

beforeAll(async () => {
  stack = await LocalStack.start();
  granted = await stack.exchange();
  refused = await stack.exchange({ token: stack.actionsToken({ ref: 'refs/heads/other' }) });
  await stack.exchange({ query: { scope: 'acme/app', identity: 'no-such-policy' } });
  await stack.send({ path: '/somewhere' });
  await eventually(() => stack.worker.logged('exchange').length === 3 && stack.worker.logged('request').length > 0);
  lines = [...stack.worker.log];
});

afterAll(() => stack.close());

async function run(query: string, input: string, flags: readonly string[] = []): Promise<string> {
  const { stdout, stderr, exitCode } = await raw(input, readFileSync(join(QUERIES, query), 'utf8'), [...flags]);
  expect({ query, stderr, exitCode }).toEqual({ query, stderr: '', exitCode: 0 });
  return stdout.trim();
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

describe('a query', () => {
  const tail = (): string =>
    lines
      .map((line) => JSON.stringify({ outcome: 'ok', logs: [{ message: [line], level: 'log' }] }, null, 2))
      .join('\n');
  const logpush = (): string =>
    lines
      .map((line) =>
        JSON.stringify({ Outcome: 'ok', Event: { Request: {} }, Logs: [{ Level: 'log', Message: [line] }] }),
      )
      .join('\n');

  it.each([
    ['the lines themselves', () => lines.join('\n')],
    ['wrangler tail', tail],
    ['Logpush', logpush],
  ])('finds the lines in %s', async (_, records) => {
    const found = (await run('lines.jq', records(), ['-c'])).split('\n');
    expect(found.map((line) => JSON.parse(line) as unknown)).toEqual(lines.map((line) => JSON.parse(line) as unknown));
  });

  it('passes over what is no line of ours', async () => {
    const records = ['{"logs":[{"message":["no JSON",7,{"a":1}]}]}', '{"Logs":null}', '{"Event":{"x":1},"Logs":[]}'];
    expect(await run('lines.jq', records.join('\n'), ['-c'])).toBe('');
  });

  it('says who got a token', async () => {
    const rows = await run('who-got-a-token.jq', lines.join('\n'), [
      '-r',
      '--arg',
      'scope',
      'ACME/app',
      '--arg',
      'day',
      today(),
    ]);
    expect(rows.split('\n').map((row) => row.split('\t'))).toEqual([
      [
        expect.stringContaining(today()),
        'deploy',
        'repo:acme/infra:ref:refs/heads/trunk',
        expect.stringContaining('contents:read'),
        'app',
        expect.any(String),
        granted.headers.get('x-request-id'),
      ],
    ]);
    expect(
      await run('who-got-a-token.jq', lines.join('\n'), ['--arg', 'scope', 'acme/app', '--arg', 'day', '2020-01-01']),
    ).toBe('');
  });

  it('says why a request was refused', async () => {
    const id = refused.headers.get('x-request-id') ?? '';
    const told = JSON.parse(await run('why-refused.jq', lines.join('\n'), ['--arg', 'request_id', id])) as unknown;
    expect(told).toMatchObject({
      kind: 'permission_denied',
      identity: 'deploy',
      policy: '.github/chainguard/deploy.sts.yaml',
      mismatches: [{ field: 'subject', actual: 'repo:acme/infra:ref:refs/heads/other' }],
    });
  });

  it('counts refusals', async () => {
    expect((await run('refusals.jq', lines.join('\n'), ['-rs'])).split('\n').sort()).toEqual([
      '1\tpermission_denied\tacme/app\tdeploy',
      '1\tpolicy_not_found\tacme/app\tno-such-policy',
    ]);
  });

  it('names policies that nobody uses', async () => {
    const policies = 'acme/app deploy\nacme/app ci\nAcme/App Deploy\n';
    const unused = await run('unused-policies.jq', lines.join('\n'), ['-rs', '--arg', 'policies', policies]);
    expect(unused).toBe('acme/app ci');
  });

  it('finds the exchange of a token in GitHub’s audit log', async () => {
    const [event] = stack.worker.logged('exchange').filter(({ outcome }) => outcome === 'granted');
    const found = await run('which-exchange.jq', lines.join('\n'), [
      '--arg',
      'hashed_token',
      String(event?.hashed_token),
    ]);
    expect(JSON.parse(found)).toMatchObject({ request_id: granted.headers.get('x-request-id'), scope: 'acme/app' });
  });
});

describe('an alert', () => {
  async function rules(input: readonly string[]): Promise<readonly string[]> {
    const found = await run('alerts.jq', input.join('\n'), ['-cs']);
    return found === '' ? [] : found.split('\n').map((line) => (JSON.parse(line) as { readonly rule: string }).rule);
  }

  const failed = (kind: string, proven = true): string =>
    JSON.stringify({ level: 'info', event: 'exchange', outcome: 'refused', proven, refusal: { kind, detail: '' } });
  const times = (count: number, line: string): readonly string[] => Array.from({ length: count }, () => line);

  it('stays away where all is well', async () => {
    expect(await rules(lines)).toEqual([]);
    expect(await rules([])).toEqual([]);
  });

  it.each([
    ['health-failing', ['{"level":"info","event":"health","check":"webhook","state":"failing","before":"ok"}']],
    ['misconfigured', [failed('misconfigured')]],
    ['app-credentials-rejected', ['{"level":"error","event":"app_credentials_rejected"}']],
    ['unavailable', times(10, failed('unavailable'))],
    ['internal-error', ['{"level":"error","event":"bug"}']],
    ['rate-limited', times(10, failed('rate_limited'))],
    ['many-refusals', times(50, failed('permission_denied'))],
    ['issuer-list-broken', [failed('issuer_allowlist_invalid')]],
    ['events-not-delivered', ['{"level":"warn","event":"event_not_delivered"}']],
    ['webhook-refused', times(10, '{"level":"info","event":"request","method":"POST","path":"/webhook","status":401}')],
    ['policies-not-validated', ['{"level":"warn","event":"policies_not_validated"}']],
  ] as const)('comes for %s, and for nothing else', async (rule, more) => {
    expect(await rules([...lines, ...more])).toEqual([rule]);
  });

  it('stays away where strangers and a few failures do what they always do', async () => {
    const noise = [...times(9, failed('unavailable')), ...times(500, failed('issuer_not_allowed', false))];
    expect(await rules(noise)).toEqual([]);
  });

  it('has its row in the document', () => {
    const text = readFileSync(join(QUERIES, 'alerts.jq'), 'utf8');
    const document = readFileSync(join(QUERIES, '../../docs/operations.md'), 'utf8');
    for (const [, rule = ''] of text.matchAll(/alert\("([a-z-]+)"/g)) expect(document).toContain(`| \`${rule}\` |`);
  });
});

describe('the SQL for Analytics Engine', () => {
  it('reads columns that docs/audit.md describes, as they are meant', () => {
    const sql = readFileSync(join(QUERIES, 'analytics-engine.sql'), 'utf8');
    const audit = readFileSync(join(QUERIES, '../../docs/audit.md'), 'utf8');
    const meaning = new Map(
      [...audit.matchAll(/^\| `((?:blob|double|index)\d+)` \| (.*?) \|$/gm)].map(([, column, text]) => [column, text]),
    );
    const named: readonly (readonly [string, RegExp])[] = [
      ['blob1', /outcome/],
      ['blob2', /refusal/],
      ['blob3', /scope/],
      ['blob4', /identity/],
      ['double1', /duration/],
      ['double2', /requests to GitHub/],
    ];
    for (const [column, text] of named) expect(meaning.get(column)).toMatch(text);
    expect(new Set(sql.match(/\b(?:blob|double|index)\d+\b/g))).toEqual(new Set(named.map(([column]) => column)));
  });
});
