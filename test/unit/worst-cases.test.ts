import { describe, expect, it } from '@jest/globals';
import { explainMismatch } from '../../src/application/exchange/explanation.ts';
import { readAllowlistFile } from '../../src/infrastructure/yaml/allowlist-file.ts';
import { readPolicyFile } from '../../src/infrastructure/yaml/policy-file.ts';
import { checkPolicyFile } from '../../src/infrastructure/yaml/policy-file.ts';
import { readGuardrailsFile } from '../../src/infrastructure/yaml/guardrails-file.ts';
import { lintRuleNames } from '../../src/domain/lint/lint-policy.ts';
import { YamlDocument } from '../../src/infrastructure/yaml/yaml-document.ts';
import type { RawClaims } from '../../src/domain/claims.ts';
import { ACTIONS_ISSUER, claimsOf, policyOf, repositoryLevel } from './domain/policies.ts';

/**
 * Each case names the bound that it needs, and what it may take, in units of a fixed loop that is measured in the same
 * run: the loop takes about 2 ms where a request is to take 10. Without its bound each takes half as much again, and most
 * take five times as much. The least of several runs counts, so that a noisy machine does not decide.
 */
const RUNS = 8;
const TRIES = 4;
const UNIT_ROUNDS = 1_500_000;
const FILE_CHARACTERS = 60 * 1024;

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

let kept = 0;
function calibrated(): void {
  for (let round = 0; round < UNIT_ROUNDS; round += 1) kept = (kept * 31 + round) | 0;
}

/** In units. Loop and work take turns: the clock of a processor may be twice as fast a second later. */
function leastCpuOf(work: () => void): number {
  const rounds = Array.from({ length: RUNS }, () => [cpuOf(calibrated), cpuOf(work)] as const);
  expect(kept).not.toBeNaN();
  return Math.min(...rounds.map(([, worked]) => worked)) / Math.min(...rounds.map(([unit]) => unit));
}

/** What was measured while something else ran is measured again. What takes too long does so every time. */
function expectBounded(most: number, work: () => void): void {
  let least = leastCpuOf(work);
  for (let again = 1; again < TRIES && least >= most; again += 1) least = Math.min(least, leastCpuOf(work));
  expect(least).toBeLessThan(most);
}

function many<T>(count: number, value: T | ((index: number) => T)): readonly (readonly [string, T])[] {
  return Array.from({ length: count }, (_, index) => [
    `c${index}`,
    typeof value === 'function' ? (value as (index: number) => T)(index) : value,
  ]);
}

type Patterns = readonly (readonly [string, string])[];

const JUDGEMENTS: readonly (readonly [string, number, string, Patterns, RawClaims])[] = [
  ['a counted class on 11,000 characters', 1, 'characters', many(1, '.*a[ab]{990}'), { c0: 'ab'.repeat(5500) }],
  ['a counted class on 1,000 characters', 0.8, 'steps', many(1, '.*a[ab]{990}'), { c0: 'ab'.repeat(500) }],
  ['a counted group', 0.6, 'steps', many(1, '(a|b)*a(a|b){450}'), { c0: 'ab'.repeat(500) }],
  ['four counted classes', 1, 'steps', many(4, '.*a[ab]{990}'), Object.fromEntries(many(4, 'ab'.repeat(500)))],
  ['ten long claims', 1, 'steps', many(10, '.*a[ab]{400}'), Object.fromEntries(many(10, 'ab'.repeat(500)))],
  ['a list of thousands', 1, 'steps', many(1, '(?:a?){400}b'), { c0: Array.from({ length: 4000 }, () => 'a') }],
];

describe('the CPU of a judgement with its explanation is bounded for', () => {
  it.each(JUDGEMENTS)('%s, within %f units, by the bound on %s', (_, most, __, patterns, claims) => {
    const policy = policyOf({ claimPatterns: new Map(patterns) });
    const token = claimsOf(claims);
    const context = { serviceAudience: 'sts.example.com', isActionsIssuer: () => true };
    expectBounded(most, () => {
      const verdict = policy.judge(token, ['sts.example.com']);
      explainMismatch({ identity: 'x' }, verdict, token, context);
    });
  });
});

const fileOf = (patterns: Patterns): string =>
  `issuer: ${ACTIONS_ISSUER}\nsubject: a\npermissions: { contents: read }\nclaim_pattern:\n${patterns
    .map(([name, source]) => `  ${name}: '${source}'\n`)
    .join('')}`;

const FILES: readonly (readonly [string, number, string, string])[] = [
  ['sixty long patterns that do not compile', 2.2, 'effort', fileOf(many(60, (n) => `${'(a|b)'.repeat(190)}${n}(`))],
  ['long words counted', 0.5, 'atoms', fileOf(many(8, (n) => `(?:abcdefghijklmnop${n}){900}`))],
  ['classes that ignore case', 0.9, 'folded ranges', fileOf(many(60, (n) => `(?i)[${'!-~'.repeat(63)}]${n}`))],
  [
    'a name of a repository that ends in two slashes',
    1,
    'one pass over a name',
    `${fileOf([])}repositories: ['${'a'.repeat(FILE_CHARACTERS)}//']\n`,
  ],
  ['lists where texts belong', 1.5, 'tokens', fileOf([]) + listsForTexts(1900)],
];

function listsForTexts(count: number): string {
  return Array.from({ length: count }, (_, n) => `  c${n}: [x]\n`).join('');
}

