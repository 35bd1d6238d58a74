import { describe, expect, it } from '@jest/globals';
import type { RawClaims } from '../../../src/domain/claims.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { subjectsOf, type CompiledPolicy, type TrustPolicy } from '../../../src/domain/trust-policy.ts';
import {
  ACTIONS_ISSUER,
  claimsOf,
  compile,
  fieldsOf,
  MAIN,
  organizationLevel,
  policyOf,
  repositoryLevel,
} from './policies.ts';

const rules = (compiled: CompiledPolicy): readonly string[] =>
  compiled.kind === 'valid' ? [] : compiled.faults.map(({ rule }) => rule);
const faults = (changes: Parameters<typeof compile>[0], context = repositoryLevel): readonly Fault[] => {
  const compiled = compile(changes, context);
  return compiled.kind === 'valid' ? [] : compiled.faults;
};
const judge = (policy: TrustPolicy, claims: RawClaims = {}): boolean =>
  policy.judge(claimsOf(claims), ['sts.example.com']).matched;
const KEY = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };

describe('compiling a policy', () => {
  it('needs exactly one of issuer and issuer_pattern, and one of subject and subject_pattern', () => {
    expect(rules(compile({ issuer: undefined, subject: undefined }))).toEqual(['issuer-missing', 'subject-missing']);
    expect(rules(compile({ issuerPattern: 'x', subjectPattern: 'y' }))).toEqual(['issuer-both', 'subject-both']);
    expect(rules(compile({ issuer: undefined, issuerPattern: 'x', subject: undefined, subjectPattern: 'y' }))).toEqual(
      [],
    );
  });

  it('admits at most one of audience and audience_pattern, and of app and app_pattern', () => {
    expect(rules(compile({ audience: 'a', audiencePattern: 'b', app: 'c', appPattern: 'd' }))).toEqual([
      'audience-both',
      'app-both',
    ]);
    expect(rules(compile({ audiencePattern: 'b', appPattern: 'd' }))).toEqual([]);
  });

  it('takes exactly one of subject, subject_pattern, subjects and subject_patterns', () => {
    const only = (changes: Parameters<typeof compile>[0]): readonly string[] =>
      rules(compile({ subject: undefined, ...changes }));
    expect(only({ subjects: ['a', 'b'] })).toEqual([]);
    expect(only({ subjectPatterns: ['a', 'b'] })).toEqual([]);
    const all = compile({ subject: 'a', subjectPattern: 'b', subjects: ['c'], subjectPatterns: ['d'] });
    expect(all.kind === 'invalid' && all.faults.map(({ rule, path }) => [rule, ...path])).toEqual([
      ['subject-both', 'subject_pattern'],
      ['subject-both', 'subjects'],
      ['subject-both', 'subject_patterns'],
    ]);
  });

  it('bounds lists of subjects, and takes no entry twice or empty', () => {
    const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `s${n}`);
    const places = (subjects: Parameters<typeof compile>[0]): readonly unknown[] => {
      const compiled = compile({ subject: undefined, ...subjects });
      return compiled.kind === 'valid' ? [] : compiled.faults.map(({ rule, path }) => [rule, ...path]);
    };
    expect(places({ subjects: names(50) })).toEqual([]);
    expect(places({ subjects: names(51) })).toEqual([['subjects-too-many', 'subjects']]);
    expect(places({ subjectPatterns: names(51) })).toEqual([['subjects-too-many', 'subject_patterns']]);
    expect(places({ subjects: [] })).toEqual([['subjects-empty', 'subjects']]);
    expect(places({ subjectPatterns: [] })).toEqual([['subjects-empty', 'subject_patterns']]);
    expect(places({ subjects: ['a', 'b', 'a', ''] })).toEqual([
      ['subjects-duplicate', 'subjects', 2],
      ['subjects-empty', 'subjects', 3],
    ]);
    expect(places({ subjectPatterns: ['a', '(', ''] })).toEqual([
      ['subjects-empty', 'subject_patterns', 2],
      ['pattern', 'subject_patterns', 1],
    ]);
  });

  it('counts the patterns of a list with all others of the policy', () => {
    const costing = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `x${n}y{990}`);
    const policy = (count: number): readonly string[] =>
      rules(compile({ subject: undefined, subjectPatterns: costing(count) }));
    expect(policy(4)).toEqual([]);
    expect(policy(5)).toEqual(['policy-cost']);
    const claimPatterns = new Map([['ref', 'zy{990}']]);
    expect(rules(compile({ subject: undefined, subjectPatterns: costing(4), claimPatterns }))).toEqual(['policy-cost']);
  });

  it('names every fault with the path to its place', () => {
    const compiled = compile({
      issuer: 'http://x',
      subject: undefined,
      subjectPattern: '(',
      claimPatterns: new Map([['ref', '[']]),
      permissions: new Map([['x', 'read']]),
      repositories: ['a'],
    });
    expect(compiled.kind === 'invalid' && compiled.faults.map(({ rule, path }) => [rule, ...path])).toEqual([
      ['issuer-url', 'issuer'],
      ['pattern', 'subject_pattern'],
      ['pattern', 'claim_pattern', 'ref'],
      ['permission-unknown', 'permissions', 'x'],
      ['organization-only', 'repositories'],
    ]);
  });

  it.each<[string, Parameters<typeof compile>[0], Fault]>([
    [
      'no issuer',
      { issuer: undefined },
      { rule: 'issuer-missing', path: [], message: 'A policy needs issuer or issuer_pattern.' },
    ],
    [
      'two issuers',
      { issuerPattern: 'x' },
      { rule: 'issuer-both', path: ['issuer_pattern'], message: 'issuer and issuer_pattern exclude each other.' },
    ],
    [
      'an issuer that is no address',
      { issuer: 'http://x' },
      { rule: 'issuer-url', path: ['issuer'], message: 'issuer "http://x" must start with https://.' },
    ],
    [
      'no subject',
      { subject: undefined },
      {
        rule: 'subject-missing',
        path: [],
        message: 'A policy needs subject, subject_pattern, subjects or subject_patterns.',
      },
    ],
    [
      'two subjects',
      { subjectPatterns: ['x'] },
      {
        rule: 'subject-both',
        path: ['subject_patterns'],
        message: 'subject and subject_patterns exclude each other.',
      },
    ],
    [
      'a list of no subject',
      { subject: undefined, subjects: [] },
      { rule: 'subjects-empty', path: ['subjects'], message: 'subjects must have at least one entry.' },
    ],
    [
      'a list of too many subjects',
      { subject: undefined, subjectPatterns: Array.from({ length: 51 }, (_, n) => `${n}`) },
      { rule: 'subjects-too-many', path: ['subject_patterns'], message: 'subject_patterns holds more than 50.' },
    ],
    [
      'an empty subject in a list',
      { subject: undefined, subjectPatterns: ['a', ''] },
      { rule: 'subjects-empty', path: ['subject_patterns', 1], message: 'Item 2 of subject_patterns is empty.' },
    ],
    [
      'a subject twice in a list',
      { subject: undefined, subjects: ['a', 'b"', 'b"'] },
      { rule: 'subjects-duplicate', path: ['subjects', 2], message: '"b\\"" stands twice in subjects.' },
    ],
    [
      'two audiences',
      { audience: 'a', audiencePattern: 'b' },
      {
        rule: 'audience-both',
        path: ['audience_pattern'],
        message: 'audience and audience_pattern exclude each other.',
      },
    ],
    [
      'too many claims',
      { claimPatterns: new Map(Array.from({ length: 101 }, (_, n) => [`c${n}`, 'x'])) },
      { rule: 'claim-patterns-too-many', path: ['claim_pattern'], message: 'claim_pattern holds more than 100.' },
    ],
    [
      'repositories in a repository’s policy',
      { repositories: ['a'] },
      {
        rule: 'organization-only',
        path: ['repositories'],
        message: "repositories is for policies in the organization's policy repository only.",
      },
    ],
    [
      'caller_repository_only in a repository’s policy',
      { callerRepositoryOnly: true },
      {
        rule: 'organization-only',
        path: ['caller_repository_only'],
        message: "caller_repository_only is for policies in the organization's policy repository only.",
      },
    ],
    [
      'keys for a pattern of issuers',
      { issuer: undefined, issuerPattern: 'x', jwks: [KEY] },
      {
        rule: 'jwks-issuer-pattern',
        path: ['jwks'],
        message: 'jwks needs an exact issuer, not an issuer_pattern.',
      },
    ],
    [
      'keys for GitHub Actions',
      { jwks: [KEY] },
      { rule: 'jwks-actions-issuer', path: ['jwks'], message: "jwks can't stand in for GitHub Actions' own keys." },
    ],
  ])('says of %s what is wrong, and where', (_, changes, fault) => expect(faults(changes)).toStrictEqual([fault]));

  it('says of keys that the operator does not allow them', () => {
    const listed = { ...repositoryLevel, operatorListsIssuers: true };
    expect(faults({ issuer: 'https://idp.example.com', jwks: [KEY] }, listed)).toStrictEqual([
      {
        rule: 'jwks-operator-list',
        path: ['jwks'],
        message: 'jwks is not allowed here: the operator of this service lists the issuers.',
      },
    ]);
    expect(faults({}, listed)).toEqual([]);
  });

  it.each<[Parameters<typeof compile>[0], readonly (string | number)[], string]>([
    [{ issuer: undefined, issuerPattern: '(' }, ['issuer_pattern'], 'issuer_pattern'],
    [{ subject: undefined, subjectPattern: '(' }, ['subject_pattern'], 'subject_pattern'],
    [{ subject: undefined, subjectPatterns: ['a', '('] }, ['subject_patterns', 1], 'Item 2 of subject_patterns'],
    [{ audiencePattern: '(' }, ['audience_pattern'], 'audience_pattern'],
    [{ claimPatterns: new Map([['a"b', '(']]) }, ['claim_pattern', 'a"b'], 'claim_pattern for "a\\"b"'],
    [{ appPattern: '(' }, ['app_pattern'], 'app_pattern'],
  ])('says of a broken pattern in %j at %j that it is %s', (changes, path, name) => {
    expect(faults(changes)).toStrictEqual([
      {
        rule: 'pattern',
        path,
        message: `${name} is not a regular expression in RE2 syntax: missing closing ) at "(".`,
      },
    ]);
  });

  it('says what to write in place of a broken pattern where that is known', () => {
    expect(faults({ audiencePattern: '*' })[0]?.advice).toContain('repeats what stands before it');
  });

  it('says of patterns that cost too much together, once and of the whole file', () => {
    const claimPatterns = new Map(Array.from({ length: 8 }, (_, n) => [`c${n}`, 'y{990}']));
    expect(faults({ claimPatterns })).toStrictEqual([
      { rule: 'policy-cost', path: [], message: 'The patterns together cost more than 5000 instructions.' },
    ]);
  });

  it('keeps permissions of the whole organization from a token of the caller’s repository alone', () => {
    const permissions = new Map([
      ['contents', 'read'],
      ['members', 'read'],
      ['organization_hooks', 'read'],
    ]);
    const confined = faults({ permissions, callerRepositoryOnly: true }, organizationLevel);
    expect(confined.map(({ rule, path }) => [rule, ...path])).toEqual([
      ['caller-repository-permission', 'permissions', 'members'],
      ['caller-repository-permission', 'permissions', 'organization_hooks'],
    ]);
    expect(confined[0]?.message).toBe(
      'members is an organization permission, which reaches beyond the one repository that caller_repository_only promises.',
    );
    expect(faults({ permissions }, organizationLevel)).toEqual([]);
  });

  it('grants an organization permission beyond read where guardrails leave it to repositories', () => {
    const permissions = new Map([['members', 'write']]);
    const organizationPermissions = new Map([['members', 'write' as const]]);
    expect(rules(compile({ permissions }))).toEqual(['permission-organization']);
    expect(rules(compile({ permissions }, { ...repositoryLevel, organizationPermissions }))).toEqual([]);
  });

  it.each([
    ['octo-org/app', 'Write: - app'],
    ['https://github.com/octo-org/app', 'Write: - app'],
    ['https://github.com/octo-org/app/', 'Write: - app'],
    ['git@github.com:octo-org/app.git', 'Write: - app'],
    ['octo-org/a b', undefined],
    ['octo-org/..', undefined],
    ['octo-org//', undefined],
    ['a b', undefined],
    ['octo-org/*', 'For all that the App sees leave repositories out; there are no patterns here.'],
    ['*', 'For all that the App sees leave repositories out; there are no patterns here.'],
  ])('says of the repository %j what to write instead: %s', (name, advice) => {
    expect(faults({ repositories: ['app', name] }, organizationLevel)).toStrictEqual([
      {
        rule: 'repository-name',
        path: ['repositories', 1],
        message: `"${name}" is not the name of a repository (without its owner).`,
        ...(advice === undefined ? {} : { advice }),
      },
    ]);
  });

  it('says of too many repositories nothing but that', () => {
    const repositories = Array.from({ length: 501 }, () => 'a b');
    expect(faults({ repositories }, organizationLevel)).toStrictEqual([
      { rule: 'repositories-too-many', path: ['repositories'], message: 'repositories names more than 500.' },
    ]);
  });

  it('bounds the number of claim patterns and of repositories', () => {
    const patterns = (count: number): ReadonlyMap<string, string> =>
      new Map(Array.from({ length: count }, (_, n) => [`c${n}`, 'x']));
    const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `r${n}`);
    expect(rules(compile({ claimPatterns: patterns(100) }))).toEqual([]);
    expect(rules(compile({ claimPatterns: patterns(101) }))).toEqual(['claim-patterns-too-many']);
    expect(rules(compile({ repositories: names(500) }, organizationLevel))).toEqual([]);
    expect(rules(compile({ repositories: names(501) }, organizationLevel))).toEqual(['repositories-too-many']);
  });

  it('bounds the cost of all patterns together, and stops compiling beyond it', () => {
    const costing = (count: number): ReadonlyMap<string, string> =>
      new Map(Array.from({ length: count }, (_, n) => [`c${n}`, 'y{990}']));
    expect(rules(compile({ claimPatterns: costing(5) }))).toEqual([]);
    expect(rules(compile({ claimPatterns: costing(6) }))).toEqual(['policy-cost']);
    const tooBig = new Map(Array.from({ length: 100 }, (_, n) => [`c${n}`, `(?:${'ab'.repeat(11)}${n}){999}`]));
    expect(rules(compile({ claimPatterns: tooBig })).at(-1)).toBe('policy-cost');
  });

  it('keeps repositories and caller_repository_only to the organization', () => {
    expect(rules(compile({ repositories: ['a'], callerRepositoryOnly: true }))).toEqual([
      'organization-only',
      'organization-only',
    ]);
    expect(rules(compile({ repositories: ['a'], callerRepositoryOnly: true }, organizationLevel))).toEqual([]);
  });

  it.each(['', '.', '..', 'a/b', 'a b', '*', 'a'.repeat(101), '\u212a'])('refuses the repository %j', (name) =>
    expect(rules(compile({ repositories: [name] }, organizationLevel))).toEqual(['repository-name']),
  );

  it('admits inline keys for one exact issuer, which is not the server’s own, where no operator lists issuers', () => {
    const jwks = [KEY];
    const issuer = 'https://idp.example.com';
    expect(rules(compile({ issuer, jwks }))).toEqual([]);
    expect(rules(compile({ jwks }))).toEqual(['jwks-actions-issuer']);
    expect(rules(compile({ issuer: undefined, issuerPattern: 'x', jwks }))).toEqual(['jwks-issuer-pattern']);
    expect(rules(compile({ issuer, jwks }, { ...repositoryLevel, operatorListsIssuers: true }))).toEqual([
      'jwks-operator-list',
    ]);
    expect(policyOf({ issuer, jwks }).inlineKeys).toEqual([KEY]);
  });

  it.each([
    `${ACTIONS_ISSUER}/`,
    `${ACTIONS_ISSUER}/slug/`,
    `${ACTIONS_ISSUER}/a.b`,
    `${ACTIONS_ISSUER}/./slug`,
    `${ACTIONS_ISSUER}:443`,
    'https://Token.Actions.GitHubUserContent.com/slug',
  ])('refuses inline keys for %s, which reads like GitHub’s own issuer', (issuer) =>
    expect(rules(compile({ issuer, jwks: [KEY] }))).toContain('jwks-actions-issuer'),
  );

  it.each([
    'https://github.example.com/_services/token',
    'https://github.example.com/./_services/token',
    'https://github.example.com/_services/./token/slug',
    'https://github.example.com//_services/token',
    'https://GitHub.example.com:443/_services/token/',
  ])('refuses inline keys for %s, where that is the Actions issuer of an Enterprise Server', (issuer) => {
    const context = {
      ...repositoryLevel,
      isActionsIssuer: (one: string) => one === 'https://github.example.com/_services/token',
    };
    expect(rules(compile({ issuer, jwks: [KEY] }, context))).toContain('jwks-actions-issuer');
    const other = issuer.replace(/_services/i, 'services');
    expect(rules(compile({ issuer: other, jwks: [KEY] }, context))).not.toContain('jwks-actions-issuer');
  });

  it.each([`${ACTIONS_ISSUER}.example.com`, 'https://idp.example.com/token.actions.githubusercontent.com'])(
    'admits inline keys for %s, which is another host',
    (issuer) => expect(rules(compile({ issuer, jwks: [KEY] }))).toEqual([]),
  );

  it('admits plain http on loopback only where the rules do', () => {
    expect(rules(compile({ issuer: 'http://localhost:1' }))).toEqual(['issuer-url']);
    expect(rules(compile({ issuer: 'http://localhost:1' }, { ...repositoryLevel, allowLoopbackHttp: true }))).toEqual(
      [],
    );
  });
});

