import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { affected, compareVersions, readReview, unreviewed } from '../../../scripts/supply-chain/advisories.ts';
import { billOfMaterials } from '../../../scripts/supply-chain/bill-of-materials.ts';
import { isAccepted } from '../../../scripts/supply-chain/licences.ts';
import { readLockFile, readManifest, type LockedPackage } from '../../../scripts/supply-chain/lock-file.ts';
import { unpinnedActions } from '../../../scripts/supply-chain/pinned-actions.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const ROOT = join(import.meta.dirname, '..', '..', '..');

function locked(change: Partial<LockedPackage>): LockedPackage {
  const name = change.name ?? 'yaml';
  return {
    path: `node_modules/${name}`,
    name,
    version: '2.9.1',
    licence: 'ISC',
    integrity: 'sha512-AAAA',
    isRunTime: true,
    isOptional: false,
    needs: [],
    ...change,
  };
}

describe('licences', () => {
  test.each([
    ['MIT', 'run-time', true],
    ['MIT OR GPL-3.0-only', 'run-time', true],
    ['(MIT OR CC0-1.0)', 'run-time', true],
    ['MIT AND GPL-3.0-only', 'run-time', false],
    ['GPL-3.0-only', 'tool', false],
    ['LGPL-3.0-or-later', 'run-time', false],
    ['LGPL-3.0-or-later', 'tool', true],
    ['MPL-2.0', 'run-time', false],
    ['MPL-2.0', 'tool', true],
    ['MIT OR (GPL-3.0-only AND MIT)', 'tool', false],
    ['SEE LICENSE IN LICENSE.md', 'tool', false],
    ['mit', 'run-time', false],
    ['', 'run-time', false],
    [undefined, 'tool', false],
  ] as const)('%s for a %s package: %s', (licence, use, accepted) => {
    expect(isAccepted(licence, use)).toBe(accepted);
  });
});

describe('advisories', () => {
  const advisory = { id: 'X-1', package: 'yaml', introduced: '2.0.0', fixed: '2.8.3', source: '', summary: 'a fault' };

  test.each([
    ['2.8.2', 1],
    ['2.8.3', 0],
    ['2.8.3-beta.1', 1],
    ['2.10.0', 0],
    ['1.9.9', 0],
    ['2.0.0', 1],
  ])('an advisory for 2.0.0 up to 2.8.3, and version %s: %s fault', (version, faults) => {
    expect(affected([locked({ version })], [advisory])).toHaveLength(faults);
  });

  test('an advisory counts for tools too, wherever they are installed', () => {
    const nested = locked({ path: 'node_modules/a/node_modules/yaml', version: '2.1.0', isRunTime: false });
    expect(affected([nested], [advisory])).toEqual(['node_modules/a/node_modules/yaml 2.1.0 has X-1: a fault']);
  });

  test('an update of a run-time package is refused until somebody has looked at its advisories', () => {
    const review = { reviewed: '2026-11-25', versions: { yaml: '2.9.1' }, advisories: [] };
    const updated = locked({ version: '2.9.2' });
    expect(unreviewed([locked({})], review)).toEqual([]);
    expect(unreviewed([updated], review)).toEqual(['yaml 2.9.2 is not in the review of advisories of 2026-11-25']);
    expect(unreviewed([locked({ name: 'left-pad', isRunTime: false })], review)).toEqual([]);
  });

  test('versions are compared by number, not as text', () => {
    expect(compareVersions('13.15.22', '13.15.9')).toBeGreaterThan(0);
    expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  });

  test('every advisory in the review is about a package that the review names', () => {
    const { versions, advisories } = readReview();
    expect(advisories.filter((one) => !(one.package in versions))).toEqual([]);
    expect(advisories.filter((one) => compareVersions(one.introduced, one.fixed) >= 0)).toEqual([]);
  });
});

describe('actions in examples', () => {
  test.each([
    ['- uses: actions/checkout@v4', ['actions/checkout@v4']],
    ['uses: "github/codeql-action/upload-sarif@main"', ['github/codeql-action/upload-sarif@main']],
    [`- uses: actions/checkout@${SHA.slice(0, 12)}`, [`actions/checkout@${SHA.slice(0, 12)}`]],
    [`- uses: actions/checkout@${SHA}`, []],
    ['`uses: OWNER/octo-sts-worker/action@<commit>`, from your copy', []],
    ['- uses: ./action', []],
  ])('%s: not pinned are %j', (text, unpinned) => {
    expect(unpinnedActions(text)).toEqual(unpinned);
  });
});

describe('the bill of materials', () => {
  const packages = readLockFile(ROOT);
  const manifest = readManifest(ROOT);
  interface Bill {
    readonly serialNumber: string;
    readonly components: readonly { readonly 'bom-ref': string }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  }
  const bill = billOfMaterials(manifest, packages) as Bill;

  test('holds the run-time packages and no tool', () => {
    const names = bill.components.map((one) => one['bom-ref'].replace(/@[^@]*$/, ''));
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies).map((name) => `pkg:npm/${name}`)));
    expect(names).not.toContain('pkg:npm/typescript');
  });

  test('every reference leads to a component', () => {
    const known = new Set(bill.components.map((one) => one['bom-ref']));
    expect(bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((one) => !known.has(one))).toEqual([]);
    expect(bill.dependencies[0]?.dependsOn).toHaveLength(Object.keys(manifest.dependencies).length);
  });

  test('a nested package is what its parent refers to', () => {
    const nested = packages.find(({ path }) => path === 'node_modules/tsyringe/node_modules/tslib');
    const { dependsOn } = bill.dependencies.find(({ ref }) => ref.startsWith('pkg:npm/tsyringe@')) ?? {};
    expect(dependsOn).toEqual([`pkg:npm/tslib@${nested?.version ?? ''}`]);
  });

  test('the same lock file gives the same bytes, another one another serial number', () => {
    expect(billOfMaterials(manifest, readLockFile(ROOT))).toEqual(bill);
    const other = packages.map((one) => (one.name === 'yaml' ? { ...one, version: '9.9.9' } : one));
    expect((billOfMaterials(manifest, other) as Bill).serialNumber).not.toBe(bill.serialNumber);
  });
});
