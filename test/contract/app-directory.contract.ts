import { beforeAll, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import type { AppDirectory } from '../../src/application/ports/app-directory.ts';

/** The Apps of acme, and the one of every other owner. */
export const ACME: readonly App[] = [
  { name: 'ci-1', id: '1' },
  { name: 'ci-2', id: '2' },
];
export const OTHERS: readonly App[] = [{ name: 'default', id: '3' }];

export interface Harness {
  /** Of acme and every other owner. */
  readonly apps: AppDirectory;
  /** Of acme alone. */
  readonly acmeAlone: AppDirectory;
}

/** What every adapter of the port must do. */
export function runTests(start: () => Harness): void {
  let harness: Harness;

  beforeAll(() => {
    harness = start();
  });

  test.each(['acme', 'ACME', 'Acme'])('serve an owner by its name in any case: %s', (owner) => {
    expect(harness.apps.poolOf(owner)).toEqual(ACME);
  });

  test.each(['octocat', 'ANYBODY', 'acme2', '*', 'constructor', '__proto__'])(
    'serve every other owner: %s',
    (owner) => {
      expect(harness.apps.poolOf(owner)).toEqual(OTHERS);
    },
  );

  test.each(['octocat', '*', 'constructor', '__proto__', ''])('are none where none is configured: %j', (owner) => {
    expect(harness.acmeAlone.poolOf(owner)).toEqual([]);
    expect(harness.acmeAlone.poolOf('acme')).toEqual(ACME);
  });
}
