import { describe, expect, it } from '@jest/globals';
import { lintFileName, lintPolicy, type PolicyLintContext } from '../../../src/domain/policy-lint.ts';
import type { PolicyContext } from '../../../src/domain/trust-policy.ts';
import { ACTIONS_ISSUER, fieldsOf, organizationLevel, repositoryLevel } from './policies.ts';

const place: PolicyLintContext = {
  path: '.github/chainguard/deploy.sts.yaml',
  repository: 'app',
  actionsIssuer: ACTIONS_ISSUER,
};
const inOrganization: PolicyContext & PolicyLintContext = { ...organizationLevel, ...place, repository: '.github' };
const GOOGLE = 'https://accounts.google.com';
const WITH_IDS = 'repo:octo-org@1/app@2';

type Changes = Parameters<typeof fieldsOf>[0];
const rules = (
  changes: Changes,
  context: PolicyContext & PolicyLintContext = { ...repositoryLevel, ...place },
): readonly string[] => lintPolicy(fieldsOf(changes), context).map(({ rule }) => rule);
const bySubject = (subjectPattern: string): Changes => ({ subject: undefined, subjectPattern });
const ofGoogle = (changes: Changes): Changes => ({ issuer: GOOGLE, subject: 'a', ...changes });
const claim = (name: string, pattern: string): ReadonlyMap<string, string> => new Map([[name, pattern]]);
const may = (...names: readonly string[]): ReadonlyMap<string, string> => new Map(names.map((name) => [name, 'write']));

const reads = (name: string): ReadonlyMap<string, string> => new Map([[name, 'read']]);

/** Each rule with what it finds, and with its neighbour that is fine. */
describe.each<[string, Changes, Changes]>([
  [
    'pattern-matches-everything',
    ofGoogle({ claimPatterns: claim('a', '.*') }),
    ofGoogle({ claimPatterns: claim('a', 'b') }),
  ],
  ['pattern-open', ofGoogle({ claimPatterns: claim('a', 'b.*') }), ofGoogle({ claimPatterns: claim('a', 'b[^/]*') })],
  [
    'pattern-like-glob',
    ofGoogle({ claimPatterns: claim('a', 'refs/heads/*') }),
    ofGoogle({ claimPatterns: claim('a', 'refs/heads/[a-z]*') }),
  ],
  [
    'unescaped-dot',
    { issuer: undefined, issuerPattern: 'https://idp.example\\.com', subject: 'a' },
    { issuer: undefined, issuerPattern: 'https://idp\\.example\\.com', subject: 'a' },
  ],
  ['exact-like-pattern', ofGoogle({ subject: 'user:.*' }), ofGoogle({ subject: 'user:[EU] (1)' })],
  ['subject-admits-pull-requests', bySubject(`${WITH_IDS}:[a-z_]+`), bySubject(`${WITH_IDS}:environment:[a-z_]+`)],
  [
    'subject-admits-every-branch',
    bySubject(`${WITH_IDS}:ref:refs/heads/[^/]+`),
    bySubject(`${WITH_IDS}:ref:refs/heads/release-[^/]+`),
  ],
  [
    'subject-by-name',
    { subject: 'repo:octo-org/app:ref:refs/heads/main' },
    { subject: `${WITH_IDS}:ref:refs/heads/main` },
  ],
  [
    'permission-organization',
    ofGoogle({ permissions: reads('members') }),
    ofGoogle({ permissions: reads('metadata') }),
  ],
  ['permission-level', ofGoogle({ permissions: reads('workflows') }), ofGoogle({ permissions: reads('actions') })],
  ['policy-rewritable', ofGoogle({ permissions: may('contents') }), ofGoogle({ permissions: may('issues') })],
])('the rule %s', (rule, found, fine) => {
  it('finds what it is for', () => expect(rules(found)).toEqual([rule]));
  it('leaves its neighbour alone', () => expect(rules(fine)).toEqual([]));
});

describe('the rule organization-wide-write', () => {
  it('finds write permissions without repositories', () => {
    expect(rules(ofGoogle({ permissions: may('issues') }), inOrganization)).toEqual(['organization-wide-write']);
  });

  it('leaves reading, named repositories and the caller’s own repository alone', () => {
    expect(rules(ofGoogle({}), inOrganization)).toEqual([]);
    expect(rules(ofGoogle({ permissions: may('issues'), repositories: ['app'] }), inOrganization)).toEqual([]);
    expect(rules(ofGoogle({ permissions: may('issues'), callerRepositoryOnly: true }), inOrganization)).toEqual([]);
    expect(rules(ofGoogle({ permissions: may('issues') }))).toEqual([]);
  });
});

