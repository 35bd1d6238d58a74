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
      {
        rule: 'app-permission-missing',
        check: 'permissions',
        severity: 'failing',
        message: 'The App does not ask for checks: write, pull_requests: read, which this service needs.',
        remedy: "Add it among the App's permissions; then each organization accepts it.",
        link: 'https://github.com',
      },
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
    expect(judgeInstallation('acme', STATE, { contents: 'read', issues: 'write', actions: 'read' }, options)).toEqual([
      {
        rule: 'permission-pending',
        check: 'permissions',
        severity: 'note',
        message: 'acme has not accepted all that the App asks for: issues: write, actions: read.',
        remedy: 'Policies can grant these only once an owner of the account has accepted them.',
        link: 'https://github.com/i/1/permissions/update',
      },
    ]);
    expect(judgeInstallation('acme', STATE, { contents: 'read' }, options)).toEqual([]);
    expect(judgeInstallation('acme', STATE, undefined, options)).toEqual([]);
  });

  it.each([
    [true, 'failing'],
    [false, 'note'],
  ])('that is suspended, of the operator’s own account or not (%s), is %s', (isOperators, severity) => {
    const state = { ...STATE, isSuspended: true };
    expect(judgeInstallation('acme', state, undefined, { usesWebhook: true, isOperators })).toEqual([
      {
        rule: 'installation-suspended',
        check: 'installations',
        severity,
        message: "The App's installation on acme is suspended: nobody gets a token for it.",
        remedy: 'An owner of the account can end that on the installation’s page.',
        link: 'https://github.com/i/1',
      },
    ]);
  });

  it('that lacks what the service needs is told before what the App asks for', () => {
    const options = { usesWebhook: true, isOperators: true };
    expect(judgeInstallation('acme', STATE, { issues: 'write' }, options)).toEqual([
      {
        rule: 'permission-missing',
        check: 'permissions',
        severity: 'failing',
        message: "The App's installation on acme lacks checks: write, pull_requests: read, which this service needs.",
        remedy: 'Add it to the App if it is missing there; then an owner of the account accepts it.',
        link: 'https://github.com/i/1/permissions/update',
      },
    ]);
  });
});
