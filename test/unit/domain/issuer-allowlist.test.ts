import { describe, expect, it } from '@jest/globals';
import {
  decideAllowlist,
  inlineKeysAdmitted,
  IssuerAllowlist,
  type AllowlistDecision,
  type AllowlistFields,
  type AllowlistReading,
} from '../../../src/domain/issuer-allowlist.ts';

const GOOGLE = 'https://accounts.google.com';
const rulesOf = { allowLoopbackHttp: false };

const compile = (fields: Partial<AllowlistFields>): ReturnType<typeof IssuerAllowlist.compile> =>
  IssuerAllowlist.compile({ issuers: [], issuerPatterns: [], ...fields }, rulesOf);
const rules = (fields: Partial<AllowlistFields>): readonly string[] => {
  const compiled = compile(fields);
  return compiled.kind === 'valid' ? [] : compiled.faults.map(({ rule }) => rule);
};
const present = (fields: Partial<AllowlistFields>): AllowlistReading => {
  const compiled = compile(fields);
  if (compiled.kind === 'invalid') throw new Error(compiled.faults.map(({ message }) => message).join(' '));
  return { kind: 'present', allowlist: compiled.allowlist };
};
const decide = (reading: AllowlistReading, issuer = GOOGLE): AllowlistDecision =>
  decideAllowlist(reading, issuer, { unreadable: 'allow' });

describe('the decision on an issuer', () => {
  it.each<[string, AllowlistReading, 'allow' | 'deny', AllowlistDecision]>([
    ['the file is absent', { kind: 'absent' }, 'deny', { kind: 'allowed', note: 'absent', enforcing: false }],
    ['no App can read it', { kind: 'unreadable' }, 'allow', { kind: 'allowed', note: 'unreadable', enforcing: false }],
    [
      'no App can read it and the operator denies',
      { kind: 'unreadable' },
      'deny',
      { kind: 'refused', reason: 'unreadable' },
    ],
    [
      'it lists the issuer',
      present({ issuers: [GOOGLE] }),
      'allow',
      { kind: 'allowed', note: 'listed', enforcing: true },
    ],
    [
      'it lists the issuer and audits',
      present({ issuers: [GOOGLE], mode: 'audit' }),
      'allow',
      { kind: 'allowed', note: 'listed', enforcing: false },
    ],
    [
      'it does not list the issuer',
      present({ issuers: ['https://a.b'] }),
      'allow',
      { kind: 'refused', reason: 'not_listed' },
    ],
    [
      'it does not list the issuer and audits',
      present({ issuers: ['https://a.b'], mode: 'audit' }),
      'allow',
      { kind: 'allowed', note: 'audit', enforcing: false },
    ],
    ['it is invalid', { kind: 'invalid' }, 'allow', { kind: 'invalid' }],
  ])('where %s', (_, reading, unreadable, decision) =>
    expect(decideAllowlist(reading, GOOGLE, { unreadable })).toEqual(decision),
  );
});

describe('inline keys', () => {
  it.each<[string, AllowlistReading, boolean, boolean]>([
    ['without a list', { kind: 'absent' }, true, true],
    ['where the list only audits', present({ issuers: [GOOGLE], mode: 'audit' }), true, true],
    ['where the list enforces', present({ issuers: [GOOGLE] }), false, true],
    ['for an issuer that is not listed', present({ issuers: ['https://a.b'] }), false, false],
    ['under an invalid list', { kind: 'invalid' }, false, false],
  ])('%s count outside the policy repository: %j, and in it: %j', (_, reading, outside, inside) => {
    expect(inlineKeysAdmitted(decide(reading), false)).toBe(outside);
    expect(inlineKeysAdmitted(decide(reading), true)).toBe(inside);
  });
});

