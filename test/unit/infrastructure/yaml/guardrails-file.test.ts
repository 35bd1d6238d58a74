import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../../src/domain/finding.ts';
import type { Guardrails } from '../../../../src/domain/guardrails.ts';
import { checkGuardrailsFile, readGuardrailsFile } from '../../../../src/infrastructure/yaml/guardrails-file.ts';
import { checkPolicyFile, readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';
import { fileText, guardrailCases, lintContext, policyContext, type CorpusCase } from './corpus-cases.ts';

const cases = guardrailCases();
const files = cases.filter(({ kind }) => kind === 'guardrails');
const policies = cases.filter(({ kind }) => kind !== 'guardrails');

function guardrailsOf({ guardrails = '' }: CorpusCase): Guardrails {
  const reading = readGuardrailsFile(guardrails, policyContext());
  if (reading.kind === 'invalid') throw new Error(reading.findings[0]?.message);
  return reading.guardrails;
}

const places = (findings: readonly Finding[]): readonly string[] => findings.map(({ rule, line }) => `${rule}@${line}`);

describe.each(files)('guardrails with $title', (one) => {
  it('come to the expected verdict, every fault in its line', () => {
    const reading = readGuardrailsFile(fileText(one), policyContext());
    const findings = reading.kind === 'valid' ? [] : reading.findings;
    expect(places(findings)).toEqual(one.invalid ?? []);
    for (const { message } of findings) expect(message).toMatch(/^[^\n\r]{10,300}[.?]$/);
  });
});

describe.each(policies)('under guardrails $title', (one) => {
  const guardrails = guardrailsOf(one);
  const reading = readPolicyFile(fileText(one), policyContext(one), { guardrails, place: lintContext(one) });
  const checked = checkPolicyFile(fileText(one), policyContext(one), lintContext(one), guardrails);

  it('comes to the expected verdict, every fault in its line', () => {
    const findings = reading.kind === 'valid' ? [] : reading.findings;
    expect(places(findings)).toEqual(one.invalid ?? []);
    for (const { message } of findings) expect(message).toMatch(/^[^\n\r]{10,400}[.?]$/);
  });

  it('comes to the same verdict when it is linted', () => {
    expect(checked.kind).toBe(reading.kind);
    const found = checked.kind === 'valid' ? checked.doubts : checked.findings;
    const errors = found.filter(({ severity }) => severity === 'error');
    expect(places(errors)).toEqual(expect.arrayContaining([...(one.invalid ?? [])]));
  });

  it('has what auditing guardrails would refuse it for recorded', () => {
    expect(reading.kind === 'valid' ? places(reading.outside) : []).toEqual(one.outside ?? []);
    const outside = checked.kind === 'valid' ? checked.doubts.filter(({ rule }) => rule.startsWith('guardrail-')) : [];
    expect(outside.map(({ severity }) => severity)).toEqual((one.outside ?? []).map(() => 'warning'));
  });
});

describe('what is told of guardrails', () => {
  const rules = { ...policyContext(), actionsIssuer: 'https://token.actions.githubusercontent.com' };

  it('names issuers that nobody has, which then lock everybody out', () => {
    const text = "repository_policies:\n  issuers: ['https://token.actions.githubusercontent.com/']\n";
    expect(readGuardrailsFile(text, rules).kind).toBe('valid');
    expect(checkGuardrailsFile(text, rules)).toMatchObject([
      { rule: 'issuer-near-miss', severity: 'warning', line: 2, advice: `Write: - ${rules.actionsIssuer}` },
    ]);
    expect(checkGuardrailsFile(text.replace("com/'", "com'"), rules)).toEqual([]);
    expect(checkGuardrailsFile('x', rules)).toMatchObject([{ rule: 'root-not-map' }]);
  });
});

describe('the guide to guardrails', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../../docs/guardrails.md'), 'utf8');
  const examples = [...guide.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

  it('has examples for every step that can be used as they stand', () => {
    expect(examples.length).toBeGreaterThanOrEqual(4);
    const verdicts = examples.map((text) => readGuardrailsFile(text, policyContext()));
    expect(verdicts.map((reading) => (reading.kind === 'valid' ? 'valid' : places(reading.findings)))).toEqual(
      examples.map(() => 'valid'),
    );
    expect(verdicts.flatMap((reading) => (reading.kind === 'valid' ? [reading.guardrails.mode] : []))).toContain(
      'audit',
    );
  });
});

describe('a policy that guardrails make invalid', () => {
  it('is told apart from one that is invalid in itself', () => {
    const guardrails = guardrailsOf({ guardrails: 'organization_only: [corpus]' } as CorpusCase);
    const guarding = { guardrails, place: lintContext() };
    const valid = 'issuer: https://accounts.google.com\nsubject: a\npermissions: { contents: read }\n';
    expect(readPolicyFile(valid, policyContext(), guarding)).toMatchObject({ kind: 'invalid', isOutside: true });
    expect(readPolicyFile('issuer: a\n', policyContext(), guarding)).toMatchObject({ isOutside: false });
  });
});
