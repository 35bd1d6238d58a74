import { describe, expect, it } from '@jest/globals';
import type { InstallationEntry } from '../../../../src/application/policies/installations.ts';
import type { OrganizationFileEntry } from '../../../../src/application/policies/organization-file.ts';
import type { KnownFolder } from '../../../../src/application/policies/policy-folders.ts';
import {
  FOLDER_VALUES,
  FOLDER_WEIGHT,
  INSTALLATION_VALUES,
  ORGANIZATION_FILE_VALUES,
} from '../../../../src/infrastructure/cache/cached-values.ts';
import { LruMap } from '../../../../src/infrastructure/cache/lru-map.ts';
import { storeAnswer } from '../../../../src/infrastructure/cache/record-text.ts';
import { migrated } from '../../../../src/infrastructure/cache/schema.ts';
import type { IsolateMemo } from '../../../../src/infrastructure/cache/two-level-cache.ts';

const INSTALLATION = { id: 1, accountId: 2 };
const FOLDER: KnownFolder = {
  accountId: 2,
  repositoryId: 3,
  listingOnly: false,
  files: [{ name: 'ci.sts.yaml', kind: 'file', bytes: 4, text: 'a: b' }],
};
const FILE: OrganizationFileEntry = { accountId: 2, state: { kind: 'file', text: 'issuers: []' } };

const without = (value: object, name: string): object =>
  Object.fromEntries(Object.entries(value).filter(([one]) => one !== name));

describe('an installation of the store', () => {
  it.each<[string, InstallationEntry]>([
    ['as it is found', INSTALLATION],
    ['with what was learnt of it', { ...INSTALLATION, pairRefused: true, unreadableAt: 5 }],
    ['with what was accepted', { ...INSTALLATION, accepted: { permissions: { contents: 'read' }, account: 'user' } }],
  ])('is one %s', (_, value) => expect(INSTALLATION_VALUES.isValue(value)).toBe(true));

  it.each<[string, unknown]>([
    ['an absence, which is never stored', { absent: true }],
    ['one without its id', without(INSTALLATION, 'id')],
    ['one without its account', without(INSTALLATION, 'accountId')],
    ['one with an id in text', { ...INSTALLATION, id: '1' }],
    ['one that may be of a pair', { ...INSTALLATION, pairRefused: 'true' }],
    ['one with a time in text', { ...INSTALLATION, unreadableAt: 'now' }],
    ['one without the account’s kind', { ...INSTALLATION, accepted: { permissions: {} } }],
    ['one without permissions', { ...INSTALLATION, accepted: { account: 'user' } }],
    [
      'one with a level that is no text',
      { ...INSTALLATION, accepted: { permissions: { contents: 1 }, account: 'user' } },
    ],
    ['nothing', null],
  ])('is not %s', (_, value) => expect(INSTALLATION_VALUES.isValue(value)).toBe(false));

  it('is the same as another where it decides the same', () => {
    const { isSame } = INSTALLATION_VALUES;
    const same: [InstallationEntry, InstallationEntry][] = [
      [INSTALLATION, { ...INSTALLATION }],
      [INSTALLATION, { ...INSTALLATION, pairRefused: false }],
      [
        { ...INSTALLATION, unreadableAt: 1 },
        { ...INSTALLATION, unreadableAt: 2 },
      ],
      [{ absent: true }, { absent: true }],
    ];
    const other: [InstallationEntry, InstallationEntry][] = [
      [INSTALLATION, { absent: true }],
      [INSTALLATION, { ...INSTALLATION, id: 9 }],
      [INSTALLATION, { ...INSTALLATION, accountId: 9 }],
      [INSTALLATION, { ...INSTALLATION, pairRefused: true }],
      [INSTALLATION, { ...INSTALLATION, unreadableAt: 1 }],
      [INSTALLATION, { ...INSTALLATION, accepted: { permissions: {}, account: 'user' } }],
    ];
    expect(same.map(([a, b]) => [isSame(a, b), isSame(b, a)])).toEqual(same.map(() => [true, true]));
    expect(other.map(([a, b]) => [isSame(a, b), isSame(b, a)])).toEqual(other.map(() => [false, false]));
  });
});

