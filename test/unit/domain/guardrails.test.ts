import { describe, expect, it } from '@jest/globals';
import {
  Guardrails,
  guardrailsOf,
  type GuardedPolicy,
  type GuardedToken,
  type GuardrailFields,
} from '../../../src/domain/guardrails.ts';
import type { Pattern } from '../../../src/domain/pattern.ts';
import { ACTIONS_ISSUER, fieldsOf } from './policies.ts';

const RULES = { allowLoopbackHttp: false, lintRules: ['subject-by-name', 'pattern-open'] };

function compiled(fields: GuardrailFields): Guardrails {
  const result = Guardrails.compile(fields, RULES);
  if (result.kind === 'invalid') throw new Error(result.faults.map(({ message }) => message).join(' '));
  return result.guardrails;
}

function faultsOf(fields: GuardrailFields): readonly unknown[] {
  const result = Guardrails.compile(fields, RULES);
  return result.kind === 'valid' ? [] : result.faults.map(({ rule, path }) => [rule, ...path]);
}

function fullFaultsOf(fields: GuardrailFields): readonly unknown[] {
  const result = Guardrails.compile(fields, RULES);
  return result.kind === 'valid' ? [] : result.faults;
}

function outside(fields: GuardrailFields, policy: Partial<GuardedPolicy> = {}): readonly unknown[] {
  const judged = {
    identity: 'ci',
    level: 'repository',
    fields: fieldsOf(),
    patterns: new Map<string, Pattern>(),
    doubts: [],
    ...policy,
  } as const;
  return compiled(fields)
    .judgePolicy(judged)
    .map(({ rule, path }) => [rule, ...path]);
}

describe('a reserved name that is too costly to decide', () => {
  it('counts as reserved where all patterns together take too many steps', () => {
    const cheap = Array.from({ length: 60 }, (_, n) => `[ab]*a[ab]{14}c${n}`);
    expect(outside({ organizationOnly: cheap }, { identity: 'a'.repeat(12) })).toEqual([]);
    expect(outside({ organizationOnly: cheap }, { identity: 'a'.repeat(128) })).toEqual([
      ['guardrail-organization-only'],
    ]);
  });

  it('counts as reserved, so that a long name is no way around', () => {
    const fields = { organizationOnly: ['(a?){330}'] };
    expect(outside(fields, { identity: 'a'.repeat(128) })).toEqual([['guardrail-organization-only']]);
    expect(outside(fields, { identity: 'release' })).toEqual([]);
  });
});

