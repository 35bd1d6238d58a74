import { describe, expect, it } from '@jest/globals';
import { touchesPolicies, unreadFileFault, watchedFile } from '../../../src/domain/watched-files.ts';

describe('a watched file', () => {
  it.each([
    ['.github/chainguard/a.sts.yaml', 'a.sts.yaml'],
    ['.github/chainguard/a.sts.yml', 'a.sts.yml'],
    ['.github/chainguard/A.STS.YAML', 'A.STS.YAML'],
    ['.github/chainguard/Trusted-Token-Issuers.yaml', undefined],
    ['.github/chainguard/guardrails.yml', undefined],
    ['.github/chainguard/trusted-token-issuers.yaml', undefined],
    ['.github/chainguard/sub/a.sts.yaml', undefined],
    ['.github/chainguard/a.yaml', undefined],
    ['a.sts.yaml', undefined],
    ['.github/chainguardx/a.sts.yaml', undefined],
    ['.github/workflows2/a.sts.yaml', undefined],
    ['.github/chainguard/.sts.yaml.txt', undefined],
  ])('in an ordinary repository: %s', (path, name) => expect(watchedFile(path, 'app', '.github')).toBe(name));

  it('is the issuer allowlist too in the policy repository, in any letters’ case', () => {
    expect(watchedFile('.github/chainguard/trusted-token-issuers.yaml', '.GitHub', '.github')).toBe(
      'trusted-token-issuers.yaml',
    );
  });
});

describe('in the policy repository a file that its author takes for a list', () => {
  it.each([
    'trusted-token-issuers.yml',
    'Trusted-Token-Issuers.yaml',
    'TRUSTED-TOKEN-ISSUERS.YML',
    'guardrails.yml',
    'Guardrails.yaml',
    'guardrails.yaml',
  ])('is judged: %s', (name) => expect(watchedFile(`.github/chainguard/${name}`, '.github', '.github')).toBe(name));

  it.each(['trusted-issuers.yaml', 'guardrails.json', 'README.md'])('is not: %s', (name) =>
    expect(watchedFile(`.github/chainguard/${name}`, '.github', '.github')).toBeUndefined(),
  );
});

describe('a name that no exchange reads', () => {
  it.each([
    ['a.sts.yml', 'a.sts.yaml'],
    ['A.STS.YML', 'A.sts.yaml'],
    ['a.b.Sts.yaml', 'a.b.sts.yaml'],
    ['a.sts.yml.sts.yml', 'a.sts.yml.sts.yaml'],
    ['trusted-token-issuers.yml', 'trusted-token-issuers.yaml'],
    ['Trusted-Token-Issuers.yaml', 'trusted-token-issuers.yaml'],
    ['guardrails.yml', 'guardrails.yaml'],
    ['GuardRails.yaml', 'guardrails.yaml'],
    ['GUARDRAILS.YML', 'guardrails.yaml'],
  ])('is %s, and the one to write is %s', (name, intended) => {
    expect(unreadFileFault(name)).toEqual({
      rule: 'file-suffix',
      path: [],
      message: `No exchange reads "${name}": names count letter by letter, and end in .yaml.`,
      advice: `Rename it to ${intended}.`,
    });
  });

  it.each([
    'a.sts.yaml',
    'A.sts.yaml',
    'trusted-token-issuers.yaml',
    'guardrails.yaml',
    'README.md',
    'a.yaml',
    'a.sts.ymlx',
    'guardrails.ymlx',
  ])('is not %s', (name) => expect(unreadFileFault(name)).toBeUndefined());
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
