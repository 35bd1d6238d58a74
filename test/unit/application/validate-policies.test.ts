import { beforeEach, describe, expect, test } from '@jest/globals';
import type { InstallationLookup } from '../../../src/application/ports/installation-directory.ts';
import type { ExchangeRules } from '../../../src/application/exchange/exchange-rules.ts';
import { FindEventInstallation } from '../../../src/application/find-event-installation.ts';
import { RefreshPolicies } from '../../../src/application/refresh-policies.ts';
import { ValidatePolicies, type ValidationOrder } from '../../../src/application/validate-policies.ts';
import { MemoryCachedPolicies } from '../../../src/infrastructure/memory/memory-cached-policies.ts';
import { MemoryChangedPolicyFiles } from '../../../src/infrastructure/memory/memory-changed-policy-files.ts';
import { MemoryCheckRunReporter } from '../../../src/infrastructure/memory/memory-check-run-reporter.ts';
import { SILENT_LOG } from '../../support/github-session.ts';

const APP = { name: 'default', id: '1' };
const INSTALLATION = { app: APP, id: 8, accountId: 2, owner: 'acme' };
const SOURCE = { appId: '1', installationId: 8, owner: 'acme', repository: 'app' };
const FOLDER = '.github/chainguard';
const LIMITED = { kind: 'unavailable', cause: 'limited', detail: 'told to' } as const;

let answers: InstallationLookup[];
let lookups: number;
let warnings: string[];
let files: MemoryChangedPolicyFiles;
let reporter: MemoryCheckRunReporter;
let cached: MemoryCachedPolicies;
let finder: FindEventInstallation;
let validate: ValidatePolicies;

beforeEach(() => {
  answers = [{ kind: 'found', installation: INSTALLATION }];
  lookups = 0;
  warnings = [];
  const log = { ...SILENT_LOG, warn: (event: string) => void warnings.push(event) };
  files = new MemoryChangedPolicyFiles((name, text) => ({
    name,
    findings: text === 'bad' ? [{ rule: 'r', severity: 'error', line: 1, column: 1, message: 'No.' }] : [],
  }));
  files.given('base', {});
  files.given('head', { [`${FOLDER}/a.sts.yaml`]: 'good', [`${FOLDER}/b.sts.yaml`]: 'bad', 'README.md': 'x' });
  reporter = new MemoryCheckRunReporter();
  cached = new MemoryCachedPolicies();
  const directory = {
    find: async () => answers[Math.min(lookups++, answers.length - 1)]!,
    forget: () => undefined,
  };
  finder = new FindEventInstallation({ poolOf: () => [APP] }, directory, log);
  const turns = { inTurn: (_: string, task: () => Promise<void>) => task() };
  const rules = { orgPolicyRepository: '.github' } as ExchangeRules;
  validate = new ValidatePolicies(rules, finder, files, reporter, turns, log);
});

function order(change: Partial<ValidationOrder> = {}): ValidationOrder {
  return { source: SOURCE, commit: 'head', paths: [], changes: [], evenUnchanged: false, again: false, ...change };
}