describe('compiling guardrails', () => {
  it('takes each key alone, and enforces unless told to audit', () => {
    for (const fields of [
      { organizationOnly: ['a'] },
      { repositoryPolicies: { permissions: new Map([['contents', 'read']]) } },
      { repositoryPolicies: { issuers: [ACTIONS_ISSUER] } },
      { repositoryPolicies: { sameOwnerOnly: true } },
      { deny: ['pattern-open'] },
      { maxTokenLifetimeSeconds: '3600' },
    ]) {
      expect(compiled(fields).mode).toBe('enforce');
      expect(compiled({ ...fields, mode: 'audit' }).mode).toBe('audit');
    }
  });

  it('names every fault with the path to its place', () => {
    expect(
      faultsOf({
        mode: 'off',
        organizationOnly: ['(', 'a'],
        repositoryPolicies: { permissions: new Map([['x', 'read']]), issuers: ['http://x'] },
        deny: ['pattern-open', 'pattern-opem'],
        maxTokenLifetimeSeconds: '-1',
      }),
    ).toEqual([
      ['guardrails-mode', 'mode'],
      ['pattern', 'organization_only', 0],
      ['permission-unknown', 'repository_policies', 'permissions', 'x'],
      ['issuer-url', 'repository_policies', 'issuers', 0],
      ['guardrails-deny-unknown', 'deny', 1],
      ['guardrails-lifetime', 'max_token_lifetime_seconds'],
    ]);
  });

  it.each([
    ['subject-by-names', ' Did you mean subject-by-name?'],
    [' Subject_By_Names ', ' Did you mean subject-by-name?'],
    ['nothing', ''],
  ])('names for %j the finding that was most likely meant', (rule, hint) =>
    expect(fullFaultsOf({ deny: [rule] })).toEqual([
      { rule: 'guardrails-deny-unknown', path: ['deny', 0], message: `The linter has no finding "${rule}".${hint}` },
    ]),
  );

  it('says what is wrong, and what to write instead where that is known', () => {
    expect(
      fullFaultsOf({
        mode: 'off',
        organizationOnly: ['a', '', '*'],
        repositoryPolicies: { issuers: [ACTIONS_ISSUER, 'http://x'] },
        maxTokenLifetimeSeconds: '-1',
      }),
    ).toEqual([
      { rule: 'guardrails-mode', path: ['mode'], message: 'mode can be enforce or audit, not "off".' },
      { rule: 'pattern', path: ['organization_only', 1], message: 'Item 2 of organization_only is empty.' },
      {
        rule: 'pattern',
        path: ['organization_only', 2],
        message: expect.stringMatching(/^Item 3 of organization_only is not a regular expression .+\.$/),
        advice: expect.stringContaining('repeats what stands before it'),
      },
      {
        rule: 'issuer-url',
        path: ['repository_policies', 'issuers', 1],
        message: 'Issuer "http://x" must start with https://.',
      },
      {
        rule: 'guardrails-lifetime',
        path: ['max_token_lifetime_seconds'],
        message: 'max_token_lifetime_seconds must be a whole number from 1 to 31536000, not "-1".',
      },
    ]);
    expect(fullFaultsOf({})).toEqual([
      {
        rule: 'guardrails-empty',
        path: [],
        message:
          'The file restrains nobody: it needs organization_only, repository_policies, deny or max_token_lifetime_seconds.',
      },
    ]);
  });

  it('bounds each list, and looks into no pattern of one that is too long', () => {
    const list = (count: number, one: string): readonly string[] => Array.from({ length: count }, () => one);
    const ofRepositories = (count: number): GuardrailFields => ({
      repositoryPolicies: { issuers: list(count, ACTIONS_ISSUER) },
    });
    expect(faultsOf({ organizationOnly: list(64, 'a') })).toEqual([]);
    expect(faultsOf(ofRepositories(64))).toEqual([]);
    expect(faultsOf({ deny: list(RULES.lintRules.length, 'pattern-open') })).toEqual([]);
    expect(fullFaultsOf({ organizationOnly: list(65, '(') })).toEqual([
      {
        rule: 'guardrails-too-many',
        path: ['organization_only'],
        message: 'organization_only holds more than 64 patterns.',
      },
    ]);
    expect(fullFaultsOf(ofRepositories(65))).toEqual([
      {
        rule: 'guardrails-too-many',
        path: ['repository_policies', 'issuers'],
        message: 'issuers names more than 64.',
      },
    ]);
    expect(fullFaultsOf({ deny: list(RULES.lintRules.length + 1, 'x') })).toEqual([
      { rule: 'guardrails-too-many', path: ['deny'], message: 'deny holds more than the linter has findings.' },
    ]);
  });

  it('bounds what its patterns come to together', () => {
    const patterns = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `x${n}y{990}`);
    expect(faultsOf({ organizationOnly: patterns(4) })).toEqual([]);
    expect(fullFaultsOf({ organizationOnly: patterns(5) })).toEqual([
      {
        rule: 'policy-cost',
        path: ['organization_only'],
        message: expect.stringMatching(/^The patterns together .+\.$/),
      },
    ]);
  });

  it('takes a lifetime of up to a year', () =>
    expect(faultsOf({ maxTokenLifetimeSeconds: String(365 * 24 * 60 * 60) })).toEqual([]));

  it.each<[string, GuardrailFields]>([
    ['nothing', {}],
    ['a mode', { mode: 'audit' }],
    ['empty lists', { organizationOnly: [], deny: [] }],
    ['a flag that is off', { repositoryPolicies: { sameOwnerOnly: false } }],
    ['an empty map for repositories', { repositoryPolicies: {} }],
  ])('refuses %s: whoever writes it believes that it restrains somebody', (_what, fields) => {
    expect(faultsOf(fields)).toEqual([['guardrails-empty']]);
  });

  it.each(['0', '1.5', '1e3', '0x10', '+1', ' 1', '31536001', '9999999999', 'NaN', 'Infinity', ''])(
    'refuses the lifetime %j',
    (maxTokenLifetimeSeconds) =>
      expect(faultsOf({ maxTokenLifetimeSeconds })).toContainEqual([
        'guardrails-lifetime',
        'max_token_lifetime_seconds',
      ]),
  );
});

