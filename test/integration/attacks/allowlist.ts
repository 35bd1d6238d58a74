import type { Outcome } from './attack.ts';
import { UNTRUSTED_ISSUER } from './attack.ts';

const INVALID_LIST: Outcome = [403, 'issuer_allowlist_invalid'];

/** A list of issuers that must not let the token's issuer in; `ISSUER` stands for it, `PATTERN` and `HOST` for it and for its host with
 * the port, with escaped dots. */
export interface AllowlistAttack {
  readonly source: string;
  readonly title: string;
  readonly list: string;
  readonly expected: Outcome;
}

function row(
  title: string,
  list: string,
  expected: Outcome,
  source = 'spec, organization issuer allowlist',
): AllowlistAttack {
  return { source, title, list, expected };
}

const REACH = 'CWE-185, patterns of URLs';

export const ALLOWLISTS: readonly AllowlistAttack[] = [
  ...['ISSUER/', 'ISSUER/x', 'https://issuer.example.com', 'http://localhost:1', 'https://127-0-0-1.example.com'].map(
    (issuer) => row(`lists ${issuer} alone`, `issuers: ['${issuer}']\n`, UNTRUSTED_ISSUER, 'RFC 7519 §4.1.1'),
  ),
  ...['PATTERNx', 'xPATTERN', 'PATTERN/[a-z]+', 'https://[a-z]+', '(?i)HTTP://evil[0-9]', 'PATTERN)|(?:y'].map(
    (pattern) =>
      row(
        `has the pattern ${pattern}, which is not the whole issuer`,
        `issuer_patterns: ['${pattern}']\n`,
        pattern.includes(')|(') ? INVALID_LIST : UNTRUSTED_ISSUER,
        'GHSA-mwqh-2vg8-rhj3',
      ),
  ),
  ...[
    '.*',
    'http.*',
    'http://.*',
    'http://.+/x',
    'http://\\S+',
    'http://[^x]+',
    'http://[.-9]+',
    'http:/+HOST',
    'http:(//)?HOST',
    'http://HOST/?',
    'http://HOST(/x|y)',
    'http://HOST(/x)*',
    'http://(HOST|x/HOST)',
    '(?s)http://.',
    'http://[[:graph:]]+',
    'http://\\W+',
    'http://\\x2f?HOST',
    'http://[^\\x00]+',
    'http://\\PL+',
    'http://(?:HOST/)?',
  ].map((pattern) =>
    row(
      `has the pattern ${pattern}, which can stretch past the host`,
      `issuer_patterns: ['${pattern}']\n`,
      INVALID_LIST,
      REACH,
    ),
  ),
  ...(
    [
      ['is empty', ''],
      ['is a list', '- ISSUER\n'],
      ['is a text', 'ISSUER\n'],
      ['names nobody', 'mode: enforce\n'],
      ['has empty lists', 'issuers: []\nissuer_patterns: []\n'],
      ['has a text where the list belongs', 'issuers: ISSUER\n'],
      ['has an unknown mode', "mode: off\nissuers: ['ISSUER']\n"],
      ['has a mode in capitals', "mode: AUDIT\nissuers: ['ISSUER']\n"],
      ['has an unknown key', "issuers: ['ISSUER']\nexcept: []\n"],
      ['has its issuers twice', "issuers: ['https://a.example.com']\nissuers: ['ISSUER']\n"],
      ['has a second document', "issuers: ['https://a.example.com']\n---\nissuers: ['ISSUER']\n"],
      ['merges another map', "<<: { issuers: ['ISSUER'] }\n"],
      ['has an issuer of plain http', "issuers: ['http://a.example.com']\n"],
      ['has an issuer with a host in capitals', "issuers: ['https://A.example.com']\n"],
      ['has an issuer that is a number', 'issuers: [7]\n'],
      ['has an issuer that is null', 'issuers: [null]\n'],
      ['has an issuer that is an address', "issuers: ['https://10.0.0.1']\n"],
      [
        'has 65 issuers',
        `issuers: [${Array.from({ length: 65 }, (_, i) => `'https://i${i}.example.com'`).join(', ')}]\n`,
      ],
      ['has 17 patterns', `issuer_patterns: [${Array.from({ length: 17 }, (_, i) => `'https://i${i}'`).join(', ')}]\n`],
      ['has a pattern of 257 characters', `issuer_patterns: ['https://${'a'.repeat(249)}']\n`],
      ['has an empty pattern', "issuer_patterns: ['']\n"],
      ['has a pattern that does not compile', "issuer_patterns: ['(']\n"],
      ['has a tag', "issuers: !!set { 'ISSUER' }\n"],
      ['holds a NUL', "issuers: ['ISSUER']\n# \u0000\n"],
      ['is larger than 64 KiB', `issuers: ['ISSUER']\n# ${'x'.repeat(65_536)}\n`],
    ] as const
  ).map(([title, list]) => row(title, list, INVALID_LIST)),
];
