import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Claims, type RawClaims } from '../../src/domain/claims.ts';
import { checkPolicyFile } from '../../src/infrastructure/yaml/policy-file.ts';
import { lintContext, policyContext, SERVICE_AUDIENCE } from './infrastructure/yaml/corpus-cases.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROVIDERS = 'docs/providers.md';
const GUIDES = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const DOCUMENTS = ['README.md', 'action/README.md', ...GUIDES.map((name) => `docs/${name}`)];
/** A fenced block, with the finding that it shows, if that is said before it in a comment: `<!-- slip: RULE -->`. */
const BLOCK = /(?:<!-- slip: ([a-z0-9.-]+) -->\n+)?^```(ya?ml|json)\n([\s\S]*?)^```/gm;

interface Example {
  readonly document: string;
  readonly line: number;
  readonly slip: string | undefined;
  readonly text: string;
  /** The claims that stand before it in the same section. */
  readonly claims: RawClaims | undefined;
}

function examplesIn(document: string): readonly Example[] {
  const source = readFileSync(join(ROOT, document), 'utf8');
  let claims: RawClaims | undefined;
  return [...source.matchAll(BLOCK)].flatMap(({ 1: slip, 2: language, 3: text = '', index }) => {
    if (language === 'json' && document === PROVIDERS) claims = JSON.parse(text) as RawClaims;
    if (language === 'json' || !isPolicy(text)) return [];
    return [{ document, line: source.slice(0, index).split('\n').length, slip, text, claims }];
  });
}

function isPolicy(text: string): boolean {
  return /^permissions:/m.test(text) && /^(?:issuer|subject)/m.test(text);
}

function checked(text: string): ReturnType<typeof checkPolicyFile> {
  const level = /^(?:repositories|caller_repository_only):/m.test(text) ? 'organization' : 'repository';
  return checkPolicyFile(text, policyContext({ level }), lintContext({ level }));
}

function findingsIn(text: string): readonly string[] {
  const reading = checked(text);
  const findings = reading.kind === 'valid' ? reading.doubts : reading.findings;
  return findings.map(({ rule, message, advice }) => `${rule}: ${message} ${advice ?? ''}`);
}

const examples = DOCUMENTS.flatMap(examplesIn);
const sound = examples.filter(({ slip }) => slip === undefined);
const slips = examples.filter(({ slip }) => slip !== undefined);
const ofProviders = sound.filter(({ document }) => document === PROVIDERS);

describe('the policies that the documents show', () => {
  it.each(sound)('have no finding, no notice even: $document, line $line', ({ text }) => {
    expect(findingsIn(text)).toEqual([]);
  });

  it.each(slips)('that are slips have the finding that is named: $document, line $line, $slip', ({ text, slip }) => {
    expect(findingsIn(text).map((one) => one.split(':')[0])).toEqual([slip]);
  });
});

describe('the policies for each provider', () => {
  it('are two, with three slips, for each of nine', () => {
    expect([ofProviders.length, slips.length]).toEqual([18, 27]);
  });

  it.each(ofProviders)('match the claims that are shown: line $line', ({ text, claims = {} }) => {
    const reading = checked(text);
    if (reading.kind === 'invalid') throw new Error('It is invalid.');
    const { fields } = reading.policy.judge(new Claims(claims), [SERVICE_AUDIENCE]);
    expect(fields.filter(({ matched }) => !matched)).toEqual([]);
  });
});
