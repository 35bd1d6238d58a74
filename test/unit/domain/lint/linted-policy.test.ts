import { describe, expect, it } from '@jest/globals';
import { isWriteLevel, LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { grammar } from '../../../../src/domain/providers/grammar.ts';
import type { Condition } from '../../../../src/domain/policy-conditions.ts';
import { ACTIONS_ISSUER, fieldsOf } from '../policies.ts';
import { bySubject, claim, GOOGLE, inOrganization, inRepository, ofGoogle, type Changes } from './linting.ts';

const policy = (changes: Changes, context = inRepository): LintedPolicy => new LintedPolicy(fieldsOf(changes), context);

describe('a policy that is linted', () => {
  it('parts its conditions into patterns and exact values', () => {
    const { patterns, exactValues, subjects, issuers, claimPatterns } = policy({
      ...bySubject('a+'),
      audience: 'b',
      claimPatterns: claim('c', 'd'),
    });
    expect(issuers.map(({ text }) => text)).toEqual([ACTIONS_ISSUER]);
    expect(claimPatterns.map((one) => [one.claim, one.text])).toEqual([['c', 'd']]);
    expect(patterns.map(({ path }) => path.join('.'))).toEqual(['subject_pattern', 'claim_pattern.c']);
    expect(exactValues.map(({ path }) => path.join('.'))).toEqual(['issuer', 'audience']);
    expect(subjects.map(({ text }) => text)).toEqual(['a+']);
  });

  it('is for GitHub Actions by its exact issuer, or by a pattern that matches that', () => {
    const byPattern = (issuerPattern: string): Changes => ({ issuer: undefined, issuerPattern });
    expect(policy({}).isForActions).toBe(true);
    expect(policy({ issuer: GOOGLE }).isForActions).toBe(false);
    expect(policy(byPattern('https://token\\.actions\\.githubusercontent\\.com')).isForActions).toBe(true);
    expect(policy(byPattern('https://token\\.actions\\.githubusercontent\\.com/acme')).isForActions).toBe(true);
    expect(policy(byPattern('https://token\\.actions\\.githubusercontent\\.com/a/b')).isForActions).toBe(false);
    expect(policy(byPattern('https://idp\\.example\\.com')).isForActions).toBe(false);
    expect(policy(byPattern('(')).isForActions).toBe(false);
    expect(policy({ issuerPattern: 'https://idp\\.example\\.com' }).isForActions).toBe(true);
  });

  it('leaves out patterns that nobody looks into, since those before them come to too much', () => {
    const long = Array.from({ length: 100 }, (_, n): [string, string] => [`c${n}`, `${'ab'.repeat(450)}${n}.*`]);
    const { patterns, exactValues, claimPatterns } = policy({ claimPatterns: new Map(long) });
    expect(patterns.length).toBeLessThan(6);
    expect([claimPatterns[0]?.claim, exactValues.length]).toEqual(['c0', 2]);
  });

  it('counts exact values for no patterns', () => {
    const subjects = Array.from({ length: 100 }, (_, n) => `${'ab'.repeat(450)}${n}.*`);
    const judged = policy({ subject: undefined, subjects, claimPatterns: claim('ref', 'a.') });
    expect(judged.claimRefuses('ref', ['b'])).toBe(true);
  });

  it('reaches its own repository unless it names others, whatever the letters’ case', () => {
    expect(policy({}).reachesOwnRepository).toBe(true);
    expect(policy({ callerRepositoryOnly: true }).reachesOwnRepository).toBe(true);
    expect(policy({}, inOrganization).reachesOwnRepository).toBe(true);
    expect(policy({ repositories: ['.GITHUB'] }, inOrganization).reachesOwnRepository).toBe(true);
    expect(policy({ repositories: ['app'] }, inOrganization).reachesOwnRepository).toBe(false);
    expect(policy({ repositories: ['app', '.github'] }, inOrganization).reachesOwnRepository).toBe(true);
    expect(policy({ repositories: [] }, inOrganization).reachesOwnRepository).toBe(true);
    expect(policy({ callerRepositoryOnly: true }, inOrganization).reachesOwnRepository).toBe(false);
    expect(policy({ callerRepositoryOnly: true, repositories: ['.github'] }, inOrganization).reachesOwnRepository).toBe(
      true,
    );
  });

  it('names repositories where it names any', () => {
    const names = [undefined, [], ['app']].map((repositories) => policy({ repositories }).namesRepositories);
    expect(names).toEqual([false, false, true]);
  });

  it('knows which claims refuse a value anyway: patterns that compile alone count', () => {
    const main = policy(ofGoogle({ claimPatterns: claim('ref', 'refs/heads/main') }));
    expect(main.claimRefuses('ref', ['refs/heads/x'])).toBe(true);
    expect(main.claimRefuses('ref', ['refs/heads/x', 'refs/heads/main'])).toBe(false);
    expect(main.claimRefuses('event_name', ['push'])).toBe(false);
    expect(policy(ofGoogle({ claimPatterns: claim('ref', '(') })).claimRefuses('ref', ['x'])).toBe(false);
  });

  it('knows which claims admit no text of some parts', () => {
    const both = policy({ claimPatterns: new Map(Object.entries({ actor: 'a.*', ref: 'refs/heads/.+' })) });
    expect(both.claimRulesOut('ref', ['refs/tags/', { anyExcept: undefined }])).toBe(true);
    expect(both.claimRulesOut('ref', ['refs/heads/x'])).toBe(false);
    expect(both.claimRulesOut('actor', ['refs/heads/x'])).toBe(true);
    expect(both.claimRulesOut('event_name', ['push'])).toBe(false);
  });

  it('writes where any of its permissions does', () => {
    const permissions = (...levels: readonly string[]): Changes => ({
      permissions: new Map(levels.map((level, n) => [`p${n}`, level])),
    });
    expect(
      [[], ['read', 'read'], ['read', 'write'], ['admin']].map((some) => policy(permissions(...some)).writes),
    ).toEqual([false, false, true, true]);
  });

  const WORKFLOW = 'acme/app/\\.github/workflows/x\\.yml';

  it.each([
    ['job_workflow_ref', `${WORKFLOW}@refs/heads/main`, true, true],
    ['workflow_ref', `${WORKFLOW}@refs/heads/main`, true, true],
    ['job_workflow_ref', '[^@]+@refs/heads/main', true, false],
    ['job_workflow_ref', `${WORKFLOW}@refs/heads/.+`, false, true],
    ['job_workflow_ref', `${WORKFLOW}@refs/pull/.+`, false, true],
    ['job_workflow_ref', `${WORKFLOW}@refs/(?:heads/main|pull/[0-9]+/merge)`, false, true],
    ['job_workflow_ref', `${WORKFLOW}@.+`, false, true],
    ['job_workflow_ref', '.+@.+', false, false],
    ['job_workflow_ref', '(', false, false],
    ['ref', 'refs/heads/main', false, false],
  ])('with %s as %s has its workflow pinned: %j, named: %j', (name, text, isPinned, isNamed) => {
    const { pinsWorkflow, namesWorkflow } = policy({ claimPatterns: claim(name, text) });
    expect([pinsWorkflow, namesWorkflow]).toEqual([isPinned, isNamed]);
  });

  it.each([
    ['repository', 'acme/.+', '[^/]+/[^/]+'],
    ['repository_id', '12', '[0-9]+'],
    ['job_workflow_ref', 'acme/.+', '.+@refs/heads/main'],
    ['workflow_ref', 'acme/.+', '.+@refs/heads/main'],
    ['project_path', 'acme/.+', '.+/.+'],
    ['project_id', '12', '[0-9]+'],
    ['ci_config_ref_uri', 'gitlab.com/acme/.+', 'gitlab\\.com/.+//\\.gitlab-ci\\.yml@refs/heads/main'],
    ['pipeline_slug', 'app', '[A-Za-z0-9-]+'],
    ['pipeline_id', '0184990a-477b-4fa8-9968-496074483cee', '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  ])('names by %s whose tokens it is for where that is %s, and not where it is %s', (name, one, any) => {
    expect(policy({ claimPatterns: claim(name, one) }).namesSourceByClaim).toBe(true);
    expect(policy({ claimPatterns: claim(name, any) }).namesSourceByClaim).toBe(false);
  });

  it('answers for patterns alone what they match and admit', () => {
    const [subject] = policy(bySubject('a[0-9]+')).subjects;
    const [exact] = policy({ subject: 'a1' }).subjects;
    if (subject === undefined || exact === undefined) throw new Error('no subject');
    const linted = policy(bySubject('a[0-9]+'));
    expect([linted.mayMatch(subject, 'a1'), linted.mayMatch(subject, 'b')]).toEqual([true, false]);
    expect([linted.admits(subject, ['a', { anyExcept: ':' }]), linted.admits(subject, ['b'])]).toEqual([true, false]);
    expect([linted.mayMatch(exact, 'a1'), linted.admits(exact, ['a1'])]).toEqual([false, false]);
    expect([linted.mayAdmit(subject, ['a1']), linted.mayAdmit(subject, ['b'])]).toEqual([true, false]);
    expect(linted.mayAdmit(exact, ['a1'])).toBe(false);
  });

  it('takes an exact value for none of its patterns, though it is written as one', () => {
    const linted = policy({ audience: 'a\\.c', claimPatterns: claim('d', 'a\\.c') });
    const [, , exact] = linted.exactValues;
    if (exact === undefined) throw new Error('no audience');
    expect([linted.mayMatch(exact, 'a.c'), linted.mayAdmit(exact, ['a.c'])]).toEqual([false, false]);
    expect(linted.sharesAsMeant(exact, grammar('a[.]c'))).toBe(false);
  });

  const condition = (by: Condition['by'], text: string): Condition => ({
    of: 'subject',
    by,
    text,
    path: ['subject'],
    name: 'subject',
  });

  it('answers which texts a condition can hold for, and for which as it was meant', () => {
    const linted = policy({ subject: undefined, subjectPatterns: ['a.c', '(', 'a'.repeat(1025)] });
    const shared = (one: Condition, source: string): readonly boolean[] => [
      linted.shares(one, grammar(source)),
      linted.sharesAsMeant(one, grammar(source)),
    ];
    expect(shared(condition('value', 'abc'), 'ab[c]')).toEqual([true, true]);
    expect(shared(condition('value', 'a.c'), 'ab[c]')).toEqual([false, false]);
    expect(shared(condition('pattern', 'a.c'), 'ab[c]')).toEqual([true, false]);
    expect(shared(condition('pattern', 'a.c'), 'a[.]c')).toEqual([true, true]);
    expect(shared(condition('pattern', 'a.c'), 'x+')).toEqual([false, false]);
    expect(shared(condition('pattern', '('), 'x+')).toEqual([true, true]);
    expect(shared(condition('pattern', 'a'.repeat(1025)), 'x+')).toEqual([true, true]);
  });

  it('knows which values can be proposed: those that hold one of the texts, and patterns that are not too much', () => {
    const linted = policy({});
    const word = grammar('[a-z]+');
    const canPropose = (text: string, by: Condition['by'] = 'pattern'): boolean => linted.canPropose(text, by, word);
    expect([canPropose('a', 'value'), canPropose('a.', 'value'), canPropose('1', 'value')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([canPropose('a.'), canPropose('1.'), canPropose('('), canPropose('a'.repeat(1025))]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    linted.renewSteps();
    expect([canPropose('a'.repeat(998) + '.+')]).toEqual([true]);
    expect([canPropose('a.')]).toEqual([false]);
    linted.renewSteps();
    expect([canPropose('a.')]).toEqual([true]);
  });
});

describe('whose tokens a policy is for', () => {
  const providerIn = (changes: Changes, context = inRepository): string | undefined =>
    policy(changes, context).provider?.name;
  const byPattern = (issuerPattern: string): Changes => ({ issuer: undefined, issuerPattern });
  const CIRCLECI = 'https://oidc.circleci.com/org/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a';

  it.each([
    [{}, 'GitHub Actions'],
    [{ issuer: GOOGLE }, 'Google'],
    [byPattern('https://accounts.google.com'), 'Google'],
    [byPattern('https://gitlab\\.(?:acme|example)\\.dev'), 'GitLab'],
    [byPattern('https://(?:gitlab\\.com|accounts\\.google\\.com)'), undefined],
    [byPattern('https://idp\\.example\\.(?:com|dev)'), undefined],
    [byPattern('('), undefined],
    [{ issuer: undefined }, undefined],
    [{ issuer: 'https://idp.example.com' }, undefined],
  ])('is told by the issuer: %j, so of %s', (changes, name) => expect(providerIn(changes)).toBe(name));

  it('is the configured server’s Actions, wherever that is', () => {
    const own = { ...inRepository, isActionsIssuer: (issuer: string) => issuer === 'https://gitlab.acme.dev' };
    expect(providerIn({ issuer: 'https://gitlab.acme.dev' }, own)).toBe('GitHub Actions');
  });

  it.each([
    ['https://oidc.acme.dev', ['x', 'system:serviceaccount:prod:app'], 'Kubernetes'],
    ['https://oidc.acme.dev', ['System:ServiceAccount:prod:app'], 'Kubernetes'],
    ['https://oidc.acme.dev', ['x:system:serviceaccount:prod:app'], undefined],
    ['https://git.acme.dev', ['project_path:a/b:ref_type:branch:ref:main'], 'GitLab'],
    ['https://git.acme.dev', ['x:project_path:a/b'], undefined],
    [GOOGLE, ['project_path:a/b:ref_type:branch:ref:main'], 'Google'],
  ])('is told for %s by subjects %j, so of %s', (issuer, subjects, name) => {
    expect(providerIn({ issuer, subject: undefined, subjects })).toBe(name);
  });

  it('is told by a pattern for subjects, with an anchor or without', () => {
    const issuer = 'https://oidc.acme.dev';
    expect(providerIn({ issuer, ...bySubject('^system:serviceaccount:prod:.+') })).toBe('Kubernetes');
    expect(providerIn({ issuer, ...bySubject('system:serviceaccount:prod:.+') })).toBe('Kubernetes');
    expect(providerIn({ issuer, ...bySubject('sys^tem:serviceaccount:prod:.+') })).toBeUndefined();
  });

  it('says which subjects are possible, by the issuer where it tells more', () => {
    const ofOther = 'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666/user/x';
    const own = ofOther.replace('0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d', '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a');
    const possible = (changes: Changes): readonly (boolean | undefined)[] =>
      [own, ofOther].map((subject) => policy(changes).possibleSubjects?.holds(subject));
    expect(possible({ issuer: CIRCLECI })).toEqual([true, false]);
    expect(possible(byPattern('https://oidc\\.circleci\\.com/org/[0-9a-f-]+'))).toEqual([true, true]);
    expect(policy({}).possibleSubjects?.holds('repo:a/b:pull_request')).toBe(true);
    expect(policy({ issuer: 'https://idp.example.com' }).possibleSubjects).toBeUndefined();
  });

  it('says what stands beside a claim: an issuer and one subject, where they are exact', () => {
    expect(policy({ subject: 'a' }).beside).toEqual({ subject: 'a', issuer: ACTIONS_ISSUER });
    expect(policy({ subject: undefined, subjects: ['a', 'b'] }).beside.subject).toBeUndefined();
    expect(policy({ ...bySubject('a'), ...byPattern('b') }).beside).toEqual({ subject: undefined, issuer: undefined });
  });
});

describe('what takes too many steps to tell', () => {
  const long = 'repo:(?:[^:]?x?){345}:ref:.*';
  const costly = policy({ ...bySubject(long), claimPatterns: claim('ref', '(?:.?){690}') });
  const parts = ['repo:', { anyExcept: ':' }, `:${'ref:refs/heads/x'.repeat(20)}`];
  const subjectOf = ({ subjects: [subject] }: LintedPolicy) => {
    if (subject === undefined) throw new Error('no subject');
    return subject;
  };

  it('may match, may be admitted, and is no ground for leaving a finding out', () => {
    costly.renewSteps();
    expect(costly.mayMatch(subjectOf(costly), `repo:${'ax'.repeat(400)}`)).toBe(true);
    costly.renewSteps();
    expect(costly.claimRefuses('ref', ['a'.repeat(900)])).toBe(false);
    expect(costly.mayAdmit(subjectOf(costly), parts)).toBe(true);
    expect(costly.admits(subjectOf(costly), parts)).toBe(false);
    expect(costly.claimRulesOut('ref', ['x'])).toBe(false);
    expect(costly.mayAdmit(subjectOf(costly), ['b'])).toBe(true);
    expect(costly.shares({ ...subjectOf(costly), by: 'value', text: 'x' }, grammar('[0-9]+'))).toBe(true);
    expect(costly.canPropose('1.', 'pattern', grammar('[0-9]+'))).toBe(false);
    costly.renewSteps();
    expect(costly.admits(subjectOf(costly), ['repo:a:ref:x'])).toBe(true);
    expect(costly.shares({ ...subjectOf(costly), by: 'value', text: 'x' }, grammar('[0-9]+'))).toBe(false);
    expect(costly.canPropose('1.', 'pattern', grammar('[0-9]+'))).toBe(true);
  });

  it('holds as it was meant, too', () => {
    const spent = policy(bySubject('a.c'));
    const asMeant = (): boolean => spent.sharesAsMeant(subjectOf(spent), grammar('x+'));
    expect(asMeant()).toBe(false);
    spent.mayMatch({ ...subjectOf(spent), text: 'a.c' }, 'x');
    for (let n = 0; n < 7000; n += 1) spent.mayMatch(subjectOf(spent), 'x');
    expect(asMeant()).toBe(true);
  });

  it('is found out once for a rule, and anew for the next', () => {
    const judged = policy({ ...bySubject('(?:.?){690}'), claimPatterns: claim('job_workflow_ref', '(?:.?){350}!') });
    expect([judged.namesWorkflow, judged.namesWorkflow, judged.namesWorkflow]).toEqual([true, true, true]);
    judged.mayMatch(subjectOf(judged), 'a'.repeat(900));
    judged.renewSteps();
    judged.mayMatch(subjectOf(judged), 'a'.repeat(900));
    expect(judged.namesWorkflow).toBe(false);
    judged.renewSteps();
    expect(judged.namesWorkflow).toBe(true);
  });

  it('of an issuer takes nothing from the first rule', () => {
    const issuerPattern = 'https://(?:[a-z.]?){600}[0-9]';
    const judged = policy({ issuer: undefined, issuerPattern, claimPatterns: claim('ref', 'main') });
    expect(judged.claimRefuses('ref', ['x'])).toBe(true);
  });
});

describe('levels that write', () => {
  it.each([
    ['write', true],
    ['admin', true],
    ['read', false],
    [undefined, false],
  ])('%s: %s', (level, writes) => expect(isWriteLevel(level)).toBe(writes));
});