describe('judging claims', () => {
  it('names every field that was checked, with what was expected and what there was', () => {
    const policy = policyOf({
      claimPatterns: new Map([
        ['ref', 'refs/heads/main'],
        ['groups', 'a'],
      ]),
    });
    expect(policy.judge(claimsOf({ aud: ['x', 'y'], ref: 'refs/heads/dev' }), ['sts.example.com'])).toEqual({
      matched: false,
      fields: [
        { field: 'issuer', expected: ACTIONS_ISSUER, actual: ACTIONS_ISSUER, matched: true },
        { field: 'subject', expected: MAIN, actual: MAIN, matched: true },
        { field: 'audience', expected: 'sts.example.com', actual: '["x","y"]', matched: false },
        { field: 'claim_pattern.ref', expected: 'refs/heads/main', actual: 'refs/heads/dev', matched: false },
        { field: 'claim_pattern.groups', expected: 'a', actual: undefined, matched: false },
      ],
    });
  });

  it('names pattern fields as the file does', () => {
    const policy = policyOf({
      issuer: undefined,
      issuerPattern: 'i',
      subject: undefined,
      subjectPattern: 's',
      audiencePattern: 'a',
    });
    const { fields } = policy.judge(claimsOf(), []);
    expect(fields.map(({ field, expected }) => [field, expected])).toEqual([
      ['issuer_pattern', 'i'],
      ['subject_pattern', 's'],
      ['audience_pattern', 'a'],
    ]);
  });

  it('takes any entry of a list of subjects, whole, and names the one that matched or the whole list', () => {
    const subjects = policyOf({ subject: undefined, subjects: ['a', MAIN] });
    const field = (policy: TrustPolicy, sub: string): unknown => policy.judge(claimsOf({ sub }), []).fields[1];
    expect(field(subjects, MAIN)).toEqual({ field: 'subjects', expected: MAIN, actual: MAIN, matched: true });
    expect(field(subjects, 'b')).toEqual({
      field: 'subjects',
      expected: JSON.stringify(['a', MAIN]),
      actual: 'b',
      matched: false,
    });
    const patterns = policyOf({ subject: undefined, subjectPatterns: ['a|b', 'c+'] });
    expect(field(patterns, 'ccc')).toMatchObject({ field: 'subject_patterns', expected: 'c+', matched: true });
    expect(
      ['a', 'b', 'c', 'ab', 'xa', 'cx', 'A'].filter((sub) => judge(patterns, { sub, aud: 'sts.example.com' })),
    ).toEqual(['a', 'b', 'c']);
    expect(judge(policyOf({ subject: undefined, subjectPatterns: ['x', '(?s).*'] }), { sub: 'a\nb' })).toBe(false);
  });

  it('says of a list that it was not tried to its end, where that is so', () => {
    const costly = Array.from({ length: 3 }, (_, n) => `(?:a?){600}[b]${n}`);
    const policy = policyOf({ subject: undefined, subjectPatterns: costly });
    const { fields } = policy.judge(claimsOf({ sub: 'a'.repeat(900) }), ['sts.example.com']);
    expect(fields[1]).toMatchObject({ field: 'subject_patterns', matched: false, untried: 'too-costly' });
  });

  it('takes any of the audiences that name the service where the policy names none', () => {
    const { matched } = policyOf().judge(claimsOf({ aud: 'https://sts.example.com' }), [
      'sts.example.com',
      'https://sts.example.com',
    ]);
    expect(matched).toBe(true);
    expect(judge(policyOf(), { aud: 'sts.example.com.evil' })).toBe(false);
  });

  it('takes a token for several audiences of which one names the service', () => {
    expect(judge(policyOf(), { aud: ['other', 'sts.example.com'] })).toBe(true);
    expect(judge(policyOf(), { aud: ['other', 'another'] })).toBe(false);
    expect(judge(policyOf(), { aud: [] })).toBe(false);
  });

  it('shows the audience that it expected, and the one that there was', () => {
    const audience = (policy: TrustPolicy, names: readonly string[]): unknown =>
      policy.judge(claimsOf({ aud: 'x' }), names).fields[2];
    expect(audience(policyOf({ audience: 'y' }), [])).toEqual({
      field: 'audience',
      expected: 'y',
      actual: 'x',
      matched: false,
    });
    expect(audience(policyOf(), [])).toEqual({ field: 'audience', expected: '', actual: 'x', matched: false });
  });

  it('takes the subjects of a list letter by letter, and not for patterns', () => {
    const policy = policyOf({ subject: undefined, subjects: ['a.c', '(', '.*'] });
    expect(['a.c', '(', '.*', 'abc', 'x', ''].map((sub) => judge(policy, { sub }))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('says of a claim that is too long that it was not tried', () => {
    const policy = policyOf({ claimPatterns: new Map([['c', '(?s).*']]) });
    expect(policy.judge(claimsOf({ c: 'x'.repeat(1001) }), []).fields[3]).toEqual({
      field: 'claim_pattern.c',
      expected: '(?s).*',
      actual: 'x'.repeat(1001),
      matched: false,
      untried: 'too-long',
    });
  });

  it('does not take the service’s audience where the policy names another', () => {
    expect(judge(policyOf({ audience: 'other' }))).toBe(false);
    expect(judge(policyOf({ audience: 'other' }), { aud: 'other' })).toBe(true);
  });

  it('matches no unusable subject, whatever the pattern', () => {
    const policy = policyOf({ subject: undefined, subjectPattern: '(?s).*' });
    expect(judge(policy, { sub: 'x' })).toBe(true);
    expect(['', 'a\nb', 'a'.repeat(1001)].filter((sub) => judge(policy, { sub }))).toEqual([]);
    expect(judge(policyOf({ subject: 'a\nb' }), { sub: 'a\nb' })).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'toString'])('finds no claim %s that the token does not have', (name) => {
    const policy = policyOf({ claimPatterns: new Map([[name, '(?s).*']]) });
    expect(judge(policy)).toBe(false);
    expect(judge(policy, JSON.parse(`{"${name}": "x"}`) as RawClaims)).toBe(true);
  });
});

describe('what a policy says beyond claims', () => {
  it('names its issuer exactly, or not', () => {
    expect(policyOf().namesIssuerExactly).toBe(true);
    expect(policyOf({ issuer: undefined, issuerPattern: 'x' }).namesIssuerExactly).toBe(false);
  });

  it('gives its patterns by their texts', () => {
    const policy = policyOf({ audiencePattern: 'a+', claimPatterns: new Map([['ref', 'b+']]) });
    expect([...policy.patterns].map(([source, pattern]) => [source, pattern.source])).toEqual([
      ['a+', 'a+'],
      ['b+', 'b+'],
    ]);
  });

  it('names its issuer, exactly or by its whole pattern', () => {
    expect(policyOf().namesIssuer(ACTIONS_ISSUER)).toBe(true);
    expect(policyOf().namesIssuer(`${ACTIONS_ISSUER}/`)).toBe(false);
    const byPattern = policyOf({ issuer: undefined, issuerPattern: 'https://a|https://b' });
    expect(
      ['https://a', 'https://b', 'https://ab', 'xhttps://b'].map((issuer) => byPattern.namesIssuer(issuer)),
    ).toEqual([true, true, false, false]);
  });

  it('pins Apps by name or by pattern, or not at all', () => {
    expect([policyOf().pinsApp, policyOf().admitsApp('any')]).toEqual([false, true]);
    expect(['ci', 'ci-1'].map((name) => policyOf({ app: 'ci' }).admitsApp(name))).toEqual([true, false]);
    expect(['ci-1', 'ci-1x'].map((name) => policyOf({ appPattern: 'ci-\\d' }).admitsApp(name))).toEqual([true, false]);
    expect(policyOf({ app: 'ci' }).pinsApp).toBe(true);
  });

  it('gives the subjects that it names, whichever field names them', () => {
    expect(subjectsOf(fieldsOf())).toEqual([MAIN]);
    expect(subjectsOf(fieldsOf({ subject: undefined, subjectPattern: 'a' }))).toEqual(['a']);
    expect(subjectsOf(fieldsOf({ subject: undefined, subjects: ['a', 'b'] }))).toEqual(['a', 'b']);
    expect(subjectsOf(fieldsOf({ subject: undefined, subjectPatterns: ['c'] }))).toEqual(['c']);
  });

  it('gives what it covers', () => {
    const policy = policyOf({ repositories: ['a'], callerRepositoryOnly: true }, organizationLevel);
    expect(policy.repositories).toEqual(['a']);
    expect(policy.callerRepositoryOnly).toBe(true);
    expect(policy.inlineKeys).toBeUndefined();
    expect(policy.permissions.toRecord()).toEqual({ contents: 'read' });
  });
});