describe('the rule permission-unconfined', () => {
  const ofMembers = { permissions: reads('members') };

  it('finds organization permissions beside repositories', () => {
    expect(rules(ofGoogle({ ...ofMembers, repositories: ['app'] }), inOrganization)).toEqual(['permission-unconfined']);
  });

  it('leaves them alone where no repository is named, and other permissions anywhere', () => {
    expect(rules(ofGoogle(ofMembers), inOrganization)).toEqual([]);
    expect(rules(ofGoogle({ ...ofMembers, repositories: [] }), inOrganization)).toEqual([]);
    expect(rules(ofGoogle({ repositories: ['app'] }), inOrganization)).toEqual([]);
  });
});

describe('the rule policy-rewritable', () => {
  it('looks at the repository that holds the policy, whatever its letters’ case', () => {
    expect(rules(ofGoogle({ permissions: may('workflows') }))).toEqual(['policy-rewritable']);
    expect(rules(ofGoogle({ permissions: may('contents'), repositories: ['.GITHUB'] }), inOrganization)).toEqual([
      'policy-rewritable',
    ]);
    expect(rules(ofGoogle({ permissions: may('contents'), repositories: ['app'] }), inOrganization)).toEqual([]);
    expect(rules(ofGoogle({ permissions: may('contents') }), inOrganization)).toEqual([
      'policy-rewritable',
      'organization-wide-write',
    ]);
  });
});

describe('the rules on subjects of GitHub Actions', () => {
  it('look at GitHub’s issuer alone, named exactly or by a pattern', () => {
    const everything = { subject: undefined, subjectPattern: 'repo:o@1/r@2:[^!]+' };
    expect(rules({ ...everything, issuer: GOOGLE })).toEqual([]);
    expect(
      rules({ ...everything, issuer: undefined, issuerPattern: 'https://token\\.actions\\.githubusercontent\\.com' }),
    ).toEqual(['subject-admits-pull-requests', 'subject-admits-every-branch']);
    expect(rules({ ...everything, issuer: undefined, issuerPattern: 'https://idp\\.example\\.com' })).toEqual([]);
  });

  it('see what a claim refuses anyway', () => {
    const everything = bySubject('repo:o@1/r@2:[^!]+');
    expect(rules({ ...everything, claimPatterns: claim('ref', 'refs/heads/main') })).toEqual([]);
    expect(rules({ ...everything, claimPatterns: claim('event_name', 'push|release') })).toEqual([
      'subject-admits-every-branch',
    ]);
    expect(rules({ ...everything, claimPatterns: claim('actor', 'me') })).toEqual([
      'subject-admits-pull-requests',
      'subject-admits-every-branch',
    ]);
    expect(rules({ ...everything, claimPatterns: claim('actor', '') })).toEqual([
      'subject-admits-pull-requests',
      'subject-admits-every-branch',
    ]);
  });

  it('take a pattern that admits ids as good', () => {
    expect(rules(bySubject('repo:octo-org(@1)?/app(@2)?:environment:x'))).toEqual([]);
    expect(rules(bySubject('repo:octo-org/[a-z]+:environment:x'))).toEqual(['subject-by-name']);
    expect(rules(bySubject('repository_owner_id:1:environment:x'))).toEqual([]);
  });
});

describe('the linter', () => {
  it('tells each finding’s field and what to write instead', () => {
    const [finding] = lintPolicy(fieldsOf(ofGoogle({ claimPatterns: claim('a', '.*') })), {
      ...repositoryLevel,
      ...place,
    });
    expect(finding).toEqual({
      rule: 'pattern-matches-everything',
      path: ['claim_pattern', 'a'],
      message: 'claim_pattern for "a" matches everything.',
      advice: expect.stringContaining('Name what is meant'),
    });
  });

  it('lints what an invalid policy holds', () => {
    expect(
      rules(
        ofGoogle({ subject: undefined, subjectPattern: '(', claimPatterns: claim('a', 'x.*'), permissions: new Map() }),
      ),
    ).toEqual(['pattern-open']);
  });

  it('does not try a hundred patterns that each cost too much', () => {
    const costly = new Map(Array.from({ length: 100 }, (_, n) => [`c${n}`, `(?:${'ab'.repeat(11)}${n}){999}`]));
    expect(rules(ofGoogle({ claimPatterns: costly }))).toEqual([]);
  });
});

describe('a file’s name', () => {
  const ruleOf = (name: string): string | undefined => lintFileName(`.github/chainguard/${name}`)[0]?.rule;

  it.each(['.sts.yaml', '-a.sts.yaml', 'a..b.sts.yaml', 'ä.sts.yaml', 'a b.sts.yaml', `${'a'.repeat(129)}.sts.yaml`])(
    'is no identity: %s',
    (name) => expect(ruleOf(name)).toBe('file-name'),
  );

  it.each(['a.sts.yaml', 'a.b-c_d.sts.yaml', 'trusted-token-issuers.yaml', 'README.md'])('is fine: %s', (name) =>
    expect(ruleOf(name)).toBeUndefined(),
  );

  it('counts in the policies’ folder alone', () => expect(lintFileName('docs/a.sts.yml')).toEqual([]));
});
