import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import { checkPolicyFile, readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';
import { lintRuleNames } from '../../../../src/domain/lint/lint-policy.ts';
import { readGuardrailsFile } from '../../../../src/infrastructure/yaml/guardrails-file.ts';
import { lintContext, policyContext } from './corpus-cases.ts';

/**
 * Policy files that people have published, with octo-sts's verdict on each. They are not ours to hand on, so they stand
 * outside the repository: `REAL_POLICIES` names the file, one JSON object a line.
 */
const FILE = process.env.REAL_POLICIES ?? join(import.meta.dirname, '../../../../../shared/data/real-policies.jsonl');
const LEAST_RECORDS = 600;

interface RealPolicy {
  readonly from: string;
  readonly level: 'repository' | 'organization' | 'allowlist';
  readonly octo_sts: 'accepts' | 'refuses';
  readonly text: string;
}

/** Where this service decides otherwise on purpose: by a record's name and the start of its text's SHA-256. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  [
    'DataDog+dd-trace-java/dd-trace-java.release.sts.yaml 3ff3b65f6a93',
    'It asks for the level "read,write", which is none: octo-sts passes it on, and GitHub refuses the token.',
  ],
]);

function identityOf({ from, text }: RealPolicy): string {
  return `${from} ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

function verdictOf({ level, text }: RealPolicy): RealPolicy['octo_sts'] {
  const reading =
    level === 'allowlist' ? readAllowlistFile(text, policyContext()) : readPolicyFile(text, policyContext({ level }));
  return reading.kind === 'valid' ? 'accepts' : 'refuses';
}

/** Of the files, how many at most may get a warning: what most files have, nobody reads. */
const MOST_WARNED_SHARE = 0.15;

/** Files in which each rule finds something that its author would want to know. */
const WARNED_FILES: Readonly<Record<string, number>> = {
  'claim-contradicts-subject': 2,
  'claim-never-matches': 12,
  'claim-unknown': 7,
  'exact-like-pattern': 11,
  'organization-wide-write': 4,
  'pattern-like-glob': 7,
  'pattern-matches-everything': 2,
  'pattern-open': 13,
  'permission-level': 5,
  'permission-organization': 13,
  'permission-unconfined': 2,
  'subject-admits-every-branch': 9,
  'subject-admits-pull-requests': 1,
  'subject-never-matches': 8,
  'template-left': 4,
  'unescaped-dot': 1,
};

function warningsOf({ level, text }: RealPolicy): readonly Finding[] {
  if (level === 'allowlist') return [];
  const reading = checkPolicyFile(text, policyContext({ level }), lintContext({ level }));
  const findings = reading.kind === 'valid' ? reading.doubts : reading.findings;
  return findings.filter(({ severity }) => severity === 'warning');
}

function countFiles(rules: readonly ReadonlySet<string>[]): Readonly<Record<string, number>> {
  const names = [...new Set(rules.flatMap((one) => [...one]))].toSorted();
  return Object.fromEntries(names.map((name) => [name, rules.filter((one) => one.has(name)).length]));
}

function records(): readonly RealPolicy[] {
  const lines = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RealPolicy);
}

const isPresent = existsSync(FILE);

/** The strictest that guardrails can be. */
const STRICTEST = `organization_only: ['.*']
repository_policies: { permissions: {}, issuers: [], same_owner_only: true }
deny: [${lintRuleNames().join(', ')}]
max_token_lifetime_seconds: 1
`;

function underGuardrails({ from, level, text }: RealPolicy, guardrailsText: string): RealPolicy['octo_sts'] {
  const file = readGuardrailsFile(guardrailsText, policyContext());
  if (file.kind === 'invalid' || level === 'allowlist') throw new Error(from);
  const place = lintContext({ level });
  const reading = readPolicyFile(text, policyContext({ level }), { guardrails: file.guardrails, place });
  return reading.kind === 'valid' ? 'accepts' : 'refuses';
}

describe('real policies of other organizations', () => {
  (isPresent ? it : it.skip)(
    'are read as octo-sts reads them, but for the exceptions (skipped where the file is absent)',
    () => {
      const all = records();
      expect(all.length).toBeGreaterThanOrEqual(LEAST_RECORDS);
      const differing = all.filter((one) => verdictOf(one) !== one.octo_sts).map(identityOf);
      expect([...new Set(differing)].toSorted()).toEqual([...EXCEPTIONS.keys()].toSorted());
    },
  );

  (isPresent ? it : it.skip)(
    'are warned of so rarely that a warning is read, and of each slip (skipped likewise)',
    () => {
      const policies = records().filter(({ level }) => level !== 'allowlist');
      const rules = policies.map((one) => new Set(warningsOf(one).map(({ rule }) => rule)));
      const warned = rules.filter(({ size }) => size > 0).length;
      expect(warned / policies.length).toBeLessThanOrEqual(MOST_WARNED_SHARE);
      expect(countFiles(rules)).toEqual(WARNED_FILES);
    },
  );

  (isPresent ? it : it.skip)('change their verdict under no guardrails that audit, or that bound tokens alone', () => {
    for (const one of records().filter(({ level }) => level !== 'allowlist')) {
      const verdict = verdictOf(one);
      expect([one.from, underGuardrails(one, `mode: audit\n${STRICTEST}`)]).toEqual([one.from, verdict]);
      expect([one.from, underGuardrails(one, 'max_token_lifetime_seconds: 1\n')]).toEqual([one.from, verdict]);
    }
  });
});
