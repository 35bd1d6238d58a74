import { describe, expect, it } from '@jest/globals';
import {
  canReadPolicies,
  judgeAppPermissions,
  judgeInstallation,
  lacking,
  neededPermissions,
} from '../../../src/domain/installation-health.ts';

const STATE = { isSuspended: false, permissions: { contents: 'read' }, page: 'https://github.com/i/1' };

describe('permissions', () => {
  it.each([
    [{ contents: 'write' }, [['contents', 'read']], []],
    [{ contents: 'read' }, [['contents', 'write']], ['contents: write']],
    [{}, [['contents', 'read']], ['contents: read']],
    [{ novel: 'root' }, [['novel', 'root']], []],
    [{ novel: 'root' }, [['novel', 'read']], ['novel: read']],
    [
      {},
      [
        ['constructor', 'read'],
        ['__proto__', 'read'],
      ],
      ['constructor: read', '__proto__: read'],
    ],
  ] as const)('%j lack of %j: %j', (held, needed, missing) => {
    expect(lacking(held, needed)).toEqual(missing);
  });

  it('are fewer without a webhook', () => {
    expect(neededPermissions(false)).toEqual([['contents', 'read']]);
    expect(judgeAppPermissions({ contents: 'read' }, false, 'https://github.com')).toEqual([]);
    expect(judgeAppPermissions({ contents: 'read' }, true, 'https://github.com')).toMatchObject([
      { rule: 'app-permission-missing', message: expect.stringContaining('checks: write, pull_requests: read') },
    ]);
  });
});

describe('an installation', () => {
  it.each([
    [STATE, true],
    [{ ...STATE, isSuspended: true }, false],
    [{ ...STATE, permissions: { checks: 'write' } }, false],
  ])('%j can have its policies read: %s', (state, can) => {
    expect(canReadPolicies(state)).toBe(can);
  });

  it('links to the page where an owner accepts what the App asks for', () => {
    const options = { usesWebhook: false, isOperators: true };
    expect(judgeInstallation('acme', STATE, { contents: 'read', issues: 'write' }, options)).toMatchObject([
      { rule: 'permission-pending', severity: 'note', link: 'https://github.com/i/1/permissions/update' },
    ]);
  });
});
