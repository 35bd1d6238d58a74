import { describe, expect, it } from '@jest/globals';
import {
  checksByName,
  summarize,
  worst,
  type AppHealth,
  type ServiceHealth,
  type SharedCheck,
} from '../../../src/domain/health.ts';

const APP: AppHealth = { name: 'default', credentials: 'ok', quota: 'ok' };
const SHARED: ServiceHealth['shared'] = {
  github: 'ok',
  store: 'ok',
  webhook: 'ok',
  installations: 'ok',
  permissions: 'ok',
  issuers: 'ok',
  clock: 'ok',
};

function health(shared: Partial<ServiceHealth['shared']> = {}, apps: readonly AppHealth[] = [APP]): ServiceHealth {
  return { apps, shared: { ...SHARED, ...shared }, noInstallationUsable: false };
}

describe('what anyone is told', () => {
  it('of a sound service are five checks in a fixed order', () => {
    const { status, checks } = summarize(health(), true);
    expect([status, Object.entries(checks).map(String)]).toEqual([
      'ok',
      ['configuration,ok', 'app_credentials,ok', 'github,ok', 'store,ok', 'webhook,ok'],
    ]);
  });

  it.each<SharedCheck>(['installations', 'permissions', 'issuers', 'clock'])('has %s only while it fails', (name) => {
    expect(summarize(health({ [name]: 'unknown' }), true).checks).not.toHaveProperty(name);
    expect(summarize(health({ [name]: 'failing' }), true)).toMatchObject({
      status: 'degraded',
      checks: { [name]: 'failing' },
    });
  });

  it.each<SharedCheck>(['store', 'webhook'])('is degraded where %s fails: exchanges work', (name) => {
    expect(summarize(health({ [name]: 'failing' }), true).status).toBe('degraded');
  });

  it('is ok where something is unknown', () => {
    const unknown = { ...APP, credentials: 'unknown', quota: 'unknown' } as const;
    expect(summarize(health({ github: 'unknown', webhook: 'unknown' }, [unknown]), true).status).toBe('ok');
  });

  it.each([
    ['GitHub is silent', health({ github: 'failing' })],
    ['the only App is not accepted', health({}, [{ ...APP, credentials: 'failing' }])],
    ['the only App’s quota is used up', health({}, [{ ...APP, quota: 'failing' }])],
    [
      'each App fails in its own way',
      health({}, [
        { ...APP, name: 'a', quota: 'failing' },
        { ...APP, name: 'b', credentials: 'failing' },
      ]),
    ],
    ['no installation can be used', { ...health(), noInstallationUsable: true }],
  ])('is failing where %s', (_, one) => {
    expect(summarize(one, true).status).toBe('failing');
  });

  it('has each of several Apps, and is degraded while one of them works', () => {
    const apps = [
      { ...APP, name: 'a' },
      { ...APP, name: 'b', credentials: 'failing', quota: 'failing' },
    ] as const;
    expect(summarize(health({}, apps), true)).toEqual({
      status: 'degraded',
      checks: {
        configuration: 'ok',
        'app_credentials:a': 'ok',
        'app_credentials:b': 'failing',
        github: 'ok',
        store: 'ok',
        webhook: 'ok',
        quota: 'failing',
      },
    });
  });

  it('takes Apps of the same name for one, which fails where one of them does', () => {
    for (const apps of [
      [{ ...APP, credentials: 'failing' }, APP],
      [APP, { ...APP, credentials: 'failing' }],
    ] as const) {
      expect(summarize(health({}, apps), true)).toMatchObject({
        status: 'degraded',
        checks: { 'app_credentials:default': 'failing' },
      });
    }
  });

  it('under another host has that as well', () => {
    expect(summarize(health(), false)).toMatchObject({ status: 'degraded', checks: { host: 'failing' } });
  });
});

it.each([
  [[], 'unknown'],
  [['unknown', 'ok'], 'ok'],
  [['ok', 'failing', 'unknown'], 'failing'],
] as const)('the worst of %j is %s', (states, one) => {
  expect(worst(states)).toBe(one);
});

describe('the checks by name', () => {
  it('are all of them, each with its state', () => {
    expect(checksByName(health({ issuers: 'failing' }, [{ ...APP, quota: 'unknown' }]))).toEqual({
      ...SHARED,
      app_credentials: 'ok',
      quota: 'unknown',
      issuers: 'failing',
    });
  });
});
