import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkPolicyFile } from '../../src/infrastructure/yaml/policy-file.ts';
import { lintContext, policyContext } from './infrastructure/yaml/corpus-cases.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENTS = [
  'README.md',
  'action/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const BLOCK = /^```ya?ml\n([\s\S]*?)^```/gm;

interface Example {
  readonly document: string;
  readonly line: number;
  readonly text: string;
}

function examplesIn(document: string): readonly Example[] {
  const source = readFileSync(join(ROOT, document), 'utf8');
  return [...source.matchAll(BLOCK)].flatMap(({ 1: text = '', index }) =>
    isPolicy(text) ? [{ document, line: source.slice(0, index).split('\n').length, text }] : [],
  );
}

function isPolicy(text: string): boolean {
  return /^permissions:/m.test(text) && /^(?:issuer|subject)/m.test(text);
}

function findingsIn(text: string): readonly string[] {
  const level = /^(?:repositories|caller_repository_only):/m.test(text) ? 'organization' : 'repository';
  const reading = checkPolicyFile(text, policyContext({ level }), lintContext({ level }));
  const findings = reading.kind === 'valid' ? reading.doubts : reading.findings;
  return findings.map(({ rule, message, advice }) => `${rule}: ${message} ${advice ?? ''}`);
}

const examples = DOCUMENTS.flatMap(examplesIn);

describe('the policies that the documents show', () => {
  it('are some', () => expect(examples.length).toBeGreaterThanOrEqual(2));

  it.each(examples)('have no finding, no notice even: $document, line $line', ({ text }) =>
    expect(findingsIn(text)).toEqual([]),
  );
});