describe('an issuer allowlist', () => {
  it('compares issuers byte for byte and patterns with the whole issuer', () => {
    const reading = present({
      issuers: ['https://tenant.auth0.com/'],
      issuerPatterns: ['https://a\\.com|https://b\\.com'],
    });
    const allowed = (issuer: string): boolean => decide(reading, issuer).kind === 'allowed';
    expect(['https://tenant.auth0.com/', 'https://a.com', 'https://b.com'].every(allowed)).toBe(true);
    expect(
      ['https://tenant.auth0.com', 'https://Tenant.auth0.com/', 'https://a.com.evil.com', 'xhttps://b.com', ''].some(
        allowed,
      ),
    ).toBe(false);
  });

  it('names every fault', () => {
    expect(rules({})).toEqual(['allowlist-empty']);
    expect(
      rules({ mode: 'ENFORCE', issuers: ['http://a.b', 'https://A.b', '', GOOGLE], issuerPatterns: ['(', '.', ''] }),
    ).toEqual([
      'allowlist-mode',
      'issuer-url',
      'issuer-url',
      'issuer-url',
      'pattern',
      'allowlist-pattern-reach',
      'pattern',
    ]);
  });

  it('has at most 64 issuers, and 16 patterns of 256 characters', () => {
    const issuers = (count: number): readonly string[] =>
      Array.from({ length: count }, (_, n) => `https://i${n}.example.com`);
    const issuerPatterns = (count: number): readonly string[] =>
      Array.from({ length: count }, (_, n) => `https://i${n}`);
    expect(rules({ issuers: issuers(64), issuerPatterns: issuerPatterns(16) })).toEqual([]);
    expect(rules({ issuers: issuers(65), issuerPatterns: issuerPatterns(17) })).toEqual([
      'allowlist-too-many',
      'allowlist-too-many',
    ]);
    expect(rules({ issuerPatterns: ['a'.repeat(256), '😀'.repeat(256)] })).toEqual([]);
    expect(rules({ issuerPatterns: ['a'.repeat(257)] })).toEqual(['pattern']);
  });

  it('looks into no pattern of a list that holds too many', () => {
    const patterns = (count: number): readonly string[] => ['(', ...Array.from({ length: count - 1 }, () => 'h')];
    expect(rules({ issuerPatterns: patterns(16) })).toEqual(['pattern']);
    expect(rules({ issuerPatterns: patterns(17) })).toEqual(['allowlist-too-many']);
  });

  it('says what is wrong, and where', () => {
    const faults = (fields: Partial<AllowlistFields>): readonly unknown[] => {
      const compiled = compile(fields);
      return compiled.kind === 'valid' ? [] : compiled.faults;
    };
    const list = (count: number): readonly string[] => Array.from({ length: count }, () => GOOGLE);
    expect(faults({ mode: 'audit' })).toEqual([
      { rule: 'allowlist-empty', path: [], message: 'The list must name at least one issuer or issuer pattern.' },
    ]);
    expect(faults({ mode: 'off', issuers: list(65), issuerPatterns: list(17) })).toEqual([
      { rule: 'allowlist-mode', path: ['mode'], message: 'mode can be enforce or audit, not "off".' },
      { rule: 'allowlist-too-many', path: ['issuers'], message: 'issuers names more than 64.' },
      { rule: 'allowlist-too-many', path: ['issuer_patterns'], message: 'issuer_patterns holds more than 16.' },
    ]);
    expect(
      faults({ issuers: [GOOGLE, 'http://a'], issuerPatterns: ['a', '', 'b'.repeat(257), '(', 'https://h/?'] }),
    ).toEqual([
      { rule: 'issuer-url', path: ['issuers', 1], message: 'Issuer "http://a" must start with https://.' },
      { rule: 'pattern', path: ['issuer_patterns', 1], message: 'Pattern 2 of issuer_patterns is empty.' },
      {
        rule: 'pattern',
        path: ['issuer_patterns', 2],
        message: 'Pattern 3 of issuer_patterns is longer than 256 characters.',
      },
      {
        rule: 'pattern',
        path: ['issuer_patterns', 3],
        message: expect.stringMatching(/^Pattern 4 of issuer_patterns .+\.$/),
      },
      {
        rule: 'allowlist-pattern-reach',
        path: ['issuer_patterns', 4],
        message: expect.stringMatching(/^Pattern 5 of issuer_patterns .+\.$/),
      },
    ]);
  });

  it('has patterns that come to no more together than they may', () => {
    expect(rules({ issuerPatterns: ['a{400}', 'b{400}'] })).toEqual([]);
    const compiled = compile({ issuerPatterns: ['a{400}', 'b{400}', 'c{400}', '('] });
    expect(compiled).toEqual({
      kind: 'invalid',
      faults: [
        {
          rule: 'policy-cost',
          path: ['issuer_patterns'],
          message: expect.stringMatching(/^The patterns together .+\.$/),
        },
      ],
    });
  });

  it('takes plain http on loopback where the rules do', () => {
    const compiled = IssuerAllowlist.compile(
      { issuers: ['http://localhost:1'], issuerPatterns: [] },
      { allowLoopbackHttp: true },
    );
    expect(compiled.kind).toBe('valid');
  });
});

