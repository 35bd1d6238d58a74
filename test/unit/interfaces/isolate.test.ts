import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryClock } from '../../../src/infrastructure/memory/memory-clock.ts';
import type { AppSigner, KeyCheck } from '../../../src/application/ports/app-signer.ts';
import { keyFaults, makeIsolate, type Isolate } from '../../../src/interfaces/isolate.ts';
import type { AppPoolSettings } from '../../../src/infrastructure/yaml/app-config.ts';
import { generateAppKeys } from '../../support/github/app-keys.ts';

const GOOD = { STS_DOMAIN: 'sts.example.com', GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: generateAppKeys().pkcs1Pem };
/** It looks like a key until it is used. */
const LOOKALIKE = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';
const CLOCK = new MemoryClock(0);

let logged: unknown[];

beforeEach(() => {
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(line));
});

afterEach(() => {
  jest.restoreAllMocks();
});

function faultsOf(isolate: Isolate): readonly string[] {
  return isolate.kind === 'ready' ? [] : isolate.faults.map(({ setting }) => setting);
}

describe('an isolate', () => {
  it('is ready where its settings and its platform are whole', async () => {
    expect((await makeIsolate(GOOD, CLOCK, [])).kind).toBe('ready');
    expect(logged).toEqual([]);
  });

  it('can’t serve where the platform lacks something, however good its settings are', async () => {
    const isolate = await makeIsolate(GOOD, CLOCK, [{ setting: 'OCTO_STS_KV', problem: 'is required' }]);
    expect(faultsOf(isolate)).toEqual(['OCTO_STS_KV']);
  });

  it('names all that is wrong at once: settings, platform, and keys that only look like keys', async () => {
    const values = { ...GOOD, LOG_LEVEL: 'x', GITHUB_APP_PRIVATE_KEY: LOOKALIKE };
    const isolate = await makeIsolate(values, CLOCK, [{ setting: 'OCTO_STS_KV', problem: 'is required' }]);
    expect(faultsOf(isolate)).toEqual(['LOG_LEVEL', 'OCTO_STS_KV', 'GITHUB_APP_PRIVATE_KEY']);
  });

  it('writes to the log what is wrong, and no value', async () => {
    await makeIsolate({ ...GOOD, LOG_LEVEL: 'c@nary', GITHUB_APP_PRIVATE_KEY: LOOKALIKE }, CLOCK, []);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(String(logged[0]))).toMatchObject({ level: 'error', event: 'misconfigured' });
    expect(String(logged[0])).not.toMatch(/c@nary|AAAA/);
  });
});

describe('keys that can’t be used', () => {
  const app = (name: string, keySetting: string) =>
    ({ name, id: name, key: { kind: 'pem', pem: '' }, keySetting }) as const;
  const POOLS: readonly AppPoolSettings[] = [
    { owner: 'one', apps: [app('good', 'KEY_1'), app('bad', 'KEY_2')] },
    { owner: 'two', apps: [app('bad', 'KEY_2')] },
  ];

  function signer(check: (name: string) => KeyCheck): AppSigner {
    return { check: async ({ name }) => check(name), sign: async () => ({ kind: 'unusable_key' }) };
  }

  it('are named by the setting, each once, with what the signer says of it', async () => {
    const found = await keyFaults(
      POOLS,
      signer((name) => (name === 'good' ? { kind: 'usable' } : { kind: 'unusable_key', problem: 'is no key' })),
    );
    expect(found).toEqual([{ setting: 'KEY_2', problem: 'is no key' }]);
  });

  it('are not those of a key service that gives no answer at this moment', async () => {
    const silent = signer(() => ({ kind: 'unavailable', cause: 'down', detail: 'a key service' }));
    expect(await keyFaults(POOLS, silent)).toEqual([]);
  });

  it('are told of an App of APP_CONFIG as of a single one', async () => {
    const APP_CONFIG =
      'orgs: [{ name: a, apps: [{ app_id: 1, private_key: "${K1}" }, { app_id: 2, private_key: "${K2}" }] }]';
    const env = { STS_DOMAIN: 'sts.example.com', APP_CONFIG, K1: GOOD.GITHUB_APP_PRIVATE_KEY, K2: LOOKALIKE };
    expect(faultsOf(await makeIsolate(env, CLOCK, []))).toEqual(['K2']);
  });
});
