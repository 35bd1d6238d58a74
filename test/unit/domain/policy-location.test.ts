import { describe, expect, it } from '@jest/globals';
import {
  ALLOWLIST_FILE,
  GUARDRAILS_FILE,
  isOrganizationLevel,
  MAX_POLICY_BYTES,
  POLICY_FOLDER,
  policyPath,
  policyRepository,
} from '../../../src/domain/policy-location.ts';

describe('the place of a policy', () => {
  it('is named after its identity', () => expect(policyPath('deploy')).toBe('.github/chainguard/deploy.sts.yaml'));

  it('is the scope’s repository, or the organization’s policy repository', () => {
    expect(policyRepository({ owner: 'o', repository: 'app' }, '.github')).toBe('app');
    expect(policyRepository({ owner: 'o' }, '.github')).toBe('.github');
  });

  it('is of the organization’s level in its policy repository, in any letters’ case', () => {
    expect(isOrganizationLevel({ owner: 'o' }, '.github')).toBe(true);
    expect(isOrganizationLevel({ owner: 'o', repository: '.GitHub' }, '.github')).toBe(true);
    expect(isOrganizationLevel({ owner: 'o', repository: 'app' }, '.github')).toBe(false);
  });

  it('holds the organization’s own files under the names that organizations know, and no file of more than 64 KiB', () => {
    expect([POLICY_FOLDER, ALLOWLIST_FILE, GUARDRAILS_FILE, MAX_POLICY_BYTES]).toEqual([
      '.github/chainguard',
      'trusted-token-issuers.yaml',
      'guardrails.yaml',
      65_536,
    ]);
  });
});