describe('a policy of a repository', () => {
  it('may not have a name of the organization’s, matched as a whole and letter by letter', () => {
    const fields = { organizationOnly: ['release|deploy-.*', 'Top'] };
    const taken = ['release', 'deploy-x', 'deploy-', 'Top'];
    const free = ['releases', 'prerelease', 'deploy', 'Release', 'top', 'DEPLOY-x'];
    expect(taken.filter((identity) => outside(fields, { identity }).length === 0)).toEqual([]);
    expect(free.filter((identity) => outside(fields, { identity }).length > 0)).toEqual([]);
    expect(outside(fields, { identity: 'release' })).toEqual([['guardrail-organization-only']]);
  });

  it('may grant no more than the ceilings, and nothing that they do not list', () => {
    const fields = {
      repositoryPolicies: {
        permissions: new Map([
          ['contents', 'write'],
          ['issues', 'read'],
        ]),
      },
    };
    const granting = (entries: readonly [string, string][]): readonly unknown[] =>
      outside(fields, { fields: fieldsOf({ permissions: new Map(entries) }) });
    expect(
      granting([
        ['contents', 'read'],
        ['issues', 'read'],
      ]),
    ).toEqual([]);
    expect(
      granting([
        ['contents', 'admin'],
        ['issues', 'write'],
        ['checks', 'read'],
        ['constructor', 'read'],
      ]),
    ).toEqual([
      ['guardrail-permission', 'permissions', 'contents'],
      ['guardrail-permission', 'permissions', 'issues'],
      ['guardrail-permission', 'permissions', 'checks'],
      ['guardrail-permission', 'permissions', 'constructor'],
    ]);
    expect(granting([['contents', 'everything']])).toEqual([['guardrail-permission', 'permissions', 'contents']]);
  });

  it('may always name the metadata that every token can read', () => {
    const fields = { repositoryPolicies: { permissions: new Map<string, string>() } };
    const level = (text: string): readonly unknown[] =>
      outside(fields, { fields: fieldsOf({ permissions: new Map([['metadata', text]]) }) });
    expect([level('read').length, level('write').length]).toEqual([0, 1]);
  });

  it('may name the listed issuers only, by themselves or by a pattern that admits no other', () => {
    const fields = { repositoryPolicies: { issuers: [ACTIONS_ISSUER] } };
    const naming = (changes: Parameters<typeof fieldsOf>[0]): readonly unknown[] =>
      outside(fields, { fields: fieldsOf(changes) });
    const escaped = ACTIONS_ISSUER.replaceAll('.', '\\.');
    expect(naming({})).toEqual([]);
    expect(naming({ issuer: `${ACTIONS_ISSUER}/acme` })).toEqual([['guardrail-issuer', 'issuer']]);
    expect(naming({ issuer: undefined, issuerPattern: escaped })).toEqual([]);
    expect(naming({ issuer: undefined, issuerPattern: ACTIONS_ISSUER })).toEqual([
      ['guardrail-issuer', 'issuer_pattern'],
    ]);
    expect(naming({ issuer: undefined, issuerPattern: `${escaped}(/acme)?` })).toEqual([
      ['guardrail-issuer', 'issuer_pattern'],
    ]);
  });

  it('is told what it may not have, and what to do about it', () => {
    const guardrails = compiled({
      organizationOnly: ['release'],
      repositoryPolicies: { permissions: new Map([['contents', 'read']]), issuers: [] },
      deny: ['pattern-open'],
    });
    const judged = (changes: Parameters<typeof fieldsOf>[0]): readonly unknown[] =>
      guardrails.judgePolicy({
        identity: 'release',
        level: 'repository',
        fields: fieldsOf(changes),
        patterns: new Map(),
        doubts: [{ rule: 'pattern-open', path: [], message: 'It is open.' }],
      });
    const [reserved, ...others] = judged({
      permissions: new Map([
        ['contents', 'write'],
        ['issues', 'read'],
      ]),
    });
    const advice = "Leave it out, or grant it in a policy of the organization's policy repository.";
    expect(reserved).toEqual({
      rule: 'guardrail-organization-only',
      path: [],
      message: `Only the organization's policy repository may define the identity "release": its guardrails reserve "release".`,
      advice: 'Give the identity another name, or move the policy there.',
    });
    expect(others).toStrictEqual([
      {
        rule: 'guardrail-permission',
        path: ['permissions', 'contents'],
        message: `The organization's guardrails leave no more than contents: read to policies of repositories, not "write".`,
        advice,
      },
      {
        rule: 'guardrail-permission',
        path: ['permissions', 'issues'],
        message: `The organization's guardrails do not leave "issues" to policies of repositories.`,
        advice,
      },
      {
        rule: 'guardrail-issuer',
        path: ['issuer'],
        message: `The organization's guardrails do not leave the issuer "${ACTIONS_ISSUER}" to policies of repositories.`,
      },
      { rule: 'guardrail-deny', path: [], message: "The organization's guardrails deny pattern-open: It is open." },
    ]);
    expect(judged({ issuer: undefined, issuerPattern: '.*' })[1]).toEqual({
      rule: 'guardrail-issuer',
      path: ['issuer_pattern'],
      message:
        "issuer_pattern admits more issuers than the organization's guardrails leave to policies of repositories.",
      advice: 'Name the one that is meant with issuer.',
    });
  });

  it('may not have what is denied, at the place of the finding', () => {
    const doubt = { rule: 'pattern-open', path: ['claim_pattern', 'ref'], message: 'It is open.', advice: 'Close it.' };
    const other = { ...doubt, rule: 'subject-by-name' };
    const guardrails = compiled({ deny: ['pattern-open'] });
    const policy = {
      identity: 'ci',
      level: 'repository',
      fields: fieldsOf(),
      patterns: new Map(),
      doubts: [doubt, other],
    } as const;
    expect(guardrails.judgePolicy(policy)).toEqual([
      {
        rule: 'guardrail-deny',
        path: ['claim_pattern', 'ref'],
        message: "The organization's guardrails deny pattern-open: It is open.",
        advice: 'Close it.',
      },
    ]);
  });
});

