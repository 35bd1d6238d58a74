import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';
import { policyContext } from './corpus-cases.ts';

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

function records(): readonly RealPolicy[] {
  const lines = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RealPolicy);
}

const isPresent = existsSync(FILE);

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
});
