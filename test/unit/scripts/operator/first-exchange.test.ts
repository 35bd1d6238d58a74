import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { githubServer } from '../../../../src/domain/github-server.ts';
import { firstExchange } from '../../../../scripts/operator/first-exchange.ts';

const server = githubServer('https://api.github.com', false)!;

describe('the first exchange', () => {
  const { policy, workflow } = firstExchange({ host: 'sts.acme.dev', owner: 'acme', repository: 'my.app', server });

  it('trusts the repository’s main branch alone, with and without ids in the subject', () => {
    const {
      issuer,
      subject_pattern: pattern,
      permissions,
    } = parse(policy) as {
      readonly issuer: string;
      readonly subject_pattern: string;
      readonly permissions: unknown;
    };
    expect({ issuer, permissions }).toEqual({
      issuer: 'https://token.actions.githubusercontent.com',
      permissions: { contents: 'read' },
    });
    const whole = new RegExp(`^(?:${pattern})$`);
    expect(whole.test('repo:acme/my.app:ref:refs/heads/main')).toBe(true);
    expect(whole.test('repo:acme@12/my.app@34:ref:refs/heads/main')).toBe(true);
    for (const other of [
      'repo:acme/myxapp:ref:refs/heads/main',
      'repo:acme/my.app:pull_request',
      'repo:acme/my.app:ref:refs/heads/mainx',
    ]) {
      expect(whole.test(other)).toBe(false);
    }
  });

  it('asks this host, masks the token before anything else, and gives it back', () => {
    const { permissions, jobs } = parse(workflow) as {
      readonly permissions: unknown;
      readonly jobs: { readonly exchange: { readonly steps: readonly { readonly run: string }[] } };
    };
    expect(permissions).toEqual({ 'id-token': 'write' });
    const run = jobs.exchange.steps[0]?.run ?? '';
    expect(run).toContain('https://sts.acme.dev/sts/exchange?scope=acme/my.app&identity=first-exchange');
    expect(run.indexOf('::add-mask::')).toBeLessThan(run.indexOf('Bearer $token'));
    expect(run).toContain('-X POST -H "Authorization: Bearer $token" https://sts.acme.dev/sts/revoke');
  });
});
