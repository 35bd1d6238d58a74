import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findingFragment, sortFindings, type Finding, type Severity } from '../../../../src/domain/finding.ts';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { readGuardrailsFile } from '../../../../src/infrastructure/yaml/guardrails-file.ts';
import { checkPolicyFile, unreadFileFindings } from '../../../../src/infrastructure/yaml/policy-file.ts';
import { corpusCases, fileText, guardrailCases, lintContext, policyContext, type CorpusCase } from './corpus-cases.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../../docs/policies.md'), 'utf8');
const sections = [...(guide.split('\n# Findings\n')[1] ?? '').matchAll(/^### (.+)$/gm)].map(([, name = '']) => name);

/** Raised where the file is fetched, before anything is read of it. */
const OF_THE_FETCHED_FILE = ['symbolic-link', 'not-text'];
/** Raised by the check of a commit. */
const OF_THE_COMMIT: readonly (readonly [rule: string, severity: Severity])[] = [
  ['guardrails-effect', 'error'],
  ['guardrails-unusable', 'warning'],
];

function findingsOf(one: CorpusCase): readonly Finding[] {
  if (one.kind === 'guardrails') {
    const reading = readGuardrailsFile(fileText(one), policyContext(one));
    return reading.kind === 'invalid' ? reading.findings : [];
  }
  if (one.kind === 'allowlist') {
    const reading = readAllowlistFile(fileText(one), policyContext(one));
    return reading.kind === 'invalid' ? reading.findings : [];
  }
  const guardrails = readGuardrailsFile(one.guardrails ?? '', policyContext(one));
  const held = guardrails.kind === 'valid' ? guardrails.guardrails : undefined;
  const reading = checkPolicyFile(fileText(one), policyContext(one), lintContext(one), held);
  return reading.kind === 'invalid' ? reading.findings : reading.doubts;
}

const HEADINGS: Readonly<Record<Severity, string>> = { error: 'Errors', warning: 'Warnings', notice: 'Notices' };

function ruleHeadings(text: string): readonly string[] {
  return text.match(/(?<=^### ).+$/gm) ?? [];
}

describe('the guide to policies', () => {
  const ofOddName = checkPolicyFile('issuer: a', policyContext(), {
    ...lintContext(),
    path: '.github/chainguard/-a.sts.yaml',
  });
  const ofInstallation = checkPolicyFile('permissions: { contents: read }', policyContext(), {
    ...lintContext(),
    accepted: { permissions: {}, account: 'organization', page: 'https://github.com/organizations/acme' },
  });
  const ofNames = [
    ...unreadFileFindings('a.sts.yml'),
    ...[ofOddName, ofInstallation].flatMap((one) => (one.kind === 'invalid' ? one.findings : [])),
  ];
  const findings = [...[...corpusCases(), ...guardrailCases()].flatMap(findingsOf), ...ofNames];
  const rules = new Set(findings.map(({ rule }) => rule));

  it('has a section for each rule, and the corpus an example for each section', () => {
    expect([...rules, ...OF_THE_FETCHED_FILE, ...OF_THE_COMMIT.map(([rule]) => rule)].toSorted()).toEqual(
      sections.toSorted(),
    );
  });

  it('is where every finding links to', () => {
    expect(findings.every((finding) => sections.includes(findingFragment(finding).slice(1)))).toBe(true);
  });

  it('separates errors, warnings and notices as the findings do', () => {
    const headings = [...guide.matchAll(/^## (Errors|Warnings|Notices)(?:: .+)?\n([\s\S]*?)(?=^##? |$(?![\s\S]))/gm)];
    const placed = new Map(
      headings.flatMap(([, heading = '', text = '']) => ruleHeadings(text).map((rule) => [rule, heading])),
    );
    const gravest = new Map<string, string>();
    for (const { rule, severity } of sortFindings(findings)) {
      if (!gravest.has(rule)) gravest.set(rule, HEADINGS[severity]);
    }
    for (const rule of OF_THE_FETCHED_FILE) gravest.set(rule, HEADINGS.error);
    for (const [rule, severity] of OF_THE_COMMIT) gravest.set(rule, HEADINGS[severity]);
    expect(Object.fromEntries(placed)).toEqual(Object.fromEntries(gravest));
  });

  it('shows the line for editors', () => expect(guide).toContain('# yaml-language-server: $schema='));
});