describe('validating policies', () => {
  test('fails a commit that holds an error, and names what was judged', async () => {
    await validate.execute(order({ changes: [{ kind: 'since', base: 'base' }] }));
    expect(reporter.reports.get('head')).toMatchObject({
      conclusion: 'failure',
      names: ['a.sts.yaml', 'b.sts.yaml'],
    });
  });

  test('judges a hundred files at most, and does not pass over the others', async () => {
    const many = Array.from({ length: 103 }, (_, n) => `${FOLDER}/p${String(n).padStart(3, '0')}.sts.yaml`);
    files.given('many', Object.fromEntries(many.map((path) => [path, 'good'])));
    await validate.execute(order({ commit: 'many', paths: many }));
    const report = reporter.reports.get('many');
    expect([report?.conclusion, report?.files.length, report?.leftOut]).toEqual(['failure', 100, 3]);
    await validate.execute(order({ commit: 'many', paths: many.slice(0, 100), again: true }));
    expect(reporter.reports.get('many')?.conclusion).toBe('failure');
  });

  test('judges only what was changed', async () => {
    await validate.execute(order({ paths: [`${FOLDER}/a.sts.yaml`] }));
    expect(reporter.reports.get('head')).toMatchObject({ conclusion: 'success', names: ['a.sts.yaml'] });
  });

  test.each([
    'README.md',
    `${FOLDER}/x/y.sts.yaml`,
    `${FOLDER}/x.yaml`,
    `${FOLDER}/trusted-token-issuers.yaml`,
    'a.sts.yaml',
  ])('asks GitHub nothing for %s', async (path) => {
    await validate.execute(order({ paths: [path] }));
    expect([lookups, reporter.published]).toEqual([0, 0]);
  });

  test('reports the same files of a commit once, and again when asked', async () => {
    const paths = [`${FOLDER}/a.sts.yaml`];
    await validate.execute(order({ paths }));
    await validate.execute(order({ paths }));
    expect(reporter.published).toBe(1);
    await validate.execute(order({ again: true }));
    expect([reporter.published, reporter.reports.size]).toEqual([2, 1]);
  });

  test('keeps what was reported when further files follow', async () => {
    await validate.execute(order({ paths: [`${FOLDER}/b.sts.yaml`] }));
    await validate.execute(order({ paths: [`${FOLDER}/a.sts.yaml`] }));
    expect(reporter.reports.get('head')).toMatchObject({
      conclusion: 'failure',
      names: ['b.sts.yaml', 'a.sts.yaml'],
    });
  });

  test('reports that nothing changed only where that is wanted', async () => {
    await validate.execute(order({ commit: 'base', changes: [{ kind: 'everything' }] }));
    expect(reporter.published).toBe(0);
    await validate.execute(order({ commit: 'base', evenUnchanged: true }));
    expect(reporter.reports.get('base')).toEqual({ conclusion: 'success', names: [], files: [] });
  });

  test('gives up where GitHub limits it, and says so in the log', async () => {
    files.failure = LIMITED;
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect([reporter.published, warnings]).toEqual([0, ['policies_not_validated']]);
    answers = [LIMITED];
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect(warnings).toEqual(['policies_not_validated', 'policies_not_validated']);
  });

  test.each<[title: string, lookups: InstallationLookup[]]>([
    ['is absent', [{ kind: 'absent' }]],
    ['is another one', [{ kind: 'found', installation: { ...INSTALLATION, id: 9 } }]],
  ])('does nothing where our own installation %s', async (_, wrong) => {
    answers = wrong;
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect([reporter.published, files.lists, warnings]).toEqual([0, [], ['webhook_installation_unknown']]);
  });

  test('looks an installation up once more where what is remembered may be older than it', async () => {
    answers = [{ kind: 'absent' }, { kind: 'found', installation: INSTALLATION }];
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect([lookups, reporter.published]).toEqual([2, 1]);
  });
});

describe('an event of an App', () => {
  test.each([
    ['that is of the pool is looked up', '1', 1, 'found'],
    ['that is not of the pool is not acted upon, and the log says so', '2', 0, 'foreign'],
    ['that GitHub does not name is looked up for the whole pool', undefined, 1, 'found'],
  ] as const)('%s', async (_, appId, asked, kind) => {
    expect(await finder.execute({ ...SOURCE, appId })).toMatchObject({ kind });
    expect([lookups, warnings]).toEqual([asked, kind === 'found' ? [] : ['webhook_installation_unknown']]);
  });
});

describe('refreshing policies', () => {
  const change = { before: 'a', after: 'b', changed: [], removed: [], complete: true, sender: 'octocat' };
  const recorded: unknown[] = [];

  function refresh(): RefreshPolicies {
    recorded.length = 0;
    const changeLog = { record: async (one: unknown) => void recorded.push(one) };
    const afterAnswer = { add: (_: string, task: () => Promise<void>) => void task() };
    const clock = { now: () => 5 };
    return new RefreshPolicies(finder, { poolOf: () => [APP] }, cached, changeLog, afterAnswer, clock, SILENT_LOG);
  }

  test('forgets the repository that was pushed to, and records the change', async () => {
    await refresh().execute({ kind: 'pushed', source: SOURCE, change });
    expect(cached.forgotten).toEqual(['acme/app']);
    expect(recorded).toEqual([{ time: 5, owner: 'acme', repository: 'app', ...change }]);
  });

  test('forgets without GitHub’s answer, and not for an installation that is not ours', async () => {
    answers = [LIMITED];
    await refresh().execute({ kind: 'pushed', source: SOURCE, change });
    expect(cached.forgotten).toEqual(['acme/app']);
    answers = [{ kind: 'absent' }];
    await refresh().execute({ kind: 'pushed', source: SOURCE, change });
    expect(cached.forgotten).toEqual(['acme/app']);
  });

  test('forgets every name that an account or a repository had', async () => {
    const repositories = [{ owner: 'old', name: 'app' }];
    await refresh().execute({ kind: 'moved', appId: '1', accounts: ['old', 'new'], repositories });
    expect(cached.forgotten.toSorted()).toEqual(['1 new', '1 old', 'old/app']);
  });

  test('forgets no installation for an App that is not of the pool', async () => {
    await refresh().execute({ kind: 'moved', appId: '2', accounts: ['acme'], repositories: [] });
    expect(cached.forgotten).toEqual([]);
  });

  test('asks for the delivery again where the cache could not be told', async () => {
    cached.failure = { kind: 'store_failed', detail: 'told to' };
    const failing = refresh().execute({ kind: 'pushed', source: SOURCE, change });
    await expect(failing).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('Deliver') });
  });
});
