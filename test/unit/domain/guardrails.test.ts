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

  it('names the finding that was most likely meant', () => {
    const result = Guardrails.compile({ deny: ['subject-by-names'] }, RULES);
    expect(result.kind === 'invalid' && result.faults[0]?.message).toContain('Did you mean subject-by-name?');
  });

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
