import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Finding } from '../../../../src/domain/finding.ts';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { checkPolicyFile, readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';
import { corpusCases, fileText, lintContext, policyContext } from './corpus-cases.ts';

const SEED = 20_260_302;
/** Far above what the slowest file of 64 KiB takes, far below what anything quadratic does. */
const LIMIT_MS = 2000;

const part = fc.constantFrom(
  'a',
  '\n',
  '  ',
  '\t',
  '- ',
  '? ',
  ': ',
  'issuer: ',
  'subject: ',
  'permissions:\n',
  '  contents: read\n',
  '{',
  '}',
  '[',
  ']',
  ',',
  '#x\n',
  '&a ',
  '*a ',
  '!t ',
  '!!str ',
  '"',
  "'",
  '|\n',
  '>\n',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '\r\n',
  '\r',
  '<<: ',
  '\\q',
  '😀',
  '\u0001',
  '\u0002',
  '\ufeff',
  '\ud800',
  '__proto__: ',
  'jwks: ',
  'keys: ',
  '"\\ud800"',
);
const soup = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
const texts = corpusCases()
  .map(fileText)
  .filter((text) => text.length < 2000);
/** A file of the corpus with a piece cut out, put in twice, or replaced. */
const mutated = fc
  .tuple(fc.constantFrom(...texts), fc.nat(2000), fc.nat(60), soup)
  .map(([text, at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length));
const repeated = fc.tuple(soup, fc.array(part, { minLength: 1, maxLength: 4 }), soup).map(([before, unit, after]) => {
  const piece = unit.join('');
  return before + piece.repeat(Math.floor(60_000 / (3 * piece.length))) + after;
});

/** @returns how long it took */
function readSoundly(text: string): number {
  const started = performance.now();
  const reading = readPolicyFile(text, policyContext());
  const elapsed = performance.now() - started;
  const findings = reading.kind === 'valid' ? reading.doubts : reading.findings;
  expect(findings.length > 0).toBe(reading.kind === 'invalid');
  const lines = text.split('\n').length;
  // One expectation a text: thousands of them take longer than what they judge.
  expect(findings.filter((finding) => !isSound(finding, lines))).toEqual([]);
  return elapsed;
}

function isSound({ line, column, message, severity }: Finding, lines: number): boolean {
  const isPlaced = line >= 1 && line <= lines && column >= 1;
  const isPlain = message.length < 400 && /^[^\p{Cc}\u2028\u2029]+$/u.test(message);
  return severity === 'error' && isPlaced && isPlain;
}

describe('reading a policy', () => {
  it.each([
    ['any text', fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 })), 1500],
    ['any pieces of YAML', soup, 2000],
    ['any changed file of the corpus', mutated, 2000],
    ['any piece of YAML, over and over', repeated, 120],
  ])('never throws, and takes no longer than a bound, whatever it is given: %s', (_, files, numRuns) => {
    let slowestMs = 0;
    const check = (text: string): void => void (slowestMs = Math.max(slowestMs, readSoundly(text)));
    fc.assert(fc.property(files, check), { seed: SEED, numRuns });
    expect(slowestMs).toBeLessThan(LIMIT_MS);
  });

  it('comes to one verdict with and without lint', () => {
    const check = (text: string): void => {
      const read = readPolicyFile(text, policyContext());
      expect(checkPolicyFile(text, policyContext(), lintContext()).kind).toBe(read.kind);
    };
    fc.assert(fc.property(fc.oneof(soup, mutated), check), { seed: SEED, numRuns: 1000 });
  });

  it('gives back the texts that a file was written with', () => {
    const value = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((one) => !/[\p{Cs}\p{Cc}\u2028\u2029\ufffe\uffff]/u.test(one));
    const check = (subject: string, audience: string): void => {
      const text = stringify({ issuer: 'https://a.b', subject, audience, permissions: { contents: 'read' } });
      const reading = readPolicyFile(text, policyContext());
      expect(reading.kind === 'valid' && [reading.policy.fields.subject, reading.policy.fields.audience]).toEqual([
        subject,
        audience,
      ]);
    };
    fc.assert(fc.property(value, value, check), { seed: SEED, numRuns: 1000 });
  });
});

describe('reading an allowlist', () => {
  it('never throws either', () => {
    const piece = fc.oneof(
      part,
      fc.constantFrom('mode: audit\n', 'issuers: ', 'issuer_patterns: ', "'https://a\\.b/[a-z]+'", 'https://a.b'),
    );
    const check = (parts: readonly string[]): void => {
      const reading = readAllowlistFile(parts.join(''), policyContext());
      if (reading.kind === 'invalid') expect(reading.findings.length).toBeGreaterThan(0);
    };
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), check), { seed: SEED, numRuns: 2000 });
  });
});
