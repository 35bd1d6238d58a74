import { describe, expect, it, jest } from '@jest/globals';
import { Claims, type RawClaims } from '../../../src/domain/claims.ts';
import { HintTrials, mismatchHint } from '../../../src/domain/mismatch-hints.ts';
import { ACTIONS_ISSUER } from './policies.ts';

const context = { serviceAudience: 'sts.example.com', isActionsIssuer: (issuer: string) => issuer === ACTIONS_ISSUER };

function hint(field: string, expected: string, claims: RawClaims, matched = false): string | undefined {
  return mismatchHint(
    { field, expected, actual: undefined, matched },
    new Claims({ iss: ACTIONS_ISSUER, ...claims }),
    context,
    new HintTrials(),
  );
}

const IDS =
  "The token's subject is in GitHub's immutable form, with the ids of owner and repository, and the policy's is not. Write:";
const NO_IDS =
  "The policy's subject is in GitHub's immutable form, and the repository does not issue it: switch immutable subjects on there, or write:";
const OTHER_IDS =
  "The names are the same and the ids are not: the policy was written for another repository, or another owner's.";
const PULL_REQUEST = "The token comes from a pull request's run, and the policy names a branch or tag.";
const ENVIRONMENT = 'The job runs in an environment, so the subject names that and not the branch. Write:';
const GLOB = 'A * stands for any text in file globs, not in patterns. Write:';
const CASE = 'The letters differ only in case, which counts.';
const AUDIENCE = 'The token is for another audience: request it with the audience';