describe('a pattern of an allowlist', () => {
  it.each([
    'https://h\\.com/id/[A-Z]+/x',
    'https://[a-z0-9-]+\\.example\\.com',
    'https://[^/]+\\.example\\.com',
    'https://(a\\.com/x|b\\.com/y)',
    'https://h\\.com(/a|/b)',
    'https:/{2}h\\.com',
    'https:(?:/){2}h',
    '(?i)https://h\\.com/[^/]*',
    'https://h\\.com\\x2fa',
    'https://h\\.com[/]a',
    '\\Qhttps://h.com/a\\E',
    '^https://h\\.com$',
    'https://h\\.com\\b/',
    'h*',
    'https://h(?:a/{0}b)?',
  ])('may be %s', (pattern) => expect(rules({ issuerPatterns: [pattern] })).toEqual([]));

  it.each([
    '.*',
    'https://.+\\.com',
    'https://h.com',
    '(?s).',
    'https://\\S+',
    'https://\\D',
    'https://\\W',
    '[^x]',
    '[^.]',
    '[.-9]',
    '[!-~]',
    '[/a]',
    '[[:punct:]]',
    '[[:graph:]]',
    '[[:print:]]',
    '[[:ascii:]]',
    '[[:^alpha:]]',
    '\\PL',
    '\\pP',
    '\\p{Po}',
    '\\p{Any}',
    '[^\\w]',
    '[\\W]',
    '[^\\d.]',
    '(?i)[+-k]',
    '[\\x2e-\\x30]',
    '[\\056-\\060]',
  ])('can not be %s, where a slash is one of several characters', (pattern) =>
    expect(rules({ issuerPatterns: [pattern] })).toEqual(['allowlist-pattern-reach']),
  );

  it.each([
    'https://h/?',
    'https://h/*',
    'https://h/+',
    'https://h(/a)?',
    'https://h(/a)*',
    'https://h(?:/|a)',
    'https://h(?:/a|b)',
    'https://h/{1,2}',
    'https://h/{2,}',
    'https://h(|/)',
    '(?U)https://h/*',
    'https://h(\\x2f)?',
    'https://h(?:\\Q/\\E)*',
    'https://h(?:[/]a)+',
    'https:(//)+h',
    'https://h(a|(b|/))',
    '(?:(?:/a)*b)*',
  ])('can not be %s, where the number of slashes is open', (pattern) =>
    expect(rules({ issuerPatterns: [pattern] })).toEqual(['allowlist-pattern-reach']),
  );

  it('is judged by what can match: a branch that ends nowhere does not count', () => {
    expect(rules({ issuerPatterns: ['https://h(?:/[^\\x00-\\x{10FFFF}])?'] })).toEqual([]);
  });
});
