import { describe, expect, it } from '@jest/globals';
import { globAsPattern } from '../../../../src/domain/lint/glob-meaning.ts';
import { lintPolicy } from '../../../../src/domain/lint/lint-policy.ts';
import { LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { fieldsOf } from '../policies.ts';
import { bySubject, claim, inRepository, type Changes } from './linting.ts';

const BUILDKITE: Changes = { issuer: 'https://agent.buildkite.com' };
const GITLAB: Changes = { issuer: 'https://gitlab.com' };

function meant(changes: Changes): string {
  const policy = new LintedPolicy(fieldsOf(changes), inRepository);
  const condition = policy.conditions.find(({ text }) => text.includes('*'));
  if (condition === undefined) throw new Error('there is no star');
  return globAsPattern(policy, condition);
}

const SUBJECTS: readonly (readonly [string, Changes, string])[] = [
  ['repo:acme/*', {}, 'repo:acme/[^/:]+:ref:refs/heads/main'],
  ['repo:acme/app:*', {}, 'repo:acme/app:ref:refs/heads/main'],
  ['repo:acme/app.js:ref:refs/heads/*', {}, 'repo:acme/app\\.js:ref:refs/heads/[^/:]+'],
  ['repo:acme/app:ref:refs/heads/release/**', {}, 'repo:acme/app:ref:refs/heads/release/[^/:]+'],
  ['repo:acme/app:refs/heads/*', {}, 'repo:acme/app:ref:refs/heads/[^/:]+'],
  ['project_path:acme/app:ref_type:branch:ref:*', GITLAB, 'project_path:acme/app:ref_type:branch:ref:[^/:]+'],
  ['acme/*:ref_type:tag:ref:v1', GITLAB, 'project_path:acme/[^/:]+:ref_type:tag:ref:v1'],
  ['repo:acme/*:ref:refs/tags/.*', {}, 'repo:acme/[^/:]+:ref:refs/tags/.*'],
  ['repo:(a|b).c/*:pull_request', {}, 'repo:(a|b).c/[^/:]+:pull_request'],
  ['^repo:acme/app:refs/heads/*$', {}, 'repo:acme/app:ref:refs/heads/[^/:]+'],
  ['repo:acme/app:environment:a$b-*', {}, 'repo:acme/app:environment:a\\$b-[^/:]+'],
  ['repo:acme/app:environment:a^b-*', {}, 'repo:acme/app:environment:a\\^b-[^/:]+'],
  [
    'organization:acme:pipeline:*',
    BUILDKITE,
    'organization:acme:pipeline:[^/:]+:ref:refs/heads/main:commit:[0-9a-f]+:step:[^:]*',
  ],
  ['anything/**', { issuer: 'https://idp.example.com' }, 'anything/[^/:]+'],
  ['anything-*', { issuer: 'https://idp.example.com' }, 'anything-[^/:]+'],
];

describe('the pattern that a glob means', () => {
  it.each(SUBJECTS)('is in the form of the provider, for the subject %s', (glob, changes, pattern) => {
    expect(meant({ ...changes, subject: glob })).toBe(pattern);
    expect(meant({ ...changes, ...bySubject(glob) })).toBe(pattern);
  });

  it('is put into the form of the provider up to a length', () => {
    const ofLength = (length: number): string => 'repo:acme/*:pull_request:'.padEnd(length, 'x');
    expect(meant({ subject: ofLength(2000) })).toBe('repo:acme/[^/:]+:pull_request');
    expect(meant({ subject: ofLength(2001) })).toBe(ofLength(2001).replace('*', '[^/:]+'));
  });

  it('is in the form of the claim', () => {
    const claims = claim('job_workflow_ref', 'acme/app/.github/workflows/*.yml@main');
    expect(meant({ claimPatterns: claims })).toBe('acme/app/\\.github/workflows/[^/:]+\\.yml@refs/heads/main');
  });

  it.each(SUBJECTS.slice(0, 7))('raises no warning when it is written: %s', (glob, changes) => {
    const written = { ...changes, ...bySubject(meant({ ...changes, subject: glob })) };
    const severities = lintPolicy(fieldsOf(written), inRepository).map(({ severity }) => severity);
    expect(severities).not.toContain('warning');
  });
});