describe('a hint', () => {
  const sub = 'repo:o-o@123/my.app@456:ref:refs/heads/main';

  it.each<[field: string, expected: string, RawClaims, hint: string]>([
    ['subject', 'repo:o-o/my.app:ref:refs/heads/main', { sub }, `${IDS} subject: ${sub}`],
    ['subject', 'repo:o-o@1/my.app@456:ref:refs/heads/main', { sub }, OTHER_IDS],
    ['subject', 'repo:o-o/my.app@456:ref:refs/heads/main', { sub }, OTHER_IDS],
    ['subject', 'repo:O-o@1/my.app@2:ref:refs/heads/main', { sub }, OTHER_IDS],
    [
      'subject_pattern',
      'repo:o-o/my\\.app:ref:.+',
      { sub },
      `${IDS} subject_pattern: 'repo:o-o@123/my\\.app@456:ref:.+'`,
    ],
    [
      'subject_pattern',
      'repo:o\\-o\\/my\\.app:ref:.+',
      { sub },
      `${IDS} subject_pattern: 'repo:o-o@123/my\\.app@456:ref:.+'`,
    ],
    [
      'subject_pattern',
      '(?i)REPO:O-O/my.app:ref:.+',
      { sub },
      `${IDS} subject_pattern: '(?i)REPO:o-o@123/my\\.app@456:ref:.+'`,
    ],
    ['subject_pattern', 'repo:o-o/[^:]+:ref:.*', { sub }, `${IDS} subject: ${sub}`],
    ['subject', 'repo:o@1/r@23:ref:x', { sub: 'repo:o/r:ref:x' }, `${NO_IDS} subject: repo:o/r:ref:x`],
    [
      'subject_pattern',
      'repo:o@[0-9]+/r@\\d*:ref:x',
      { sub: 'repo:o/r:ref:x' },
      `${NO_IDS} subject_pattern: repo:o/r:ref:x`,
    ],
    [
      'subject_pattern',
      'repo:o@[0-9]*/r@\\d+:ref:.',
      { sub: 'repo:o/r:ref:x' },
      `${NO_IDS} subject_pattern: 'repo:o/r:ref:.'`,
    ],
    [
      'subject_pattern',
      'repo:o@12/r@345:ref:.',
      { sub: 'repo:o/r:ref:x' },
      `${NO_IDS} subject_pattern: 'repo:o/r:ref:.'`,
    ],
    ['subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o/r:pull_request' }, PULL_REQUEST],
    ['subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o@1/r@2:pull_request' }, PULL_REQUEST],
    ['subject_pattern', 'repo:o/r:ref:.+', { sub: 'repo:o/r:pull_request' }, PULL_REQUEST],
    ['subject_pattern', 'repo:o/r:.*refs\\/heads', { sub: 'repo:o/r:pull_request' }, PULL_REQUEST],
    [
      'subject',
      'repo:o/r:ref:refs/heads/main',
      { sub: 'repo:o/r:environment:prod' },
      `${ENVIRONMENT} subject: repo:o/r:environment:prod`,
    ],
    [
      'subject',
      'repo:o/r:ref:.*',
      { sub: 'repo:o/r:ref:refs/heads/x' },
      "subject is compared exactly, and holds a regular expression. Write: subject_pattern: 'repo:o/r:ref:.*'",
    ],
    ['claim_pattern.ref', 'refs/heads/*', { ref: 'refs/heads/main' }, `${GLOB} 'refs/heads/[^/:]+'`],
    ['claim_pattern.ref', 'refs/*', { ref: 'refs/heads/main' }, `${GLOB} 'refs/.+'`],
    ['claim_pattern.a.b\nc', 'x*', { 'a.b\nc': 'xy' }, `${GLOB} 'x[^/:]+'`],
    [
      'audience',
      'a.*',
      { aud: ['x', 'a.b'] },
      `audience is compared exactly, and holds a regular expression. Write: audience_pattern: 'a.*'`,
    ],
    ['audience', 'a.b*', { aud: 'a.bc' }, `${GLOB} audience_pattern: 'a\\.b[^/:]+'`],
    ['issuer', 'https://A.b', { iss: 'https://a.b' }, CASE],
    ['issuer_pattern', 'https://A\\.b', { iss: 'https://a.b' }, CASE],
    ['claim_pattern.groups', 'a|B', { groups: ['x', 'b'] }, CASE],
    ['audience', 'X', { aud: ['y', 'x'] }, CASE],
    [
      'audience',
      'https://a.b/',
      { aud: 'https://a.b' },
      `${AUDIENCE} "https://a.b/", in GitHub Actions with &audience=https://a.b/.`,
    ],
    ['issuer', 'https://a.b/', { iss: 'https://a.b' }, 'A slash at the end makes the difference.'],
    ['issuer', 'https://a.b', { iss: 'https://a.b/' }, 'A slash at the end makes the difference.'],
    ['audience', 'x', { aud: 'y' }, `${AUDIENCE} "x", in GitHub Actions with &audience=x.`],
    [
      'audience',
      'https://x.y/z:1~_-',
      { aud: 'y' },
      `${AUDIENCE} "https://x.y/z:1~_-", in GitHub Actions with &audience=https://x.y/z:1~_-.`,
    ],
    ['audience', 'x y', { aud: 'y' }, `${AUDIENCE} "x y".`],
    ['audience', '&x', { aud: 'y' }, `${AUDIENCE} "&x".`],
    ['audience', 'x&', { aud: 'y' }, `${AUDIENCE} "x&".`],
    [
      'audience_pattern',
      'sts.+',
      { aud: 'y' },
      `${AUDIENCE} "sts.example.com", in GitHub Actions with &audience=sts.example.com.`,
    ],
  ])('for %s: %j and %j is exactly: %s', (field, expected, claims, text) =>
    expect(hint(field, expected, claims)).toBe(text),
  );

  it.each<[field: string, expected: string, RawClaims]>([
    ['subject', 'repo:o-o/my.app:ref:refs/heads/dev', { sub }],
    ['subject', 'repo:o-o@1/my.app:ref:refs/heads/dev', { sub }],
    ['subject_pattern', 'repo:o-o/my\\.app:ref:refs/tags/.+', { sub }],
    ['subject', 'repo:o@1/r@2:ref:y', { sub: 'repo:o/r:ref:x' }],
    ['subject_pattern', 'repo:o@\\d+/r@2:ref:y', { sub: 'repo:o/r:ref:x' }],
    ['subject', 'repo:o@1/r@2:ref:x', { sub: 'repo:o@1/r:ref:x' }],
    ['subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o/r:ref:refs/tags/1' }],
    ['subject', 'repo:o/r:environment:x', { sub: 'repo:o/r:pull_request' }],
    ['subject', 'repo:o/r:ref:refs/heads/main', { sub: 'xrepo:o/r:pull_request' }],
    ['subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o/r/x:pull_request' }],
    ['subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o/r:xpull_request' }],
    ['claim_pattern.ref', 'heads/*', { ref: 'refs/heads/main' }],
    ['claim_pattern.sub', 'repo:o/r:ref:x', { sub: 'repo:o@1/r@2:ref:x' }],
    ['subject', 'a.b', { sub: 'axb' }],
    ['issuer', 'https://a.b', { iss: null }],
    ['claim_pattern.ref', 'a', { ref: 'b', sub: 'A' }],
    ['claim_pattern.url', 'https://a.b/', { url: 'https://a.b' }],
    ['issuer_pattern', 'https://a.b/', { iss: 'https://a.b' }],
    ['issuer', 'https://a.b//', { iss: 'https://a.b' }],
    ['audience_pattern', 'x.+', { aud: 'y' }],
  ])('is not there for %s: %j and %j', (field, expected, claims) =>
    expect(hint(field, expected, claims)).toBeUndefined(),
  );

  it.each([
    ['subjects', 'repo:o-o/my.app:ref:refs/heads/main', { sub }, `Write in subjects: ${sub}`],
    ['subjects', 'repo:o@1/r@2:ref:x', { sub: 'repo:o/r:ref:x' }, 'write in subjects: repo:o/r:ref:x'],
    ['subject_patterns', 'repo:o-o/[^:]+:ref:.*', { sub }, `Write in subjects, in place of subject_patterns: ${sub}`],
    [
      'subjects',
      'repo:o/*:ref:x',
      { sub: 'repo:o/r:ref:x' },
      "Write in subject_patterns, in place of subjects: 'repo:o/[^/:]+:ref:x'",
    ],
  ])('for an entry of %s, %j, and %j ends: %s', (field, entry, claims, end) => {
    expect(hint(field, JSON.stringify(['x', entry]), claims)?.endsWith(end)).toBe(true);
  });
});

