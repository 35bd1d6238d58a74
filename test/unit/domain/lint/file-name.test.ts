import { describe, expect, it } from '@jest/globals';
import { fileName, lintFileName } from '../../../../src/domain/lint/file-name.ts';
import { doubts, inRepository, ofGoogle } from './linting.ts';

describe('a file’s name', () => {
  const ruleOf = (name: string): string | undefined => lintFileName(`.github/chainguard/${name}`)[0]?.rule;

  it.each(['.sts.yaml', '-a.sts.yaml', 'a..b.sts.yaml', 'ä.sts.yaml', 'a b.sts.yaml', `${'a'.repeat(129)}.sts.yaml`])(
    'is no identity: %s',
    (name) => expect(ruleOf(name)).toBe('file-name'),
  );

  it.each([
    'a.sts.yaml',
    'a.b-c_d.sts.yaml',
    `${'a'.repeat(128)}.sts.yaml`,
    'trusted-token-issuers.yaml',
    '-README.md',
  ])('is fine: %s', (name) => expect(ruleOf(name)).toBeUndefined());

  it.each(['docs/-a.sts.yaml', '.github/workflows/x/-a.sts.yaml'])('counts in the policies’ folder alone: %s', (path) =>
    expect(lintFileName(path)).toEqual([]),
  );

  it('is judged as a rule too', () => {
    expect(doubts(fileName, ofGoogle())).toEqual([]);
    const odd = { ...inRepository, path: '.github/chainguard/-a.sts.yaml' };
    expect(doubts(fileName, ofGoogle(), odd)).toEqual([
      {
        rule: 'file-name',
        severity: 'warning',
        path: [],
        message: 'No request can name "-a.sts.yaml": its name is no identity.',
        advice: 'Use letters, digits, ".", "_" and "-", begin with a letter or digit, and avoid "..".',
      },
    ]);
  });
});
