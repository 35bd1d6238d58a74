import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InventoryRow } from '../../src/interfaces/cli/inventory/inventory.ts';
import { buildCommandLine, runCommand, type CommandResult } from '../support/command-line.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { seedWorld, type Seed } from '../support/seed.ts';

const FOLDER = '.github/chainguard';
const ACTIONS = 'https://token.actions.githubusercontent.com';
const DAY_MS = 24 * 60 * 60_000;

function policy(subject: string, permissions: string, more = ''): string {
  return `issuer: ${ACTIONS}\nsubject: ${JSON.stringify(subject)}\npermissions: ${permissions}\n${more}`;
}

const GUARDRAILS = 'repository_policies: { permissions: { contents: write } }\n';
/** By repository and file. */
const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '.github': {
    'guardrails.yaml': GUARDRAILS,
    'release.sts.yaml': policy('release', '{ contents: write }', 'repositories: [app, lib]\n'),
    'everywhere.sts.yaml': policy('everywhere', '{ issues: write }'),
    'own.sts.yaml': policy('own', '{ contents: write }', 'caller_repository_only: true\n'),
  },
  app: {
    'deploy.sts.yaml': policy('deploy', '{ contents: write }'),
    'read.sts.yaml': policy('read', '{ contents: read }'),
    'greedy.sts.yaml': policy('greedy', '{ administration: write }'),
    'broken.sts.yaml': 'issuer: [\n',
    'README.md': 'nothing',
  },
  lib: { 'formula.sts.yaml': policy('=cmd|/C calc!A0', '{ contents: read }') },
};

let folder: string;

beforeAll(buildCommandLine);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inventory-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function checkOut(files = FILES): void {
  for (const [repository, texts] of Object.entries(files)) {
    write(`${repository}/.git/config`, `[remote "origin"]\n\turl = git@github.com:acme/${repository}.git\n`);
    for (const [name, text] of Object.entries(texts)) write(`${repository}/${FOLDER}/${name}`, text);
  }
}

const offline = (...args: string[]): Promise<CommandResult> =>
  runCommand(['inventory', '--checkouts', '.', ...args], { cwd: folder });

function rowsOf({ output }: CommandResult): readonly InventoryRow[] {
  return (JSON.parse(output) as { readonly policies: readonly InventoryRow[] }).policies;
}

const names = (rows: readonly InventoryRow[]): readonly string[] =>
  rows.map(({ repository, identity }) => `${repository} ${identity}`);