describe('a hint on GitHub’s immutable subjects', () => {
  const sub = 'repo:octo-org@123/my.app@456:ref:refs/heads/main';

  it('gives the exact line to write', () => {
    expect(hint('subject', 'repo:octo-org/my.app:ref:refs/heads/main', { sub })).toContain(`Write: subject: ${sub}`);
    expect(hint('subject', 'repo:Octo-Org/my.app:ref:refs/heads/main', { sub })).toContain(`Write: subject: ${sub}`);
  });

  it('gives the line for a pattern, with everything else left as it is', () => {
    expect(hint('subject_pattern', '^repo:octo-org/my\\.app:ref:refs/heads/(main|dev)$', { sub })).toContain(
      "Write: subject_pattern: '^repo:octo-org@123/my\\.app@456:ref:refs/heads/(main|dev)$'",
    );
    expect(hint('subject_pattern', 'repo:octo-org/[^:]+:ref:.*', { sub: 'repo:octo-org@1/app@2:ref:x' })).toContain(
      'Write: subject: repo:octo-org@1/app@2:ref:x',
    );
  });

  it('quotes the line where YAML needs it', () => {
    expect(hint('subject', "repo:o/r:environment:it's #1", { sub: "repo:o@1/r@2:environment:it's #1" })).toContain(
      "Write: subject: 'repo:o@1/r@2:environment:it''s #1'",
    );
  });

  it('works in the other direction', () => {
    const named = { sub: 'repo:octo-org/app:ref:refs/heads/main' };
    expect(hint('subject', 'repo:octo-org@1/app@2:ref:refs/heads/main', named)).toContain(
      'or write: subject: repo:octo-org/app:ref:refs/heads/main',
    );
    expect(hint('subject_pattern', 'repo:octo-org@\\d+/app@2:ref:.+', named)).toContain(
      "or write: subject_pattern: 'repo:octo-org/app:ref:.+'",
    );
  });

  it('gives no line where the ids differ: that is another repository of the same name', () => {
    const text = hint('subject', 'repo:octo-org@1/app@2:ref:x', { sub: 'repo:octo-org@1/app@3:ref:x' });
    expect(text).toContain('another repository');
    expect(text).not.toContain('rite:');
  });

  it('is for GitHub’s issuer alone', () => {
    expect(hint('subject', 'repo:octo-org/my.app:ref:refs/heads/main', { sub, iss: 'https://a.b' })).toBeUndefined();
  });

  it('is not misled by another repository', () => {
    expect(hint('subject', 'repo:other/app:ref:refs/heads/main', { sub })).toBeUndefined();
    expect(hint('subject_pattern', 'repo:other/.*', { sub })).toBeUndefined();
  });
});

