import { describe, expect, it } from '@jest/globals';
import { hiddenCharacter } from '../../../../src/domain/lint/hidden-character.ts';
import { bySubject, claim, doubts, ofGoogle } from './linting.ts';

const MAIN = 'repo:acme/app:ref:refs/heads/main';

describe('the rule hidden-character', () => {
  it.each([
    ['a space at the end', `${MAIN} `, MAIN, 'begins or ends with a space'],
    ['a no-break space', `${MAIN}\u00a0`, MAIN, 'U+00A0'],
    ['a character without width', `repo:acme/\u200bapp:ref:refs/heads/main`, MAIN, 'U+200B'],
    ['a byte order mark', `\ufeff${MAIN}`, MAIN, 'U+FEFF'],
    ['a long dash', 'repo:acme/my\u2013app:pull_request', 'repo:acme/my-app:pull_request', 'U+2013'],
    ['curly quotes', `x\u2019s`, "x's", 'U+2019'],
    ['curly quotes on both sides', '\u2018x\u2019', "'x'", 'U+2018'],
    ['double ones', '\u201cx\u201d', '"x"', 'U+201C'],
    ['spaces on both sides, and none within', '  a b  ', 'a b', 'begins or ends with a space'],
    ['a no-break space within', 'a\u00a0b', 'a b', 'U+00A0'],
    ['a space at the end of a text as long as any', `${'x'.repeat(1999)} `, 'x'.repeat(1999), 'with a space'],
  ])('finds %s, says which, and repairs it', (_, text, meant, what) => {
    const [doubt] = doubts(hiddenCharacter, { subject: text });
    expect(doubt).toMatchObject({ severity: 'warning', path: ['subject'], repair: { value: meant } });
    expect(doubt?.message).toContain(what);
  });

  it('says the line to write, at its place', () => {
    const value = 'repo:acme/app:pull_request';
    expect(doubts(hiddenCharacter, { subject: `${value}\u200b` })).toEqual([
      {
        rule: 'hidden-character',
        severity: 'warning',
        path: ['subject'],
        message: `subject holds U+200B, which can't be seen: "${value}?" is not the text that it seems to be.`,
        advice: `Write: subject: ${value}`,
        repair: { path: ['subject'], value },
      },
    ]);
    const [listed] = doubts(hiddenCharacter, { subject: undefined, subjects: ['x', `${value} `] });
    expect([listed?.path, listed?.advice]).toEqual([['subjects', 1], `Write: - ${value}`]);
  });

  it.each(['repo:\u0430cme/app:pull_request', 'repo:acme\u03bf/app:pull_request'])(
    'finds a letter of another alphabet in a Latin name: %j, which only its author can replace',
    (subject) => {
      const [doubt] = doubts(hiddenCharacter, { subject });
      expect([doubt?.rule, doubt?.advice, doubt?.repair]).toEqual([
        'hidden-character',
        'Type the name again, in Latin letters.',
        undefined,
      ]);
      expect(doubt?.message).toMatch(/U\+0[34][0-9A-F]{2}, which looks like another/);
    },
  );

  it('looks at patterns, claims and issuers', () => {
    expect(doubts(hiddenCharacter, bySubject('repo:a/b:.+ '))).toMatchObject([{ path: ['subject_pattern'] }]);
    const policy = ofGoogle({ issuer: ' https://accounts.google.com', claimPatterns: claim('email', 'a\u00a0b') });
    expect(doubts(hiddenCharacter, policy).map(({ path }) => path.join('.'))).toEqual([
      'issuer',
      'claim_pattern.email',
    ]);
  });

  it.each([
    'repo:acme/app:environment:production eu',
    'repo:a/b:environment:\u{1f469}\u200d\u{1f4bb}',
    'repo:a/b:ref:refs/heads/\u0434\u043e\u043c',
    'repo:a/b:environment:M\u00fcnchen',
    `x${'\u00a0'.repeat(3000)}`,
  ])('leaves alone what people mean, and what no token has anyway: %j', (subject) =>
    expect(doubts(hiddenCharacter, { subject })).toEqual([]),
  );
});
