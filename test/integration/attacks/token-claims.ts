import type { Json } from '../../support/json.ts';
import { DENIED, INVALID_TOKEN, UNTRUSTED_ISSUER, UNVERIFIED } from './attack.ts';
import type { Outcome } from './attack.ts';
import { claimsText, signedText, withClaims } from './forge.ts';
import type { Forge } from './forge.ts';
import type { TokenAttack } from './token-encoding.ts';

const HOUR = 3600;

type Value = Json | undefined;

function shown(value: Value): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
}

function claim(
  source: string,
  name: string,
  values: readonly (readonly [value: Value | ((forge: Forge) => Value), expected: Outcome, said?: string])[],
): TokenAttack[] {
  return values.map(([value, expected, said]) => ({
    source,
    title: `a signed token whose ${name} is ${said ?? (typeof value === 'function' ? 'odd' : shown(value))}`,
    token: (forge) => withClaims(forge, { [name]: typeof value === 'function' ? value(forge) : value }),
    expected,
  }));
}

function text(
  source: string,
  title: string,
  members: string | ((forge: Forge) => string),
  expected: Outcome,
): TokenAttack {
  return {
    source,
    title: `a signed token ${title}`,
    token: (forge) => signedText(forge, claimsText(forge, typeof members === 'string' ? members : members(forge))),
    expected,
  };
}

const TIMES: readonly TokenAttack[] = [
  ...claim('RFC 7519 §4.1.4', 'exp', [
    [undefined, UNVERIFIED],
    [null, UNVERIFIED],
    ['4102444800', UNVERIFIED],
    [true, UNVERIFIED],
    [[4102444800], UNVERIFIED],
    [{ value: 4102444800 }, UNVERIFIED],
    ['2100-01-01T00:00:00Z', UNVERIFIED],
    [0, UNVERIFIED],
    [-1, UNVERIFIED],
    [({ now }) => now - 31, UNVERIFIED, '31 seconds ago, one beyond the tolerance'],
    [({ now }) => now - HOUR, UNVERIFIED, 'an hour ago'],
  ]),
  text('RFC 7519 §2, NumericDate', 'that never expires: exp is 1e400', '"exp":1e400', UNVERIFIED),
  text('RFC 7519 §2, NumericDate', 'whose exp is -1e400', '"exp":-1e400', UNVERIFIED),
  text('RFC 7519 §2, NumericDate', 'whose exp is -0', '"exp":-0', UNVERIFIED),
  text('RFC 7519 §4', 'with two times of expiry, the last one past', '"exp":1', UNVERIFIED),
  ...claim('RFC 7519 §4.1.5', 'nbf', [
    [null, UNVERIFIED],
    ['0', UNVERIFIED],
    [true, UNVERIFIED],
    [[0], UNVERIFIED],
    [{}, UNVERIFIED],
    [({ now }) => now + 60, UNVERIFIED, 'a minute ahead'],
    [({ now }) => now + HOUR, UNVERIFIED, 'an hour ahead'],
  ]),
  text('RFC 7519 §2, NumericDate', 'whose nbf is 1e400', '"nbf":1e400', UNVERIFIED),
  ...claim('RFC 7519 §4.1.6', 'iat', [
    [null, UNVERIFIED],
    ['0', UNVERIFIED],
    [false, UNVERIFIED],
    [[1], UNVERIFIED],
    [{}, UNVERIFIED],
    [({ now }) => now + 120, UNVERIFIED, 'two minutes ahead'],
  ]),
  text('RFC 7519 §2, NumericDate', 'whose iat is 1e400', '"iat":1e400', UNVERIFIED),
];

const SUBJECTS: readonly TokenAttack[] = [
  ...claim('OIDC Core §2, sub', 'sub', [
    [undefined, UNVERIFIED],
    [null, UNVERIFIED],
    ['', DENIED],
    [42, UNVERIFIED],
    [true, UNVERIFIED],
    [['build-farm'], UNVERIFIED],
    [{ sub: 'build-farm' }, UNVERIFIED],
  ]),
  ...claim('RFC 7519 §4.1.2', 'sub', [
    ['Build-Farm', DENIED],
    ['BUILD-FARM', DENIED],
    [' build-farm', DENIED],
    ['build-farm ', DENIED],
    ['build-farm2', DENIED],
    ['xbuild-farm', DENIED],
    ['build', DENIED],
    ['build-farm,other', DENIED],
    ['build%2Dfarm', DENIED],
    ['*', DENIED],
    ['.*', DENIED],
    ['build.farm', DENIED],
  ]),
  ...claim('RFC 8265 §1, comparison of identifiers', 'sub', [
    ['build\u2010farm', DENIED, 'the same but for a typographer’s hyphen'],
    ['build\u00adfarm', DENIED, 'the same but for a soft hyphen'],
    ['bu\u0456ld-farm', DENIED, 'the same but for a Cyrillic letter'],
    ['\uff42uild-farm', DENIED, 'the same but for a letter of full width'],
    ['build-farm\u200b', DENIED, 'the same but for a space of no width'],
    ['\u202ebuild-farm', DENIED, 'the same but for a mark that turns the direction of text'],
    ['\ufeffbuild-farm', DENIED, 'the same but for a byte order mark'],
    ['build-farm\ud800', DENIED, 'the same but for half of a surrogate pair'],
  ]),
  ...claim('OWASP ASVS 4.0 §5.1.4', 'sub', [
    ['build-farm\u0000', DENIED],
    ['build-farm\n', DENIED],
    ['build-farm\r\n', DENIED],
    ['evil\nbuild-farm', DENIED],
    ['build-farm\t', DENIED],
    ['build-farm\u007f', DENIED],
    ['build-farm\u0085', DENIED, 'followed by a control character beyond ASCII'],
    ['build-farm\u2028', DENIED, 'followed by a separator of lines'],
    ['x'.repeat(1001), DENIED],
  ]),
];