describe('a hint on patterns', () => {
  const sub = 'repo:o/r:ref:refs/heads/main';

  it('tells a regular expression in an exact field', () => {
    expect(hint('subject', 'repo:o/r:ref:.*', { sub })).toContain("Write: subject_pattern: 'repo:o/r:ref:.*'");
    expect(hint('audience', 'a|b.*', { aud: ['x', 'b1'] })).toContain('Write: audience_pattern:');
    expect(hint('subject', 'repo:x/y:ref:.*', { sub })).toBeUndefined();
  });

  it('tells a glob, in an exact field and in a pattern', () => {
    expect(hint('subject', 'repo:o/r:ref:refs/heads/*', { sub })).toContain(
      "Write: subject_pattern: 'repo:o/r:ref:refs/heads/[^/:]+'",
    );
    expect(hint('subject', 'repo:o/*', { sub })).toContain("Write: subject_pattern: 'repo:o/.+'");
    expect(hint('subject_pattern', 'repo:o/*:ref:refs/heads/*', { sub })).toContain(
      "'repo:o/[^/:]+:ref:refs/heads/[^/:]+'",
    );
    expect(hint('claim_pattern.ref', 'refs/heads/*', { ref: 'refs/heads/main' })).toContain(
      "Write: 'refs/heads/[^/:]+'",
    );
    expect(hint('subject_pattern', 'repo:x/*', { sub })).toBeUndefined();
  });
});

describe('a hint on the run', () => {
  it('tells a pull request from a branch', () => {
    expect(hint('subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o/r:pull_request' })).toContain('pull request');
    expect(hint('subject_pattern', 'repo:o/r:ref:refs/heads/.+', { sub: 'repo:o@1/r@2:pull_request' })).toContain(
      'pull request',
    );
  });

  it('tells an environment from a branch, with the line to write', () => {
    expect(hint('subject', 'repo:o/r:ref:refs/heads/main', { sub: 'repo:o/r:environment:Prod [EU]' })).toContain(
      "Write: subject: 'repo:o/r:environment:Prod [EU]'",
    );
  });
});

describe('a hint on spelling', () => {
  it('tells letters that differ only in case', () => {
    expect(hint('subject', 'repo:O/r:ref:x', { sub: 'repo:o/r:ref:x' })).toContain('case');
    expect(hint('subject_pattern', 'repo:O/.+', { sub: 'repo:o/r:ref:x' })).toContain('case');
    expect(hint('claim_pattern.actor', 'Me', { actor: 'me' })).toContain('case');
    expect(hint('issuer', 'https://A.b', { iss: 'https://a.b' })).toContain('case');
  });

  it('tells a slash at the end of an issuer', () => {
    expect(hint('issuer', 'https://a.b/', { iss: 'https://a.b' })).toContain('slash');
    expect(hint('issuer', 'https://a.b', { iss: 'https://a.b/' })).toContain('slash');
  });
});

