import type { Json } from '../../support/json.ts';
import { DENIED, INVALID_POLICY } from './attack.ts';
import type { Attack } from './attack.ts';

/** A policy that somebody wrote in good faith, and a signed token that it must not let in. */
export interface MatchingAttack extends Attack {
  /** Lines of the policy over `issuer`; with `subject` and `permissions` unless given. */
  readonly policy: readonly string[];
  readonly claims: Readonly<Record<string, Json>>;
}

const ALTERNATION = 'GHSA-mwqh-2vg8-rhj3';

/** `claims` has the values that are tried, one a row. */
function pattern(source: string, text: string, values: readonly Json[], expected = DENIED): MatchingAttack[] {
  return values.map((team) => ({
    source,
    title: `${JSON.stringify(team)} for ${text}`,
    policy: ["subject: 'x'", `claim_pattern: { team: '${text}' }`],
    claims: { sub: 'x', team },
    expected,
  }));
}

function subject(source: string, text: string, subjects: readonly string[], expected = DENIED): MatchingAttack[] {
  return subjects.map((sub) => ({
    source,
    title: `the subject ${JSON.stringify(sub)} for ${text}`,
    policy: [`subject_pattern: '${text}'`],
    claims: { sub },
    expected,
  }));
}

export const POLICY_MATCHING: readonly MatchingAttack[] = [
  ...pattern(ALTERNATION, 'ops|dev', [
    'opsx',
    'xdev',
    'ops-evil',
    'evil-dev',
    'OPS',
    'ops|dev',
    '',
    'o',
    ['opsx', 'xdev'],
  ]),
  ...subject(ALTERNATION, 'repo:acme/app:ref:refs/heads/main|repo:acme/app:pull_request', [
    'repo:acme/app:ref:refs/heads/main-evil',
    'repo:acme/app:ref:refs/heads/main|repo:acme/app:pull_request',
    'evil repo:acme/app:pull_request',
    'repo:evil/repo:acme/app:pull_request',
  ]),
  ...pattern(ALTERNATION, 'ops|', ['x', 'opsx']),
  ...pattern(ALTERNATION, '^ops$|^dev$', ['opsx', 'xdev', 'ops\ndev']),
  ...pattern(ALTERNATION, 'ops)|(dev', ['ops', 'dev', 'x'], INVALID_POLICY),
  ...pattern(ALTERNATION, 'ops)|(?:', ['ops', 'x'], INVALID_POLICY),
  ...pattern(ALTERNATION, ')(', ['', 'x'], INVALID_POLICY),
  ...pattern(ALTERNATION, '\\Qops', ['ops', 'ops)$'], INVALID_POLICY),
  ...pattern(ALTERNATION, 'ops\\', ['ops', 'ops)$'], INVALID_POLICY),
  ...pattern(ALTERNATION, '\\Qops|dev\\E', ['ops', 'dev', 'ops|devx']),
  ...pattern('RE2 syntax, flags', '(?m)^ops$', ['evil\nops', 'ops\nevil', 'ops\n', '\nops', 'ops\r\n']),
  ...pattern('RE2 syntax, flags', '(?s)ops.', ['ops', 'opsxx', 'xops.']),
  ...pattern('RE2 syntax, flags', '(?-s)ops.*', ['ops\nevil', 'ops\n', 'xops']),
  ...pattern('RE2 syntax, flags', '(?i)ops', ['opsx', 'xops', 'op\u017fs']),
  ...pattern('RE2 syntax, flags', '(?U)ops.*', ['xops', 'ops\n']),
  ...pattern('RE2 syntax, anchors', 'ops$', ['ops\n', 'ops\nevil', 'xops']),
  ...pattern('RE2 syntax, anchors', '^ops', ['opsx', 'x\nops']),
  ...pattern('RE2 syntax, anchors', '\\Aops\\z', ['opsx', 'ops\n', 'xops']),
  ...pattern('RE2 syntax, anchors', '\\bops\\b', ['x ops', 'ops x', 'ops-evil']),
  ...pattern('RE2 syntax', '[^x]ops', ['ops', 'xops', 'yyops', '\n\nops']),
  ...pattern('RE2 syntax', '[a-z]+', ['OPS', 'ops1', 'ops\u0000', '\u0000ops', 'ops ', '\u212a', 'op\u0455']),
  ...pattern('RE2 syntax', '[[:alpha:]]+', ['\u00e4', 'ops\u0131', 'ops1']),
  ...pattern('RE2 syntax', '\\d+', ['\u0661', '1.0', '1e3', '-1', '0x1']),
  ...pattern('RE2 syntax', 'ops.dev', ['ops\ndev', 'opsdev', 'ops..dev']),
  ...pattern('Go regexp, no look-around', '(?!evil).*', ['ops', 'evil'], INVALID_POLICY),
  ...pattern('Go regexp, no look-around', '(?<=ops)x', ['opsx'], INVALID_POLICY),
  ...pattern('Go regexp, no back-references', '(ops)\\1', ['opsops'], INVALID_POLICY),
  ...pattern('Go regexp, no possessive repetition', 'ops++', ['ops'], INVALID_POLICY),
  ...pattern('GHSA-75r6-6jg8-pfcq', '(a?){1000}', ['a'], INVALID_POLICY),
  ...pattern('GHSA-75r6-6jg8-pfcq', '((a{10}){10}){11}', ['a'], INVALID_POLICY),
  ...pattern('GHSA-75r6-6jg8-pfcq', '(a+)+b', [`${'a'.repeat(3000)}c`]),
  ...pattern('GHSA-75r6-6jg8-pfcq', '(x*)*(x*)*y', ['x'.repeat(3000)]),
  ...pattern('GHSA-75r6-6jg8-pfcq', 'a'.repeat(1025), ['a'.repeat(1025)], INVALID_POLICY),
  ...pattern('RFC 7519 §4, types of claims', 'ops', [
    null,
    { team: 'ops' },
    [['ops']],
    [{ team: 'ops' }],
    [null],
    [],
    'o,p,s',
    0,
    true,
  ]),
  ...pattern('RFC 7519 §4, types of claims', '.*', [null, {}, [], [null], [[]], [{}]]),
  ...pattern('RFC 8259 §6, numbers', '9007199254740993', [9007199254740992, 9007199254740994]),
  ...pattern('RFC 8259 §6, numbers', '9007199254740992', [9007199254740992, -9007199254740992]),
  ...pattern('RFC 8259 §6, numbers', '1\\.5', [1.5]),
  ...pattern('RFC 8259 §6, numbers', '1e\\+21', [1e21]),
  ...pattern('RFC 8259 §6, numbers', 'NaN|Infinity|null|undefined', [null, 1e308]),
  ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', 'length', '0'].map(
    (name): MatchingAttack => ({
      source: 'CWE-1321',
      title: `a token without a claim for a pattern on ${name}`,
      policy: ["subject: 'x'", `claim_pattern: { ${JSON.stringify(name)}: '(?s).*' }`],
      claims: { sub: 'x' },
      expected: DENIED,
    }),
  ),
  {
    source: 'CWE-1321',
    title: 'a claim that is only inside another one, for a dotted name',
    policy: ["subject: 'x'", "claim_pattern: { 'kubernetes.io.namespace': 'prod' }"],
    claims: { sub: 'x', 'kubernetes.io': { namespace: 'prod' }, kubernetes: { io: { namespace: 'prod' } } },
    expected: DENIED,
  },
  {
    source: 'CWE-178',
    title: 'a claim whose name differs in case',
    policy: ["subject: 'x'", "claim_pattern: { team: 'ops' }"],
    claims: { sub: 'x', Team: 'ops', TEAM: 'ops', 'team ': 'ops' },
    expected: DENIED,
  },
  {
    source: 'octo-sts, claim_pattern',
    title: 'one of two claims',
    policy: ["subject: 'x'", "claim_pattern: { team: 'ops', stage: 'prod' }"],
    claims: { sub: 'x', team: 'ops' },
    expected: DENIED,
  },
  ...subject('OIDC Core §2, sub', 'repo:acme/[^:]+:ref:refs/heads/main', [
    'repo:acme/a:b:ref:refs/heads/main',
    'repo:acme/:ref:refs/heads/main',
    'repo:evil/acme/app:ref:refs/heads/main',
    'repo:acme/app:ref:refs/heads/main2',
    'repo:acme/app:ref:refs/heads/main:x',
    'repo:acme@1/app@2:pull_request',
    'REPO:acme/app:ref:refs/heads/main',
    ' repo:acme/app:ref:refs/heads/main',
  ]),
  ...subject('OIDC Core §2, sub', '(?s).*', ['', 'a\nb', 'a\u0000', 'a\u0085b', 'a\u2028b', 'x'.repeat(1001)]),
  {
    source: 'GitHub, subjects in the immutable form',
    title: 'a subject in the other form of the same repository',
    policy: ["subject: 'repo:acme@9919001/app@7001:ref:refs/heads/main'"],
    claims: { sub: 'repo:acme/app:ref:refs/heads/main' },
    expected: DENIED,
  },
  {
    source: 'spec, exact values are no patterns',
    title: 'a subject that would match if the text were a pattern',
    policy: ["subject: 'bot-.*'"],
    claims: { sub: 'bot-1' },
    expected: DENIED,
  },
  {
    source: 'RFC 8725 §3.9',
    title: 'an audience that only begins like the pattern',
    policy: ["subject: 'x'", "audience_pattern: 'acme-[a-z]+'"],
    claims: { sub: 'x', aud: ['acme-builds1', 'xacme-builds'] },
    expected: DENIED,
  },
  {
    source: 'RFC 8725 §3.9',
    title: 'this service’s audience where the policy names another',
    policy: ["subject: 'x'", "audience: 'acme-builds'"],
    claims: { sub: 'x', aud: 'sts.example.com' },
    expected: DENIED,
  },
];

/** Policies that do not name the issuer of a token that is proven otherwise: `ISSUER` stands for it. */
export const ISSUER_MATCHING: readonly MatchingAttack[] = [
  ...["issuer: 'ISSUER/'", "issuer: 'ISSUER/x'", "issuer_pattern: 'ISSUER/.+'", "issuer_pattern: 'https://.*'"].map(
    (line): MatchingAttack => ({
      source: 'RFC 7519 §4.1.1',
      title: `another issuer than ${line}`,
      policy: [line, "subject: 'x'"],
      claims: { sub: 'x' },
      expected: DENIED,
    }),
  ),
];