const AUDIENCES: readonly TokenAttack[] = [
  ...claim('RFC 7519 §4.1.3', 'aud', [
    [undefined, UNVERIFIED],
    [null, UNVERIFIED],
    [1, UNVERIFIED],
    [true, UNVERIFIED],
    [{ aud: 'acme-builds' }, UNVERIFIED],
    [[['acme-builds']], UNVERIFIED],
    [['acme-builds', 1], UNVERIFIED],
    [['acme-builds', null], UNVERIFIED],
    ['', DENIED],
    [[], DENIED],
    [['other'], DENIED],
  ]),
  ...claim('RFC 8725 §3.9', 'aud', [
    ['ACME-BUILDS', DENIED],
    ['acme-builds ', DENIED],
    ['acme-builds/', DENIED],
    ['https://acme-builds', DENIED],
    ['acme-builds other', DENIED],
    ['acme-builds,other', DENIED],
    ['acme', DENIED],
    ['acme-builds.evil.example', DENIED],
    ['*', DENIED],
    ['sts.example.com', DENIED],
  ]),
];

const NESTED: readonly TokenAttack[] = [
  text('RFC 7519 §4', 'with its subject twice, the last one of somebody else', '"sub":"x"', DENIED),
  {
    source: 'RFC 7519 §4',
    title: 'a signed token that has its subject from __proto__ alone',
    token: (forge) => signedText(forge, withoutSubject(forge, '"__proto__":{"sub":"build-farm"}')),
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7519 §4',
    title: 'a signed token that has its subject from constructor alone',
    token: (forge) => signedText(forge, withoutSubject(forge, '"constructor":{"prototype":{"sub":"build-farm"}}')),
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7519 §4',
    title: 'a signed token whose claims stand one level too deep',
    token: (forge) => withClaims(forge, { sub: undefined, claims: { sub: 'build-farm' } }),
    expected: UNVERIFIED,
  },
  {
    source: 'RFC 7519 §5.3',
    title: 'a signed token that has its claims in the header alone',
    token: (forge) => signedText(forge, withoutSubject(forge, '"x":1'), headerWithClaims(forge)),
    expected: UNVERIFIED,
  },
  text(
    'RFC 8725 §3.8',
    'with two issuers, the last one unknown',
    '"iss":"https://issuer.example.com"',
    UNTRUSTED_ISSUER,
  ),
];

function withoutSubject({ claims }: Forge, members: string): string {
  return `${JSON.stringify({ ...claims, sub: undefined }).slice(0, -1)},${members}}`;
}

function headerWithClaims({ key, claims }: Forge): string {
  return JSON.stringify({ alg: 'RS256', kid: key.kid, ...claims });
}

const ISSUERS: readonly TokenAttack[] = [
  ...claim('RFC 7519 §4.1.1', 'iss', [
    [undefined, INVALID_TOKEN],
    [null, INVALID_TOKEN],
    ['', INVALID_TOKEN],
    [7, INVALID_TOKEN],
    [({ issuer }) => [issuer], INVALID_TOKEN, 'a list with the right one'],
    [({ issuer }) => ({ iss: issuer }), INVALID_TOKEN, 'an object with the right one'],
    [({ issuer }) => `${issuer}/`, UNTRUSTED_ISSUER, 'the right one and a slash'],
    [({ issuer }) => `${issuer}/x`, UNTRUSTED_ISSUER, 'the right one and a path'],
    [({ issuer }) => issuer.toUpperCase(), INVALID_TOKEN, 'the right one in capitals'],
    [({ issuer }) => issuer.replace('127.0.0.1', 'localhost'), UNTRUSTED_ISSUER, 'the same host by name'],
    [({ issuer }) => ` ${issuer}`, INVALID_TOKEN, 'the right one behind a blank'],
    [({ issuer }) => `${issuer}#x`, INVALID_TOKEN, 'the right one and a fragment'],
    [({ issuer }) => `${issuer}?x`, INVALID_TOKEN, 'the right one and a query'],
    [({ issuer }) => `${issuer}\u0000`, INVALID_TOKEN, 'the right one and a NUL'],
  ]),
];

export const TOKEN_CLAIMS: readonly TokenAttack[] = [...TIMES, ...SUBJECTS, ...AUDIENCES, ...NESTED, ...ISSUERS];

/** Where a policy names no audience, it is this service's own (`sts.example.com`). */
export const SERVICE_AUDIENCES: readonly string[] = [
  'http://sts.example.com',
  'https://sts.example.com/',
  'https://sts.example.com:443',
  'STS.example.com',
  'sts.example.com.',
  'sts.example.com.evil.example',
  'evil.sts.example.com',
  'example.com',
  '*.example.com',
  '*',
  'https://github.com/acme',
  'sts\u2024example.com',
];
