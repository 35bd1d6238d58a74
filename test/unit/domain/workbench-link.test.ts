import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  GITHUB_COM,
  MAX_LINK_CHARACTERS,
  readWorkbenchFragment,
  workbenchFragment,
} from '../../../src/domain/workbench-link.ts';

const POLICY = "issuer: https://issuer.example.com\nsubject_pattern: 'a(b|c)*_!~'\n";

describe('a link to the workbench', () => {
  it('carries policy, scope and identity in its fragment, and back', () => {
    const contents = { policy: POLICY, scope: 'acme/app', identity: 'deploy' };
    const fragment = workbenchFragment(contents) ?? '';
    expect(fragment).toMatch(/^#policy=issuer%3A%20https.+&scope=acme%2Fapp&identity=deploy$/);
    expect(readWorkbenchFragment(fragment)).toEqual(contents);
  });

  it('carries another GitHub server, and no address that is none', () => {
    const github = 'https://ghe.acme.dev/api/v3';
    const fragment = workbenchFragment({ scope: 'acme', github }) ?? '';
    expect(fragment).toBe('#scope=acme&github=https%3A%2F%2Fghe.acme.dev%2Fapi%2Fv3');
    expect(readWorkbenchFragment(fragment)).toEqual({ scope: 'acme', github });
    for (const address of ['javascript:alert(1)', 'http://ghe.acme.dev/api/v3', 'https://a@b.dev/api/v3', 'x'])
      expect(readWorkbenchFragment(`#scope=acme&github=${encodeURIComponent(address)}`)).toEqual({ scope: 'acme' });
  });

  it('carries a server of this machine to a service of this machine alone', () => {
    const fragment = workbenchFragment({ github: 'http://127.0.0.1:8790' }) ?? '';
    expect([readWorkbenchFragment(fragment).github, readWorkbenchFragment(fragment, true).github]).toEqual([
      undefined,
      'http://127.0.0.1:8790',
    ]);
  });

  it('says only what is known', () => {
    expect(workbenchFragment({ scope: 'acme' })).toBe('#scope=acme');
    expect(GITHUB_COM).toBe('https://api.github.com');
    expect(workbenchFragment({ scope: 'acme', policy: '' })).toBe('#scope=acme');
  });

  it('holds nothing that Markdown, HTML or a shell reads, and comes back as it was, for any policy', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (policy) => {
        const fragment = workbenchFragment({ policy });
        expect(fragment).toMatch(/^#policy=[A-Za-z0-9.%-]+$/);
        expect(readWorkbenchFragment(fragment ?? '').policy).toBe(policy);
      }),
    );
  });

  it('writes half a surrogate pair, which no URL can hold, as a replacement character', () => {
    expect(readWorkbenchFragment(workbenchFragment({ policy: 'a\ud800b' }) ?? '').policy).toBe('a\ufffdb');
  });

  it('escapes in capital letters, as browsers do', () => {
    expect(workbenchFragment({ policy: "*'~" })).toBe('#policy=%2A%27%7E');
  });

  it('is made of a policy with names that only begin as a token does', () => {
    for (const policy of ['ghs_short', 'github_pat_short', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3M']) {
      expect(workbenchFragment({ policy })).toBe(`#policy=${policy.replaceAll('_', '%5F')}`);
    }
  });

  it('is not made where it would be too long', () => {
    const length = MAX_LINK_CHARACTERS - '#policy='.length;
    expect(workbenchFragment({ policy: 'x'.repeat(length) })).toHaveLength(MAX_LINK_CHARACTERS);
    expect(workbenchFragment({ policy: 'x'.repeat(length + 1) })).toBeUndefined();
    expect(workbenchFragment({ policy: 'xxx' }, 10)).toBeUndefined();
  });

  it.each([
    'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EifQ.c2ln',
    `ghs_${'a'.repeat(36)}`,
    `github_pat_${'1'.repeat(30)}`,
  ])('is not made of a policy with a token in it: %s', (token) => {
    expect(workbenchFragment({ policy: `# ${token}\n${POLICY}` })).toBeUndefined();
  });
});

describe('a fragment that a stranger wrote', () => {
  it('is read up to the length of the largest policy, each of its characters escaped', () => {
    const length = 3 * 65_536 + 1000;
    const policy = 'x'.repeat(length - '#policy='.length);
    expect(readWorkbenchFragment(`#policy=${policy}`)).toEqual({ policy });
    expect(readWorkbenchFragment(`#policy=${policy}x`)).toEqual({});
  });

  it('has one # at its beginning, which is no part of it', () => {
    expect(readWorkbenchFragment('policy=a#b')).toEqual({ policy: 'a#b' });
    expect(readWorkbenchFragment('policy')).toEqual({});
  });

  it.each([
    '',
    '#',
    '#workbench',
    '#policy',
    '#policy=',
    '#policy=%',
    '#policy=%E0%A4',
    '#scope=acme/../x&identity=../../etc/passwd',
    '#scope=%3Cscript%3E&identity=a b',
    '#__proto__=x&constructor=y',
    '#token=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EifQ.c2ln&claims=%7B%7D',
    `#policy=${'x'.repeat(200_000)}`,
  ])('that holds nothing of use gives nothing: %.60s', (fragment) => {
    expect(readWorkbenchFragment(fragment)).toEqual({});
  });

  it('gives any text as a policy, for that is for the linter to judge', () => {
    const text = '<img src=x onerror=alert(1)>\u202e';
    expect(readWorkbenchFragment(`#policy=${encodeURIComponent(text)}`)).toEqual({ policy: text });
  });
});
