import { describe, expect, it } from '@jest/globals';
import { Claims, claimTexts, type RawClaims } from '../../../src/domain/claims.ts';

describe('claims', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'hold no %s unless the token does',
    (name) => {
      expect(new Claims({}).get(name)).toBeUndefined();
      const own = JSON.parse(`{"${name}": "x"}`) as RawClaims;
      expect(new Claims(own).get(name)).toBe('x');
    },
  );

  it('give text for strings alone', () => {
    const claims = new Claims({ a: 'x', b: 7, c: ['x'], d: null });
    expect(['a', 'b', 'c', 'd', 'e'].map((name) => claims.text(name))).toEqual([
      'x',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(claims.names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('have an empty issuer where iss is no string', () => {
    expect(new Claims({ iss: 'https://a.b' }).issuer).toBe('https://a.b');
    expect(new Claims({ iss: 7 }).issuer).toBe('');
  });

  it('give the audience as a list of its strings', () => {
    expect(new Claims({ aud: 'a' }).audiences).toEqual(['a']);
    expect(new Claims({ aud: ['a', 1, null, 'b', ['c']] }).audiences).toEqual(['a', 'b']);
    expect(new Claims({ aud: { a: 'b' } }).audiences).toEqual([]);
    expect(new Claims({}).audiences).toEqual([]);
  });
});

describe('the lifetime of a token', () => {
  const NOW = 1_800_000_000;

  it.each<[string, RawClaims, number | undefined]>([
    ['from its issue to its end', { iat: NOW - 60, exp: NOW + 240 }, 300],
    ['from its issue to its end, though it was issued in the future', { iat: NOW + 60, exp: NOW + 240 }, 180],
    ['from now on where it does not say when it was issued', { exp: NOW + 240 }, 240],
    ['not known where it does not say when it ends', { iat: NOW }, undefined],
    ['not known where the end is no number', { iat: NOW, exp: String(NOW + 240) }, undefined],
    ['not known where the issue is no number', { iat: String(NOW), exp: NOW + 240 }, undefined],
  ])('is %s', (_, raw, seconds) => expect(new Claims(raw).lifetimeSeconds(NOW)).toBe(seconds));
});

describe('a subject', () => {
  const subject = (sub: RawClaims[string]): string | undefined => new Claims({ sub }).subject;

  it('has 1 to 1,000 code points', () => {
    expect(subject('')).toBeUndefined();
    expect(subject('a'.repeat(1000))).toHaveLength(1000);
    expect(subject('a'.repeat(1001))).toBeUndefined();
    expect(subject('😀'.repeat(1000))).toHaveLength(2000);
    expect(subject('😀'.repeat(1001))).toBeUndefined();
    expect(subject('\uffff'.repeat(1001))).toBeUndefined();
  });

  it.each(['\n', '\r', '\t', '\0', '\u001f', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029'])(
    'has no %j',
    (character) => expect(subject(`a${character}b`)).toBeUndefined(),
  );

  it.each([' ', '[', ']', '(', 'é', '\u00a0', '😀'])('may have %j', (character) =>
    expect(subject(`a${character}b`)).toBe(`a${character}b`),
  );

  it.each([7, true, null, ['a'], { a: 'b' }])('is no %j', (value) => expect(subject(value)).toBeUndefined());
});

describe('the texts of a claim', () => {
  it.each([
    ['x', ['x']],
    [true, ['true']],
    [false, ['false']],
    [0, ['0']],
    [-0, ['0']],
    [1e3, ['1000']],
    [2 ** 53 - 1, ['9007199254740991']],
    [-(2 ** 53 - 1), ['-9007199254740991']],
    [2 ** 53, []],
    [1.5, []],
    [1e21, []],
    [null, []],
    [undefined, []],
    [{ a: 'b' }, []],
    [
      ['a', 1, true, null, { b: 'c' }, ['d'], 1.5],
      ['a', '1', 'true'],
    ],
  ])('of %j are %j', (value, texts) => expect(claimTexts(value)).toEqual(texts));
});