describe('the CPU of reading a policy is bounded for', () => {
  it.each(FILES)('%s, within %f units, by the bound on %s', (_, most, __, text) =>
    expectBounded(most, () => readPolicyFile(text, repositoryLevel)),
  );

  it('an allowlist of many alternatives, by the bounds on effort and instructions', () => {
    const patterns = Array.from({ length: 16 }, (_, n) => `  - 'https://(a|b){240}[ab]{200}${n}'\n`);
    const text = `issuer_patterns:\n${patterns.join('')}`;
    expectBounded(0.8, () => readAllowlistFile(text, repositoryLevel));
  });

  it.each([
    ['escapes that YAML does not know', 1, 'such escapes', `a: "${'\\q'.repeat(FILE_CHARACTERS / 2)}"`],
    ['a block of blank lines', 1.1, 'lines of a text', `a: |\n${'\n'.repeat(FILE_CHARACTERS)}  x\n`],
    ['runs of blank lines', 2, 'tokens', 'a: b\n\n\n\n'.repeat(FILE_CHARACTERS / 8)],
    ['brackets in brackets', 1, 'nesting and tokens', '['.repeat(FILE_CHARACTERS)],
    ['stray braces', 2, 'tokens', '}\n'.repeat(FILE_CHARACTERS / 2)],
    ['comments', 0.2, 'lines that say nothing', '# a comment as people write them\n'.repeat(FILE_CHARACTERS / 33)],
  ])('%s, within %f units, by the bound on %s', (_, most, __, text) =>
    expectBounded(most, () => YamlDocument.parse(text)),
  );
});

const place = { path: '.github/chainguard/ci.sts.yaml', repository: 'app', actionsIssuer: ACTIONS_ISSUER };

function guardrailsOf(text: string) {
  const reading = readGuardrailsFile(text, repositoryLevel);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.findings));
  return reading.guardrails;
}

const policyFile = (...lines: readonly string[]): string =>
  [`issuer: ${ACTIONS_ISSUER}`, 'permissions: { contents: write }', ...lines, ''].join('\n');

/** Files that made the linter take seconds, with what bounds it. */
const LINTED: readonly (readonly [string, number, string, string])[] = [
  ['a counted class in a subject', 2.5, 'each state once', policyFile("subject_pattern: 'repo:[^:]{990}.*'")],
  ['optional parts', 2.5, 'steps of a rule', policyFile("subject_pattern: 'repo:(?:[^:]?){690}:ref:.*'")],
  [
    'fifty costly subjects',
    4,
    'the patterns of a policy',
    policyFile('subject_patterns:', ...Array.from({ length: 50 }, (_, n) => `  - 'repo:(?:[^:]?){90}:ref:.*${n}'`)),
  ],
  [
    'claims that are compared with all that a provider writes',
    3,
    'steps of a rule',
    policyFile(
      "subject_pattern: 'repo:.*'",
      'claim_pattern:',
      ...['ref', 'repository', 'job_workflow_ref', 'workflow_ref', 'actor', 'event_name', 'environment'].map(
        (name) => `  ${name}: '(?:[a-z]?[^x]?){90}${name}'`,
      ),
    ),
  ],
  ['an issuer of any kind', 2, 'steps of a rule', "issuer_pattern: '.*[a-z.:/]{900}'\nsubject: a\n"],
  [
    'openings of alternatives',
    1.5,
    'one look at each character',
    policyFile('subjects:', ...Array.from({ length: 50 }, (_, n) => `  - '${'(a|'.repeat(333)}${n}'`)),
  ],
  ['refs in refs', 1.5, 'one pass over a subject', policyFile(`subject: '${':ref'.repeat(FILE_CHARACTERS / 4)}'`)],
  ['stars', 4.5, 'one pass over a pattern', policyFile(`subject_pattern: '${'a*'.repeat(FILE_CHARACTERS / 2)}'`)],
  ['openings of templates', 1, 'braces in a template', policyFile(`subject: '${'${{'.repeat(FILE_CHARACTERS / 3)}'`)],
];

describe('the CPU of linting a policy is bounded for', () => {
  it.each(LINTED)('%s, within %f units, by the bound on %s', (_, most, __, text) =>
    expectBounded(most, () => checkPolicyFile(text, repositoryLevel, place)),
  );

  it.each(LINTED)(
    '%s, at an exchange under guardrails that deny every finding: within %f units',
    (_, most, __, text) => {
      const guardrails = guardrailsOf(`deny: [${lintRuleNames().join(', ')}]\n`);
      expectBounded(most, () => readPolicyFile(text, repositoryLevel, { guardrails, place }));
    },
  );
});

describe('the CPU of holding a policy to guardrails is bounded for', () => {
  it('an issuer_pattern of hundreds of optional characters against 64 issuers', () => {
    const issuers = Array.from({ length: 64 }, (_, n) => `https://a.example.com/${'a'.repeat(n + 1)}`);
    const guardrails = guardrailsOf(`repository_policies: { issuers: [${issuers.join(', ')}] }\n`);
    const text =
      "issuer_pattern: 'https://a\\.example\\.com/(?:a?){690}'\nsubject: a\npermissions: { contents: read }\n";
    expectBounded(1.2, () => readPolicyFile(text, repositoryLevel, { guardrails, place }));
  });

  it('sixty reserved names of optional characters', () => {
    const names = Array.from({ length: 60 }, (_, n) => `'[ab]*a[ab]{14}c${n}'`);
    const guardrails = guardrailsOf(`organization_only: [${names.join(', ')}]\n`);
    const long = { ...place, path: `.github/chainguard/${'a'.repeat(128)}.sts.yaml` };
    expectBounded(1.2, () => readPolicyFile(policyFile('subject: a'), repositoryLevel, { guardrails, place: long }));
  });
});
