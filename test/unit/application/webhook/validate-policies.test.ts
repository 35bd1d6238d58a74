import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import { Guardrails, type GuardrailsReading } from '../../../../src/domain/guardrails.ts';
import { FindGuardrails } from '../../../../src/application/policies/find-guardrails.ts';
import { FindEventInstallation } from '../../../../src/application/webhook/find-event-installation.ts';
import { ValidatePolicies, type ValidationOrder } from '../../../../src/application/webhook/validate-policies.ts';
import { IsolateKeyedMutex } from '../../../../src/infrastructure/cache/isolate-keyed-mutex.ts';
import { LruMap } from '../../../../src/infrastructure/cache/lru-map.ts';
import { MemoryChangedPolicyFiles } from '../../../../src/infrastructure/memory/memory-changed-policy-files.ts';
import { MemoryCheckRunReporter } from '../../../../src/infrastructure/memory/memory-check-run-reporter.ts';
import { ACME_ID, APP, PolicyWorld } from '../policies/policy-world.ts';

const SOURCE = { appId: APP.id, installationId: 90, owner: 'acme', repository: 'app' };
const FOLDER = '.github/chainguard';
const LIMITED = { kind: 'unavailable', cause: 'limited', detail: 'told to' } as const;

let world: PolicyWorld;
let files: MemoryChangedPolicyFiles;
let reporter: MemoryCheckRunReporter;
let validate: ValidatePolicies;

beforeEach(() => {
  world = new PolicyWorld();
  files = new MemoryChangedPolicyFiles((name, text) => ({
    name,
    findings:
      text === 'good'
        ? []
        : [{ rule: 'r', severity: text === 'bad' ? 'error' : 'warning', line: 1, column: 1, message: 'No.' }],
  }));
  files.given('base', {});
  files.given('head', { [`${FOLDER}/a.sts.yaml`]: 'good', [`${FOLDER}/b.sts.yaml`]: 'bad', 'README.md': 'x' });
  reporter = new MemoryCheckRunReporter();
  const finder = new FindEventInstallation(world.apps, world.request().installations, world.log);
  const { reader, settler } = world.request();
  const guardrails = new FindGuardrails(reader, settler);
  const mutex = new IsolateKeyedMutex(new LruMap(10), world.clock);
  const rules = { orgPolicyRepository: '.github' } as ExchangeRules;
  validate = new ValidatePolicies(rules, finder, files, guardrails, reporter, mutex, world.log);
});