describe('an inventory of checkouts', () => {
  beforeEach(() => checkOut());

  it('tells who can get what by every policy, and whether the guardrails take it', async () => {
    const result = await offline('--format', 'json');
    expect(result.exitCode).toBe(0);
    const rows = rowsOf(result);
    expect(rows.map(({ identity, valid, reaches, guardrails }) => [identity, valid, reaches, guardrails])).toEqual([
      ['everywhere', true, 'all', 'within'],
      ['own', true, 'caller', 'within'],
      ['release', true, ['app', 'lib'], 'within'],
      ['broken', false, [], 'not judged'],
      ['deploy', true, ['app'], 'within'],
      ['greedy', false, [], 'outside'],
      ['read', true, ['app'], 'within'],
      ['formula', true, ['lib'], 'within'],
    ]);
    const greedy = rows.find(({ identity }) => identity === 'greedy');
    expect(greedy?.findings[0]).toMatchObject({ rule: 'guardrail-permission', line: 3 });
    expect(result.remarks).toContain('8 policies, 2 invalid.');
  });

  it('answers who can write to a repository, in one command', async () => {
    const result = await offline('--format', 'json', '--reaches', 'App', '--grants', 'write');
    expect(names(rowsOf(result))).toEqual([
      'acme/.github everywhere',
      'acme/.github own',
      'acme/.github release',
      'acme/app deploy',
    ]);
    const contents = await offline('--format', 'json', '--reaches', 'app', '--grants', 'contents');
    expect(names(rowsOf(contents))).toContain('acme/app read');
    expect(names(rowsOf(await offline('--format', 'json', '--grants', 'issues:admin')))).toEqual([]);
  });

  it('judges by other guardrails where they are given', async () => {
    write('strict.yaml', 'mode: audit\nrepository_policies: { permissions: { contents: read } }\n');
    const rows = rowsOf(await offline('--format', 'json', '--guardrails', 'strict.yaml'));
    const verdicts = Object.fromEntries(rows.map(({ identity, guardrails }) => [identity, guardrails]));
    expect(verdicts).toMatchObject({ deploy: 'would be outside', greedy: 'would be outside', read: 'within' });
  });

  it('calls nothing usable where the guardrails are broken', async () => {
    write(`.github/${FOLDER}/guardrails.yaml`, 'mode: enforce\n');
    const result = await offline('--format', 'json');
    expect(rowsOf(result).every(({ valid, guardrails }) => !valid && guardrails === 'not judged')).toBe(true);
    expect(result.remarks).toContain('guardrails.yaml is invalid');
  });

  it('is a table for people, cut and without control characters', async () => {
    write(`lib/${FOLDER}/odd.sts.yaml`, policy(`a\u001b[2J${'x'.repeat(100)}`, '{ contents: read }'));
    const { output } = await offline();
    expect(output.split('\n')[0]).toMatch(/^REPOSITORY +IDENTITY +VALID +ISSUER/);
    expect(output).not.toContain('\u001b');
    expect(output).toContain('…');
  });

  it('is CSV that no spreadsheet takes for formulas', async () => {
    const { output } = await offline('--format', 'csv');
    expect(output.split('\r\n')[0]).toMatch(/^"repository","identity","valid","issuer"/);
    expect(output).toContain(`"'=cmd|/C calc!A0"`);
    expect(output).not.toMatch(/(^|,)"[=+@-]/m);
  });

  it('does not follow a link, and tells what it could not read', async () => {
    mkdirSync(join(folder, 'linked/.git'), { recursive: true });
    mkdirSync(join(folder, 'linked/.github'));
    symlinkSync(join(folder, 'app', FOLDER), join(folder, 'linked', FOLDER));
    const result = await offline('--format', 'json');
    expect(result.exitCode).toBe(1);
    expect(result.remarks).toContain('Not read, so not told here: linked.');
    expect(names(rowsOf(result)).some((name) => name.includes('linked'))).toBe(false);
  });

  it('can be held to one organization', async () => {
    write('other/.git/config', '[remote "origin"]\n\turl = https://github.com/other/repo.git\n');
    write(`other/${FOLDER}/x.sts.yaml`, policy('x', '{ contents: read }'));
    expect(names(rowsOf(await offline('--format', 'json')))).toContain('other/repo x');
    expect(names(rowsOf(await offline('--format', 'json', '--org', 'ACME')))).not.toContain('other/repo x');
  });
});

describe('an inventory with the audit log', () => {
  const now = Date.now();
  const event = (days: number, more: object): object => ({
    time: new Date(now - days * DAY_MS).toISOString(),
    outcome: 'granted',
    scope: 'acme/app',
    identity: 'deploy',
    permissions: { contents: 'read', metadata: 'read' },
    ...more,
  });

  beforeEach(() => {
    checkOut();
    const lines = [
      JSON.stringify({ level: 'info', event: 'exchange', ...event(100, {}) }),
      JSON.stringify({ type: 'dev.octo-sts.exchange', data: event(2, { scope: 'ACME', identity: 'release' }) }),
      JSON.stringify({ Logs: [{ Message: [JSON.stringify({ event: 'exchange', ...event(120, {}) })] }] }),
      JSON.stringify({ event: 'exchange', ...event(1, { outcome: 'refused' }) }),
      JSON.stringify({ event: 'request', path: '/' }),
      'no JSON at all',
      '',
    ];
    write('audit.log', lines.join('\n'));
  });

  it('tells when each policy was last used, and what no token ever held', async () => {
    const result = await offline('--format', 'json', '--events', 'audit.log');
    const usage = Object.fromEntries(rowsOf(result).map((row) => [row.identity, row.usage]));
    expect(usage.deploy).toEqual({
      last_used: new Date(now - 100 * DAY_MS).toISOString(),
      granted: 2,
      refused: 1,
      never_asked_for: ['contents: write'],
    });
    expect(usage.release?.last_used).toBe(new Date(now - 2 * DAY_MS).toISOString());
    expect(usage.read).toEqual({ last_used: null, granted: 0, refused: 0, never_asked_for: ['contents: read'] });
    expect(result.remarks).toContain('The log holds 4 exchanges');
    expect(result.remarks).toContain('2 other lines');
  });

  it('answers what nobody has used for 90 days, in one command', async () => {
    const result = await offline('--format', 'json', '--events', 'audit.log', '--unused-for', '90');
    expect(names(rowsOf(result))).not.toContain('acme/.github release');
    expect(names(rowsOf(result))).toEqual(expect.arrayContaining(['acme/app deploy', 'acme/app read']));
  });

  it('reads the log from standard input, and shows it in the table', async () => {
    const input = JSON.stringify({ event: 'exchange', ...event(3, {}) });
    const { output } = await runCommand(['inventory', '--checkouts', '.', '--events', '-'], { cwd: folder, input });
    expect(output.split('\n')[0]).toContain('LAST USED');
    expect(output).toContain('never');
  });
});

describe('an inventory on GitHub', () => {
  let emulator: GitHubEmulator;
  let seed: Seed;
  let token = '';

  beforeAll(async () => {
    emulator = await GitHubEmulator.start();
    seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
    const { world } = emulator;
    const account = world.addOrganization('big');
    for (const [name, texts] of Object.entries(FILES)) {
      const files = Object.fromEntries(Object.entries(texts).map(([file, text]) => [`${FOLDER}/${file}`, text]));
      world.addRepository({ owner: account, name, private: true, files });
    }
    for (let n = 0; n < 60; n++)
      world.addRepository({ owner: account, name: `r${n}`, private: n % 2 === 0, files: {} });
    world.install(seed.app, account);
    const installation = world.installationOf(seed.app, 'big');
    if (installation === undefined) throw new Error('not installed');
    token = emulator.tokens.issue(installation, { permissions: { contents: 'read' }, repositoryIds: 'all' }).value;
  });

  afterEach(() => emulator.faults.clear());

  afterAll(async () => {
    expect(emulator.violations).toEqual([]);
    await emulator.close();
  });

  const online = (org: string, ...args: string[]): Promise<CommandResult> =>
    runCommand(['inventory', '--org', org, '--github', emulator.url, '--loopback', ...args], {
      cwd: folder,
      environment: { GITHUB_TOKEN: token },
    });

  it('is the same as offline, of all pages, and tells what it cost', async () => {
    const result = await online('big', '--format', 'json');
    expect(result.exitCode).toBe(0);
    const verdicts = rowsOf(result).map(({ repository, identity, guardrails }) => [repository, identity, guardrails]);
    expect(verdicts).toContainEqual(['big/app', 'greedy', 'outside']);
    expect(verdicts).toHaveLength(8);
    expect(result.remarks).toMatch(/Read 63 of 63 repositories that the token sees, in 3 requests; \d+ points/);
    expect(`${result.output}${result.remarks}`).not.toContain(token);
  });

  it('knows no organization of another name', async () => {
    const { exitCode, remarks } = await online('nobody');
    expect([exitCode, remarks]).toEqual([2, expect.stringContaining('GitHub knows no organization "nobody"')]);
  });

  it.each([
    [
      'limits',
      { kind: 'primary-limit', match: { operation: 'graphql' } } as const,
      /GitHub .*limits requests|rate limit/i,
    ],
    ['fails', { kind: 'respond', status: 502, match: { operation: 'graphql' } } as const, /status 502/],
  ])('ends without an answer where GitHub %s', async (_, fault, text) => {
    emulator.faults.add(fault);
    const { exitCode, output, remarks } = await online('big');
    expect([exitCode, output]).toEqual([3, '']);
    expect(remarks).toMatch(text);
  });

  it('does not take a folder that was not told for one that is not there', async () => {
    const path = ['repositoryOwner', 'repositories', 'nodes', 1, 'object'];
    emulator.faults.add({ kind: 'graphql-errors', errors: [{ type: 'FORBIDDEN', path }] });
    const { exitCode, remarks } = await online('big');
    expect(exitCode).toBe(1);
    expect(remarks).toMatch(/Not read, so not told here: /);
  });

  it('sends nothing without a token', async () => {
    const { exitCode, remarks } = await runCommand(
      ['inventory', '--org', 'big', '--github', emulator.url, '--loopback'],
      { cwd: folder, environment: { PATH: '/nowhere' } },
    );
    expect([exitCode, remarks]).toEqual([2, expect.stringContaining('There is no token for GitHub')]);
  });
});

describe('a wrong command line', () => {
  it.each([
    [[], 'inventory needs --org NAME or --checkouts FOLDER.'],
    [['--org', 'a/b'], '--org must be the name of an account.'],
    [['--checkouts', 'nowhere'], 'There is no folder nowhere.'],
    [['--checkouts', '.'], 'There is no checkout below .'],
    [['--checkouts', '.', '--format', 'xml'], '--format must be one of table, csv, json.'],
    [['--checkouts', '.', '--grants', 'a:b'], '--grants must be a permission'],
    [['--checkouts', '.', '--reaches', 'a/b'], '--reaches must be the name of a repository'],
    [['--checkouts', '.', '--unused-for', '90'], '--unused-for needs --events FILE.'],
    [['--checkouts', '.', '--events', 'x', '--unused-for', '-1'], '--unused-for'],
    [['--checkouts', '.', '--guardrails', 'none.yaml'], "none.yaml can't be read."],
  ])('is told: %j', async (args, text) => {
    const { exitCode, remarks } = await runCommand(['inventory', ...args], { cwd: folder });
    expect([exitCode, remarks]).toEqual([2, expect.stringContaining(text)]);
  });
});

describe('guardrails on the command line', () => {
  const explain = (...args: string[]): Promise<CommandResult> =>
    runCommand(
      ['explain', '--policy', 'ci.sts.yaml', '--claims', 'claims.json', '--audience', 'sts.example.com', ...args],
      {
        cwd: folder,
      },
    );

  beforeEach(() => {
    write('ci.sts.yaml', policy('me', '{ contents: write }'));
    write(
      'claims.json',
      JSON.stringify({ iss: ACTIONS, sub: 'me', aud: 'sts.example.com', iat: 0, exp: 7200, repository_owner_id: '7' }),
    );
  });

  it('are judged by lint, and so are the guardrails themselves', async () => {
    write('guardrails.yaml', 'repository_policies: { permissions: { contents: read } }\n');
    const { exitCode, output } = await runCommand(['lint', '.', '--guardrails', 'guardrails.yaml'], { cwd: folder });
    expect(exitCode).toBe(1);
    expect(output).toContain('ci.sts.yaml:3:16  error');
    expect(output).toContain('(guardrail-permission)');
    expect((await runCommand(['lint', 'ci.sts.yaml'], { cwd: folder })).exitCode).toBe(0);
    write('guardrails.yaml', 'deny: [nothing]\n');
    const broken = await runCommand(['lint', '.'], { cwd: folder });
    expect([broken.exitCode, broken.output]).toEqual([1, expect.stringContaining('(guardrails-deny-unknown)')]);
    const unusable = await runCommand(['lint', 'ci.sts.yaml', '--guardrails', 'guardrails.yaml'], { cwd: folder });
    expect([unusable.exitCode, unusable.remarks]).toEqual([
      2,
      expect.stringContaining('holds no valid guardrails. 1:8'),
    ]);
  });

  it('count in the policy repository where they are linted too', async () => {
    write('guardrails.yaml', 'deny: [subject-by-name]\n');
    write('ci.sts.yaml', policy('repo:acme/app:ref:refs/heads/main', '{ contents: read }', 'repositories: [app]\n'));
    const own = await runCommand(['lint', '.', '--repository', 'acme/.github'], { cwd: folder });
    expect([own.exitCode, own.output]).toEqual([1, expect.stringContaining('(guardrail-deny)')]);
    write('ci.sts.yaml', policy('repo:acme/app:ref:refs/heads/main', '{ contents: read }'));
    expect((await runCommand(['lint', '.', '--repository', 'acme/app'], { cwd: folder })).exitCode).toBe(0);
  });

  it('are known to explain: the policy, the token, and whose workflow it is', async () => {
    write('guardrails.yaml', 'max_token_lifetime_seconds: 3600\n');
    const token = await explain('--guardrails', 'guardrails.yaml');
    expect([token.exitCode, token.output]).toEqual([1, expect.stringContaining('(guardrail-token-lifetime)')]);
    write('guardrails.yaml', 'mode: audit\nmax_token_lifetime_seconds: 3600\n');
    const audit = await explain('--guardrails', 'guardrails.yaml', '--json');
    expect(audit.exitCode).toBe(0);
    expect(JSON.parse(audit.output)).toMatchObject({
      matched: true,
      guardrails: { mode: 'audit', outside: [{ rule: 'guardrail-token-lifetime' }] },
    });
    write('guardrails.yaml', 'repository_policies: { same_owner_only: true }\n');
    expect((await explain('--guardrails', 'guardrails.yaml', '--owner-id', '7')).exitCode).toBe(0);
    const other = await explain('--guardrails', 'guardrails.yaml', '--owner-id', '8');
    expect([other.exitCode, other.output]).toEqual([1, expect.stringContaining('(guardrail-same-owner)')]);
    write('guardrails.yaml', 'repository_policies: { permissions: {} }\n');
    const outside = await explain('--guardrails', 'guardrails.yaml');
    expect([outside.exitCode, outside.remarks]).toEqual([1, expect.stringContaining('(guardrail-permission)')]);
  });
});
