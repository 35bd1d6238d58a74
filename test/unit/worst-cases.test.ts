import { beforeAll, describe, expect, it } from '@jest/globals';
import { explainMismatch } from '../../src/application/exchange/explanation.ts';
import { readPolicyFile } from '../../src/infrastructure/yaml/policy-file.ts';
import { YamlDocument } from '../../src/infrastructure/yaml/yaml-document.ts';
import type { RawClaims } from '../../src/domain/claims.ts';
import { ACTIONS_ISSUER, claimsOf, policyOf, repositoryLevel } from './domain/policies.ts';

/**
 * What a case may take, in units of a fixed loop that is measured in the same run: the loop takes about 2 ms where a
 * request is to take 10. The least of several runs counts, so that a noisy machine does not decide.
 */
const MOST_UNITS = 6;
/** For what has become a matter of one scan, where the machine's noise is smaller too. */
const MOST_UNITS_OF_A_SCAN = 0.5;
const RUNS = 8;
const UNIT_ROUNDS = 1_500_000;
const FILE_CHARACTERS = 60 * 1024;

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function leastCpuOf(work: () => void): number {
  return Math.min(...Array.from({ length: RUNS }, () => cpuOf(work)));
}

let kept = 0;
function calibrated(): void {
  for (let round = 0; round < UNIT_ROUNDS; round += 1) kept = (kept * 31 + round) | 0;
}

let unit = Number.NaN;
beforeAll(() => {
  unit = leastCpuOf(calibrated);
  expect(kept).not.toBeNaN();
});

const expectBounded = (work: () => void, most = MOST_UNITS): void => expect(leastCpuOf(work) / unit).toBeLessThan(most);

function many<T>(count: number, value: T | ((index: number) => T)): readonly (readonly [string, T])[] {
  return Array.from({ length: count }, (_, index) => [
    `c${index}`,
    typeof value === 'function' ? (value as (index: number) => T)(index) : value,
  ]);
}

const JUDGEMENTS: readonly (readonly [string, readonly (readonly [string, string])[], RawClaims])[] = [
  ['a counted class on 11,000 characters', many(1, '.*a[ab]{990}'), { c0: 'ab'.repeat(5500) }],
  ['a counted class on 1,000 characters', many(1, '.*a[ab]{990}'), { c0: 'ab'.repeat(500) }],
  ['a counted group', many(1, '(a|b)*a(a|b){450}'), { c0: 'ab'.repeat(500) }],
  ['a counted group on a ref', many(1, '(a|b)*a(a|b){240}'), { c0: 'ab'.repeat(125) }],
  ['four counted classes', many(4, '.*a[ab]{990}'), Object.fromEntries(many(4, 'ab'.repeat(500)))],
  ['eleven long claims', many(11, '.*a[ab]{400}'), Object.fromEntries(many(11, 'ab'.repeat(500)))],
  ['a list of thousands', many(1, '(?:a?){400}b'), { c0: Array.from({ length: 4000 }, () => 'a') }],
  ['long literals', many(5, (n) => `${'ab'.repeat(450)}${n}`), Object.fromEntries(many(5, 'AB'.repeat(450)))],
  [
    'globs in lists',
    many(10, (n) => `${'a/*'.repeat(80)}${n}`),
    Object.fromEntries(
      many(
        10,
        Array.from({ length: 20 }, () => 'a/'.repeat(80)),
      ),
    ),
  ],
];

describe('the CPU of a judgement with its explanation is bounded for', () => {
  it.each(JUDGEMENTS)('%s', (_, patterns, claims) => {
    const policy = policyOf({ claimPatterns: new Map(patterns.slice(0, 10)) });
    const token = claimsOf(claims);
    const context = { serviceAudience: 'sts.example.com', isActionsIssuer: () => true };
    expectBounded(() => {
      const verdict = policy.judge(token, ['sts.example.com']);
      explainMismatch({ identity: 'x' }, verdict, token, context);
    });
  });
});

const fileOf = (patterns: readonly (readonly [string, string])[]): string =>
  `issuer: ${ACTIONS_ISSUER}\nsubject: a\npermissions: { contents: read }\nclaim_pattern:\n${patterns
    .map(([name, source]) => `  ${name}: '${source}'\n`)
    .join('')}`;

const FILES: readonly (readonly [string, string])[] = [
  ['fifty counted classes', fileOf(many(50, '[a-z0-9_./-]{1,45}'))],
  ['sixty long patterns that do not compile', fileOf(many(60, (n) => `${'(a|b)'.repeat(190)}${n}(`))],
  ['classes that ignore case', fileOf(many(60, (n) => `(?i)[${'!-~'.repeat(63)}]${n}`))],
];

describe('the CPU of reading a policy is bounded for', () => {
  it.each(FILES)('%s', (_, text) => expectBounded(() => readPolicyFile(text, repositoryLevel)));

  it.each([
    ['blank lines', '\n'.repeat(FILE_CHARACTERS)],
    ['escapes that YAML does not know', `a: "${'\\q'.repeat(FILE_CHARACTERS / 2)}"`],
    ['a block of blank lines', `a: |\n${'\n'.repeat(FILE_CHARACTERS)}  x\n`],
  ])('%s', (_, text) => expectBounded(() => YamlDocument.parse(text)));

  it('a file of comments', () => {
    const text = '# a comment as people write them\n'.repeat(FILE_CHARACTERS / 33);
    expectBounded(() => YamlDocument.parse(text), MOST_UNITS_OF_A_SCAN);
  });
});