describe('a policy of the organization', () => {
  it('is bound by nothing but what is denied', () => {
    const fields = {
      organizationOnly: ['.*'],
      repositoryPolicies: { permissions: new Map<string, string>(), issuers: [], sameOwnerOnly: true },
      deny: ['pattern-open'],
    };
    const doubts = [{ rule: 'pattern-open', path: ['issuer'], message: 'No.' }];
    expect(outside(fields, { level: 'organization' })).toEqual([]);
    expect(outside(fields, { level: 'organization', doubts })).toEqual([['guardrail-deny', 'issuer']]);
  });
});

describe('a token', () => {
  const judged = (fields: GuardrailFields, token: Partial<GuardedToken> = {}): readonly string[] =>
    compiled(fields)
      .judgeToken({ level: 'repository', isOfOwnWorkflow: true, lifetimeSeconds: 300, ...token })
      .map(({ rule }) => rule);

  it('must be of an own workflow for a policy of a repository, where that is asked', () => {
    const fields = { repositoryPolicies: { sameOwnerOnly: true } };
    expect(judged(fields)).toEqual([]);
    expect(judged(fields, { isOfOwnWorkflow: false })).toEqual(['guardrail-same-owner']);
    expect(judged(fields, { isOfOwnWorkflow: false, level: 'organization' })).toEqual([]);
  });

  it('may be of anybody’s workflow where nothing else is said', () => {
    for (const fields of [
      { repositoryPolicies: { issuers: [ACTIONS_ISSUER] } },
      { repositoryPolicies: { sameOwnerOnly: false, issuers: [ACTIONS_ISSUER] } },
      { deny: ['pattern-open'] },
    ]) {
      expect(judged(fields, { isOfOwnWorkflow: false })).toEqual([]);
    }
  });

  it('is refused with a reason for its holder', () => {
    const guardrails = compiled({ repositoryPolicies: { sameOwnerOnly: true }, maxTokenLifetimeSeconds: '300' });
    expect(
      guardrails
        .judgeToken({ level: 'repository', isOfOwnWorkflow: false, lifetimeSeconds: 301 })
        .map((one) => one.message),
    ).toEqual([
      "The organization's guardrails take only tokens of its own GitHub Actions workflows here.",
      "The token is valid for longer than the 300 seconds of the organization's guardrails.",
    ]);
  });

  it('must not live longer, whoever the policy is of; one that does not say is too long', () => {
    const fields = { maxTokenLifetimeSeconds: '300' };
    for (const level of ['repository', 'organization'] as const) {
      expect(judged(fields, { level })).toEqual([]);
      for (const lifetimeSeconds of [301, 300.5, undefined, Number.NaN, Infinity]) {
        expect(judged(fields, { level, lifetimeSeconds })).toEqual(['guardrail-token-lifetime']);
      }
    }
  });
});

describe('organization permissions that repositories may ask for', () => {
  const permissions = new Map([['members', 'write']]);

  it('are those that enforcing guardrails list', () => {
    expect(compiled({ repositoryPolicies: { permissions } }).organizationPermissions).toEqual(permissions);
    expect(compiled({ deny: ['pattern-open'] }).organizationPermissions).toBeUndefined();
  });

  it('are none while they audit: an audit changes no exchange', () => {
    expect(compiled({ mode: 'audit', repositoryPolicies: { permissions } }).organizationPermissions).toBeUndefined();
  });
});

describe('guardrails that hold', () => {
  it('are those that are present', () => {
    const guardrails = compiled({ deny: ['pattern-open'] });
    expect(guardrailsOf({ kind: 'present', guardrails })).toBe(guardrails);
    for (const kind of ['absent', 'unreadable', 'invalid'] as const) expect(guardrailsOf({ kind })).toBeUndefined();
  });
});