describe('a hint on the audience', () => {
  it('shows what to request', () => {
    expect(hint('audience', 'sts.example.com', { aud: 'x' })).toContain('&audience=sts.example.com');
    expect(hint('audience', 'my own "one"', { aud: 'x' })).toContain('"my own \\"one\\""');
    expect(hint('audience_pattern', 'sts\\..+', { aud: 'x' })).toContain('&audience=sts.example.com');
    expect(hint('audience_pattern', 'other', { aud: 'x' })).toBeUndefined();
  });
});

describe('no hint', () => {
  it('is given for a field that matches', () => expect(hint('audience', 'x', { aud: 'y' }, true)).toBeUndefined());

  it('is given where nothing is recognized', () => {
    expect(hint('subject', 'a', { sub: 'b' })).toBeUndefined();
    expect(hint('issuer', 'https://a.b', { iss: 'https://c.d' })).toBeUndefined();
    expect(hint('claim_pattern.ref', 'a', {})).toBeUndefined();
  });

  it('breaks on hostile claims', () => {
    for (const sub of [
      '',
      '\n',
      'repo:',
      'repo:/:',
      `repo:${'('.repeat(500)}/${'['.repeat(400)}:x`,
      '\ud800',
      'repo:$&@1/$1@2:x',
    ]) {
      for (const expected of ['(', '*', '[', '\\', 'repo:.*', sub, '\ud800']) {
        expect(() =>
          ['subject', 'subject_pattern', 'claim_pattern.__proto__', 'audience'].map((field) =>
            hint(field, expected, { sub, aud: sub }),
          ),
        ).not.toThrow();
      }
    }
  });
});

describe('the work on hints', () => {
  it('is for texts of at most 1,000 characters', () => {
    expect(hint('subject', 'X'.repeat(1000), { sub: 'x'.repeat(1000) })).toContain('case');
    expect(hint('subject', 'X'.repeat(1001), { sub: 'x'.repeat(1001) })).toBeUndefined();
  });

  it('is for lists of at most 20 elements', () => {
    const elements = (count: number): string[] => Array.from({ length: count }, () => 'x');
    expect(hint('claim_pattern.groups', 'X', { groups: elements(20) })).toContain('case');
    expect(hint('claim_pattern.groups', 'X', { groups: elements(21) })).toBeUndefined();
  });

  it('is for the patterns that come first, where there are many', () => {
    const trials = new HintTrials();
    const claims = new Claims({ iss: ACTIONS_ISSUER, c: 'x'.repeat(200) });
    const field = { field: 'claim_pattern.c', expected: 'X{200}', actual: undefined, matched: false };
    const hints = Array.from({ length: 8 }, () => mismatchHint(field, claims, context, trials));
    expect(hints[0]).toContain('case');
    expect(hints.at(-1)).toBeUndefined();
  });

  it('is for a bounded size of all patterns together, and for few classes beyond ASCII in one', () => {
    const trials = (): HintTrials => new HintTrials();
    expect(trials().matches('[a]{1000}', ['a'.repeat(1000)])).toBe(true);
    expect(trials().matches('[a]{1000}b', [`${'a'.repeat(1000)}b`])).toBe(false);
    expect(trials().matches('(?i)[a-z]{999}', ['a'.repeat(999)])).toBe(true);
    expect(trials().matches('(?i)[a-cd-z]{999}', ['a'.repeat(999)])).toBe(false);
    expect(trials().matches('\\pL{4}', ['äöüß'])).toBe(true);
    expect(trials().matches('\\pL{5}', ['äöüßa'])).toBe(false);
    const spent = trials();
    expect([spent.matches('[a]{600}', ['a'.repeat(600)]), spent.matches('[a]{600}', ['a'.repeat(600)])]).toEqual([
      true,
      false,
    ]);
    expect(trials().matches('(', ['('])).toBe(false);
  });

  it.each<[field: string, expected: string, RawClaims, tried: readonly string[]]>([
    ['subject_pattern', 'x+', { sub: 'repo:o/r:ref:y' }, ['(?i:x+)']],
    ['claim_pattern.c', 'x+', { c: 'y' }, ['(?i:x+)']],
    ['audience', 'x', { aud: 'y' }, []],
  ])('tries no pattern that was tried before: for %s, %s and %j only %j', (field, expected, claims, tried) => {
    const trials = new HintTrials();
    const matches = jest.spyOn(trials, 'matches');
    mismatchHint(
      { field, expected, actual: undefined, matched: false },
      new Claims({ iss: ACTIONS_ISSUER, ...claims }),
      context,
      trials,
    );
    expect(matches.mock.calls.map(([source]) => source)).toEqual(tried);
  });

  it('shares the steps of one judgement', () => {
    const trials = new HintTrials();
    const costly = '(?:a?){100}b';
    const results = Array.from({ length: 9 }, () => trials.matches(costly, ['a'.repeat(500)]));
    expect(results).not.toContain(true);
    expect(trials.matches('a', ['a'])).toBe(false);
  });

  it('is none for an exact text that no pattern can be as long as', () => {
    expect(hint('audience', '('.repeat(60_000), { aud: 'x' })).toBeUndefined();
  });
});