function warnings(): readonly string[] {
  return world.log.entries.filter(({ level }) => level === 'warn').map(({ event }) => event);
}

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
    expect([world.installations.lookups, reporter.published]).toEqual([0, 0]);
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

  test('judges a delivery anew of which only a part was reported', async () => {
    const [a, b] = [`${FOLDER}/a.sts.yaml`, `${FOLDER}/b.sts.yaml`];
    await validate.execute(order({ paths: [a] }));
    await validate.execute(order({ paths: [a, b] }));
    expect(reporter.reports.get('head')).toMatchObject({
      conclusion: 'failure',
      names: ['a.sts.yaml', 'b.sts.yaml'],
    });
  });

  test('asks for no earlier report, and for no guardrails, where no policy changed', async () => {
    const find = jest.spyOn(reporter, 'find');
    await validate.execute(order({ commit: 'base', changes: [{ kind: 'everything' }] }));
    expect(find).not.toHaveBeenCalled();
    await validate.execute(order({ commit: 'base', evenUnchanged: true }));
    expect([reporter.published, world.policies.reads]).toEqual([1, 0]);
  });

  test('fails a commit of which some files were left out, though none of the others is there', async () => {
    const gone = Array.from({ length: 103 }, (_, n) => `${FOLDER}/p${n}.sts.yaml`);
    await validate.execute(order({ commit: 'base', paths: gone }));
    expect(reporter.reports.get('base')).toMatchObject({ conclusion: 'failure', files: [], leftOut: 3 });
  });

  test('reports anew when asked, though none of the files is there any more', async () => {
    await validate.execute(order({ paths: [`${FOLDER}/b.sts.yaml`] }));
    files.given('head', {});
    await validate.execute(order({ again: true }));
    expect(reporter.published).toBe(2);
    expect(reporter.reports.get('head')).toEqual({ conclusion: 'success', names: ['b.sts.yaml'], files: [] });
  });

  test('lets one commit not wait for another, of the same repository or of another one', async () => {
    const check = files.check.bind(files);
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    files.check = async (place, ...asked) => {
      if (place.commit === 'head' && place.repository === 'app') await held;
      return check(place, ...asked);
    };
    files.given('other', { [`${FOLDER}/a.sts.yaml`]: 'good' });
    const paths = [`${FOLDER}/a.sts.yaml`];
    const first = validate.execute(order({ paths }));
    await validate.execute(order({ commit: 'other', paths }));
    await validate.execute(order({ source: { ...SOURCE, repository: 'infra' }, paths }));
    expect([...reporter.reports.keys()]).toEqual(['other', 'head']);
    go();
    await first;
    expect(reporter.published).toBe(3);
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
    expect([reporter.published, warnings()]).toEqual([0, ['policies_not_validated']]);
    expect(world.log.entries[0]?.fields).toEqual({
      owner: 'acme',
      repository: 'app',
      commit: 'head',
      cause: 'limited',
      detail: 'told to',
    });
    world.isolate.installations.delete(`${APP.id}/acme`);
    world.installations.failing.set(APP.id, LIMITED);
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect(warnings()).toEqual(['policies_not_validated', 'policies_not_validated']);
  });

  test('does nothing where our own installation is absent', async () => {
    world.installations.uninstall(APP, 'acme');
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect([reporter.published, files.lists, warnings()]).toEqual([0, [], ['webhook_installation_unknown']]);
  });

  test('does nothing where our own installation is another one', async () => {
    world.installations.install(APP, 'acme', { id: 91, accountId: ACME_ID });
    await validate.execute(order({ changes: [{ kind: 'everything' }] }));
    expect([reporter.published, files.lists, warnings()]).toEqual([0, [], ['webhook_installation_unknown']]);
  });

  test('passes a commit that holds warnings alone', async () => {
    files.given('doubtful', { [`${FOLDER}/a.sts.yaml`]: 'doubtful' });
    await validate.execute(order({ commit: 'doubtful', paths: [`${FOLDER}/a.sts.yaml`] }));
    expect(reporter.reports.get('doubtful')).toMatchObject({ conclusion: 'success' });
  });

  test('reports nothing where the changed files are not there any more', async () => {
    await validate.execute(order({ paths: [`${FOLDER}/gone.sts.yaml`] }));
    expect(reporter.published).toBe(0);
  });

  test('judges the issuer allowlist of the policy repository', async () => {
    const path = `${FOLDER}/trusted-token-issuers.yaml`;
    files.given('listed', { [path]: 'good' });
    await validate.execute(order({ source: { ...SOURCE, repository: '.GitHub' }, commit: 'listed', paths: [path] }));
    expect(reporter.reports.get('listed')?.names).toEqual(['trusted-token-issuers.yaml']);
  });

  test('lets deliveries about one commit follow each other, so that no report is lost', async () => {
    const paths = ['a', 'b'].map((name) => `${FOLDER}/${name}.sts.yaml`);
    await Promise.all(paths.map((path) => validate.execute(order({ paths: [path] }))));
    expect(reporter.reports.get('head')?.names.toSorted()).toEqual(['a.sts.yaml', 'b.sts.yaml']);
  });

  test('logs the verdict with the commit that it is about', async () => {
    await validate.execute(order({ paths: [`${FOLDER}/b.sts.yaml`] }));
    expect(world.log.entries).toEqual([
      {
        level: 'info',
        event: 'policies_validated',
        fields: { owner: 'acme', repository: 'app', commit: 'head', conclusion: 'failure', files: 1 },
      },
    ]);
  });

  describe('under guardrails', () => {
    const GUARDRAILS = `${FOLDER}/guardrails.yaml`;
    type Judge = ConstructorParameters<typeof MemoryChangedPolicyFiles>[0];
    const policyRepository = { ...SOURCE, repository: '.GitHub' };
    const guarded = (severity: 'error' | 'warning') => (name: string, text: string, held: GuardrailsReading) => ({
      name,
      findings:
        text === 'outside' && held.kind === 'present'
          ? [{ rule: 'guardrail-deny', severity, line: 3, column: 1, message: 'Denied.' }]
          : [],
    });
    const { guardrails: present } = compiledGuardrails();

    function judgingBy(severity: 'error' | 'warning', judge: Judge = guarded(severity)): void {
      files = new MemoryChangedPolicyFiles(judge, () => ({ kind: 'present', guardrails: present }));
      const finder = new FindEventInstallation(world.apps, world.request().installations, world.log);
      const { reader, settler } = world.request();
      const rules = { orgPolicyRepository: '.github' } as ExchangeRules;
      const mutex = new IsolateKeyedMutex(new LruMap(10), world.clock);
      const guardrails = new FindGuardrails(reader, settler);
      validate = new ValidatePolicies(rules, finder, files, guardrails, reporter, mutex, world.log);
    }

    function compiledGuardrails() {
      const compiled = Guardrails.compile({ deny: ['x'] }, { allowLoopbackHttp: false, lintRules: ['x'] });
      if (compiled.kind === 'invalid') throw new Error('no guardrails');
      return compiled;
    }

    test('judges a repository by those of its organization', async () => {
      judgingBy('error');
      world.guard('max_token_lifetime_seconds: 60\n');
      files.given('head', { [`${FOLDER}/a.sts.yaml`]: 'outside' });
      await validate.execute(order({ paths: [`${FOLDER}/a.sts.yaml`] }));
      expect(reporter.reports.get('head')).toMatchObject({ conclusion: 'failure', names: ['a.sts.yaml'] });
      expect(world.policies.reads).toBe(1);
      files.given('next', { [`${FOLDER}/a.sts.yaml`]: 'outside' });
      await validate.execute(order({ commit: 'next', paths: [`${FOLDER}/a.sts.yaml`] }));
      expect(world.policies.reads).toBe(1);
    });

    test('reports nothing where GitHub does not give them', async () => {
      judgingBy('error');
      world.policies.failure = LIMITED;
      files.given('head', { [`${FOLDER}/a.sts.yaml`]: 'good' });
      await validate.execute(order({ paths: [`${FOLDER}/a.sts.yaml`] }));
      expect([reporter.published, warnings()]).toEqual([0, ['policies_not_validated']]);
    });

    test.each([
      ['error', 'failure', 'is invalid by these guardrails: line 3, guardrail-deny: Denied.'],
      ['warning', 'success', 'would be, were they enforced, invalid by these guardrails: line 3, guardrail-deny'],
    ] as const)(
      'names the policies of the policy repository that they make invalid: %s',
      async (severity, end, text) => {
        judgingBy(severity);
        files.given('head', {
          [GUARDRAILS]: 'mode: enforce',
          [`${FOLDER}/a.sts.yaml`]: 'outside',
          [`${FOLDER}/b.sts.yaml`]: 'good',
          [`${FOLDER}/README.md`]: 'outside',
        });
        await validate.execute(order({ source: policyRepository, paths: [GUARDRAILS] }));
        const report = reporter.reports.get('head');
        expect(report).toMatchObject({ conclusion: end, names: ['guardrails.yaml'] });
        expect(report?.files.flatMap(({ findings }) => findings)).toEqual([
          { rule: 'guardrails-effect', severity, line: 1, column: 1, message: expect.stringContaining(text) },
        ]);
      },
    );

    test('says of policies that are changed with them only at themselves', async () => {
      judgingBy('error');
      files.given('head', { [GUARDRAILS]: 'x', [`${FOLDER}/a.sts.yaml`]: 'outside' });
      await validate.execute(order({ source: policyRepository, paths: [GUARDRAILS, `${FOLDER}/a.sts.yaml`] }));
      expect(reporter.reports.get('head')?.files.map(({ name, findings }) => [name, findings.length])).toEqual([
        ['a.sts.yaml', 1],
        ['guardrails.yaml', 0],
      ]);
    });

    async function effectOn(count: number, text: string): Promise<readonly string[]> {
      const many = Array.from({ length: count }, (_, n) => [`${FOLDER}/p${n}.sts.yaml`, text] as const);
      files.given('head', { [GUARDRAILS]: 'x', ...Object.fromEntries(many) });
      await validate.execute(order({ source: policyRepository, paths: [GUARDRAILS] }));
      return reporter.reports.get('head')?.files[0]?.findings.map(({ message }) => message) ?? [];
    }

    test('says how many policies were too many to try', async () => {
      judgingBy('error');
      expect(await effectOn(103, 'good')).toEqual([
        '3 more policies of this repository were not tried on these guardrails.',
      ]);
      const finding = reporter.reports.get('head')?.files[0]?.findings[0];
      expect(finding).toMatchObject({ rule: 'guardrails-effect', severity: 'warning' });
    });

    test.each([
      [100, 'good', 0],
      [103, 'outside', 101],
    ])('are tried on a hundred policies, and on no more: %i', async (count, text, findings) => {
      judgingBy('error');
      expect(await effectOn(count, text)).toHaveLength(findings);
    });

    test('says of each policy once what they find in it, and nothing of what others find', async () => {
      const found = (rule: string, line: number) =>
        ({ rule, severity: 'error', line, column: 1, message: 'No.' }) as const;
      judgingBy('error', (name) => ({
        name,
        findings:
          name === 'p0.sts.yaml' ? [found('r', 1), found('guardrail-deny', 2), found('guardrail-issuer', 3)] : [],
      }));
      expect(await effectOn(2, 'x')).toEqual([
        '"p0.sts.yaml" is invalid by these guardrails: line 2, guardrail-deny (and 1 more): No.',
      ]);
    });

    test.each([
      ['error', 1],
      ['warning', 2],
    ] as const)('count for others only where they are valid themselves: %s', async (severity, findings) => {
      judgingBy('error', (name) => ({
        name,
        findings: [
          name === 'guardrails.yaml'
            ? { rule: 'r', severity, line: 1, column: 1, message: 'No.' }
            : { rule: 'guardrail-deny', severity: 'error', line: 1, column: 1, message: 'No.' },
        ],
      }));
      expect(await effectOn(1, 'x')).toHaveLength(findings);
    });

    test('are not looked at where another file of the policy repository is changed', async () => {
      judgingBy('error');
      files.given('head', {
        [GUARDRAILS]: 'x',
        [`${FOLDER}/a.sts.yaml`]: 'good',
        [`${FOLDER}/b.sts.yaml`]: 'outside',
      });
      await validate.execute(order({ source: policyRepository, paths: [`${FOLDER}/a.sts.yaml`] }));
      expect(reporter.reports.get('head')?.files).toEqual([{ name: 'a.sts.yaml', findings: [] }]);
      expect(files.lists).toEqual([]);
    });

    test('does not look into a repository that only has a file of that name', async () => {
      judgingBy('error');
      files.given('head', { [GUARDRAILS]: 'x', [`${FOLDER}/a.sts.yaml`]: 'outside' });
      await validate.execute(order({ paths: [GUARDRAILS] }));
      expect([reporter.published, files.lists]).toEqual([0, []]);
    });
  });
});
