import { describe, expect, it } from '@jest/globals';
import { touchesPolicies, watchedFile } from '../../../src/domain/watched-files.ts';

describe('a watched file', () => {
  it.each([
    ['.github/chainguard/a.sts.yaml', 'a.sts.yaml'],
    ['.github/chainguard/a.sts.yml', 'a.sts.yml'],
    ['.github/chainguard/trusted-token-issuers.yaml', undefined],
    ['.github/chainguard/sub/a.sts.yaml', undefined],
    ['.github/chainguard/a.yaml', undefined],
    ['a.sts.yaml', undefined],
    ['.github/chainguardx/a.sts.yaml', undefined],
  ])('in an ordinary repository: %s', (path, name) => expect(watchedFile(path, 'app', '.github')).toBe(name));

  it('is the issuer allowlist too in the policy repository, in any letters’ case', () => {
    expect(watchedFile('.github/chainguard/trusted-token-issuers.yaml', '.GitHub', '.github')).toBe(
      'trusted-token-issuers.yaml',
    );
  });
});

describe('a change that can touch policies', () => {
  it.each(['.github', '.github/chainguard', '.github/chainguard/a.sts.yaml', '.github/chainguard/x/y'])(
    'is one of %s',
    (path) => expect(touchesPolicies(path)).toBe(true),
  );
  it.each(['.github/workflows/ci.yaml', 'chainguard/a', '.github/chainguard2/a', 'README.md'])(
    'is none of %s',
    (path) => expect(touchesPolicies(path)).toBe(false),
  );
});
