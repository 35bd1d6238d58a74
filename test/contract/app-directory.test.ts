import { describe, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import { ConfiguredAppDirectory } from '../../src/infrastructure/github/configured-app-directory.ts';
import { QuotaBook } from '../../src/infrastructure/github/quota-book.ts';
import { MemoryAppDirectory } from '../../src/infrastructure/memory/memory-app-directory.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { ACME, OTHERS, runTests } from './app-directory.contract.ts';

const FLOORS = { soft: 500, hard: 50 };

function configured(pools: Readonly<Record<string, readonly App[]>>, quotas = new QuotaBook()): ConfiguredAppDirectory {
  const settings = Object.entries(pools).map(([owner, apps]) => ({
    owner,
    apps: apps.map(
      (app) => ({ ...app, key: { kind: 'pem', pem: 'a secret' }, keySetting: 'GITHUB_APP_PRIVATE_KEY' }) as const,
    ),
  }));
  return new ConfiguredAppDirectory(settings, quotas, FLOORS, new MemoryClock(0));
}

describe('Apps in memory', () =>
  runTests(() => ({
    apps: new MemoryAppDirectory({ acme: ACME, '*': OTHERS }),
    acmeAlone: new MemoryAppDirectory({ acme: ACME }),
  })));

describe('Apps of the configuration', () =>
  runTests(() => ({ apps: configured({ acme: ACME, '*': OTHERS }), acmeAlone: configured({ acme: ACME }) })));

describe('Apps of the configuration, beyond that', () => {
  const left = (remaining: number) => new Headers({ 'x-ratelimit-remaining': String(remaining) });

  test('come with those first that have quota to spare', () => {
    const quotas = new QuotaBook();
    const [first, second] = ACME;
    if (first === undefined || second === undefined) throw new Error('there are two');
    quotas.note(first, 'acme', 'app', left(1), 0);
    quotas.note(second, 'acme', 'app', left(5000), 0);
    expect(configured({ acme: ACME }, quotas).poolOf('Acme')).toEqual([second, first]);
  });

  test('never hand out a private key', () => {
    expect(JSON.stringify(configured({ acme: ACME, '*': OTHERS }).poolOf('acme'))).not.toContain('secret');
    expect(JSON.stringify(configured({ '*': OTHERS }).poolOf('acme'))).not.toContain('secret');
  });
});
