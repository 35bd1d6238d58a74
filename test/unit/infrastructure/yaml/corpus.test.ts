import { describe, expect, it } from '@jest/globals';
import { Claims } from '../../../../src/domain/claims.ts';
import type { Finding, Severity } from '../../../../src/domain/finding.ts';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { checkPolicyFile, readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';
import {
  corpusCases,
  fileText,
  lintContext,
  policyContext,
  SERVICE_AUDIENCE,
  tokenClaims,
  type CorpusCase,
} from './corpus-cases.ts';

const cases = corpusCases();
const policies = cases.filter(({ kind }) => kind !== 'allowlist');
const allowlists = cases.filter(({ kind }) => kind === 'allowlist');

describe('the corpus', () => {
  it('has at least 150 cases, each with a title of its own', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(cases.map(({ file, title }) => `${file}: ${title}`)).size).toBe(cases.length);
  });
});

describe.each(policies)('in $file, $title', (one) => {
  const reading = readPolicyFile(fileText(one), policyContext(one));
  const checked = checkPolicyFile(fileText(one), policyContext(one), lintContext(one));

  it('comes to the expected verdict, every fault in its line', () => {
    expectVerdict(one, reading.kind === 'valid' ? [] : reading.findings);
  });

  it('comes to the same verdict when it is linted', () => {
    expect(checked.kind).toBe(reading.kind);
    if (one.warnings === undefined) return;
    const findings = checked.kind === 'valid' ? checked.doubts : checked.findings;
    const rules = (wanted: Severity): readonly string[] =>
      findings.flatMap(({ rule, severity }) => (severity === wanted ? [rule] : [])).toSorted();
    expect(rules('warning')).toEqual(one.warnings.toSorted());
    expect(rules('notice')).toEqual((one.notices ?? []).toSorted());
  });

  if (one.named !== undefined) {
    it('names the slip in its line, with what to write instead', () => {
      const findings = checked.kind === 'valid' ? checked.doubts : checked.findings;
      const named = findings.find(({ rule, line }) => `${rule}@${line}` === one.named);
      expect(findings.map(({ rule, line }) => `${rule}@${line}`)).toContain(one.named);
      expect(`${named?.message ?? ''} ${named?.advice ?? ''}`).toContain(one.write ?? '');
    });
  }

  it('judges the tokens of the case', () => {
    const verdicts = (one.tokens ?? []).map((token) => {
      if (reading.kind === 'invalid') throw new Error('tokens are judged by valid policies alone');
      const { matched, fields } = reading.policy.judge(new Claims(tokenClaims(token)), [SERVICE_AUDIENCE]);
      const mismatched = fields.filter((field) => !field.matched).map(({ field }) => field);
      return { matches: matched, mismatched: token.mismatched === undefined ? undefined : mismatched };
    });
    expect(verdicts).toEqual((one.tokens ?? []).map(({ matches, mismatched }) => ({ matches, mismatched })));
  });
});

describe.each(allowlists)('in $file, $title', (one) => {
  const reading = readAllowlistFile(fileText(one), policyContext(one));

  it('comes to the expected verdict, every fault in its line', () => {
    expectVerdict(one, reading.kind === 'valid' ? [] : reading.findings);
  });

  it('lists the issuers of the case', () => {
    const issuers = Object.entries(one.issuers ?? {});
    const found = issuers.map(([issuer]) => [issuer, reading.kind === 'valid' && reading.allowlist.lists(issuer)]);
    expect(found).toEqual(issuers.map(([issuer, expected]) => [issuer, expected === 'listed']));
  });
});

function expectVerdict(one: CorpusCase, findings: readonly Finding[]): void {
  if (one.invalid_somehow === true) expect(findings.length).toBeGreaterThan(0);
  else expect(findings.map(({ rule, line }) => `${rule}@${line}`)).toEqual(one.invalid ?? []);
  for (const { message, column } of findings) {
    expect(message).toMatch(/^[^\n\r]{10,300}[.?]$/);
    expect(column).toBeGreaterThan(0);
  }
}