describe('a field that was not tried to its end', () => {
  const untried = (reason: 'too-long' | 'too-costly'): string | undefined =>
    mismatchHint(
      { field: 'claim_pattern.c', expected: '.*', actual: 'x', matched: false, untried: reason },
      new Claims({ c: 'x' }),
      context,
      new HintTrials(),
    );

  it('says so', () => {
    expect(untried('too-long')).toBe(
      'A text of more than 1000 characters is not tried on a pattern, and does not match.',
    );
    expect(untried('too-costly')).toBe(
      'Trying the patterns of this policy on this token takes too many steps, so this field does not match. Use fewer counted repetitions such as {200}, or an exact text.',
    );
  });
});

describe('a hint on a list of subjects', () => {
  const sub = 'repo:octo-org@123/app@456:ref:refs/heads/main';
  const list = (...entries: readonly string[]): string => JSON.stringify(entries);

  it('is that of the first entry that has one, and names the list', () => {
    const subjects = list('repo:octo-org/lib:ref:refs/heads/main', 'repo:octo-org/app:ref:refs/heads/main');
    expect(hint('subjects', subjects, { sub })).toContain(`Write in subjects: ${sub}`);
    expect(hint('subject_patterns', list('x', '^repo:octo-org/app:ref:refs/heads/(main|dev)$'), { sub })).toContain(
      "Write in subject_patterns: '^repo:octo-org@123/app@456:ref:refs/heads/(main|dev)$'",
    );
  });

  it('names the other list where the slip is the list itself', () => {
    expect(hint('subjects', list('repo:octo-org@123/.+'), { sub })).toContain(
      "Write in subject_patterns, in place of subjects: 'repo:octo-org@123/.+'",
    );
  });

  it('is not there where no entry has one, nor beyond the first twenty', () => {
    expect(hint('subjects', list('a', 'b'), { sub })).toBeUndefined();
    const late = [...Array.from({ length: 20 }, (_, n) => `x${n}`), sub.toUpperCase()];
    expect(hint('subjects', list(...late), { sub })).toBeUndefined();
    expect(hint('subjects', list(...late.slice(1)), { sub })).toContain('another repository');
  });

  it('tells of a list that took too many steps', () => {
    const field = { field: 'subject_patterns', expected: list('a'), actual: 'b', matched: false };
    const claims = new Claims({ iss: ACTIONS_ISSUER, sub });
    expect(mismatchHint({ ...field, untried: 'too-costly' }, claims, context, new HintTrials())).toContain('steps');
  });
});