describe('a folder of the store', () => {
  it.each<[string, unknown]>([
    ['with its files', FOLDER],
    ['of a repository that is not there', { ...FOLDER, repositoryId: null, files: [] }],
    ['whose texts are read one by one', { ...FOLDER, files: [{ name: 'a', kind: 'file', bytes: 1, oid: 'f' }] }],
  ])('is one %s', (_, value) => expect(FOLDER_VALUES.isValue(value)).toBe(true));

  it.each<[string, unknown]>([
    ['one without an account', without(FOLDER, 'accountId')],
    ['one that does not say its repository', without(FOLDER, 'repositoryId')],
    ['one that does not say whether it is a list', without(FOLDER, 'listingOnly')],
    ['one without files', without(FOLDER, 'files')],
    ['one with files that are no list', { ...FOLDER, files: {} }],
    ['one with a file of no name', { ...FOLDER, files: [{ kind: 'file', bytes: 1 }] }],
    ['one with a file of no size', { ...FOLDER, files: [{ name: 'a', kind: 'file' }] }],
    ['one with a text that is none', { ...FOLDER, files: [{ name: 'a', kind: 'file', bytes: 1, text: 7 }] }],
    ['one with one bad file of several', { ...FOLDER, files: [...FOLDER.files, null] }],
  ])('is not %s', (_, value) => expect(FOLDER_VALUES.isValue(value)).toBe(false));

  it('is forgotten by an isolate before all folders take more than 16 Mi characters', () => {
    const text = 'x'.repeat(1024 * 1024);
    const memory = new LruMap<IsolateMemo<KnownFolder>>(1000, FOLDER_WEIGHT);
    for (let count = 0; count < 20; count += 1) {
      const value = { ...FOLDER, files: [{ name: 'a', kind: 'file', bytes: text.length, text } as const] };
      const record = { value, readAt: count, revision: 0, freshForMs: 1 };
      memory.set(String(count), { record, checkedAt: count, kept: record });
    }
    expect([memory.size, memory.get('0'), memory.get('19')]).toEqual([15, undefined, expect.anything()]);
  });

  it('weighs twice what an isolate holds in two versions, and a tombstone nothing', () => {
    const entry = (value: KnownFolder) => ({ value, readAt: 1, revision: 0, freshForMs: 1 });
    const once = FOLDER_WEIGHT.weigh({ record: entry(FOLDER), checkedAt: 1, kept: entry(FOLDER) });
    const twice = FOLDER_WEIGHT.weigh({ record: entry({ ...FOLDER }), checkedAt: 1, kept: entry(FOLDER) });
    expect([twice, FOLDER_WEIGHT.weigh({ record: { purgedAt: 1 }, checkedAt: 1 })]).toEqual([2 * once, 0]);
  });
});

describe('an organization’s file of the store', () => {
  const LAST_GOOD = { text: 'issuers: [https://b.example.com]', readAt: 1 };

  it.each([
    ['absent', { kind: 'absent' }],
    ['a file', { kind: 'file', text: 'issuers: [https://a.example.com]' }],
    ['no file', { kind: 'not_a_file' }],
  ])('is read as the first version of this service stored it: %s', (_, state) => {
    const value = { accountId: 1, state, lastGood: LAST_GOOD };
    const stored = storeAnswer(JSON.stringify({ v: 1, value, readAt: 1, freshForMs: 900_000 }));
    if (stored.kind !== 'found' || 'purgedAt' in stored.record) throw new Error(stored.kind);
    expect(migrated(ORGANIZATION_FILE_VALUES, stored.version, stored.record.value)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['one without an account', without(FILE, 'accountId')],
    ['one without a state', without(FILE, 'state')],
    ['one of an unknown state', { ...FILE, state: { kind: 'unknown' } }],
    ['a file without a text', { ...FILE, state: { kind: 'file' } }],
    ['one whose last good text has no time', { ...FILE, lastGood: { text: '' } }],
    ['one whose last good text is none', { ...FILE, lastGood: { readAt: 1 } }],
    ['one whose last good text is nothing', { ...FILE, lastGood: null }],
  ])('is not %s', (_, value) => expect(ORGANIZATION_FILE_VALUES.isValue(value)).toBe(false));

  it('is kept for good, and written whatever else was', () => {
    expect(ORGANIZATION_FILE_VALUES.keepForSeconds).toBeUndefined();
    expect(ORGANIZATION_FILE_VALUES.isAlwaysWritten).toBe(true);
  });
});
