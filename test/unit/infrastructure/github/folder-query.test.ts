import { describe, expect, it } from '@jest/globals';
import { readContent, readRepository } from '../../../../src/infrastructure/github/folder-query.ts';

const BLOB = { __typename: 'Blob', byteSize: 3, isBinary: false, isTruncated: false, text: 'a: b' };
const ENTRY = { name: 'ci.sts.yaml', mode: 0o100644, type: 'blob', object: BLOB };

function answer(object: unknown, more: object = {}): unknown {
  const target = { databaseId: 1, owner: { __typename: 'Organization', databaseId: 2 }, object };
  return { data: { target }, ...more };
}

function tree(...entries: unknown[]): unknown {
  return { __typename: 'Tree', entries };
}

function files(json: unknown): readonly object[] {
  const reading = readRepository(json, 'target');
  if (reading.kind !== 'found') throw new Error(reading.kind);
  return reading.folder.files;
}

describe('a folder', () => {
  it('is read with its ids and its files', () => {
    expect(readRepository(answer(tree(ENTRY)), 'target')).toEqual({
      kind: 'found',
      folder: { repositoryId: 1, accountId: 2, files: [{ name: 'ci.sts.yaml', kind: 'file', bytes: 3, text: 'a: b' }] },
    });
  });

  it('that is not there is empty', () => {
    expect(files(answer(null))).toEqual([]);
  });

  it('holds no text of a binary, truncated or linked file, but holds the file', () => {
    const spoilt = [{ isBinary: true, text: null }, { isTruncated: true }, { isBinary: null }, { text: 7 }];
    for (const change of spoilt) {
      expect(files(answer(tree({ ...ENTRY, object: { ...BLOB, ...change } })))).toEqual([
        { name: 'ci.sts.yaml', kind: 'file', bytes: 3 },
      ]);
    }
    expect(files(answer(tree({ ...ENTRY, mode: 0o120000 })))).toEqual([
      { name: 'ci.sts.yaml', kind: 'symlink', bytes: 3 },
    ]);
  });

  it('holds folders and submodules as what they are', () => {
    const others = ['tree', 'commit'].map((type) => ({ name: type, mode: 0o040000, type, object: null }));
    expect(files(answer(tree(...others))).map((file) => (file as { kind: string }).kind)).toEqual(['other', 'other']);
  });
});

describe('only GitHub’s own word is an absence', () => {
  const notFound = { type: 'NOT_FOUND', path: ['target'], message: 'Could not resolve to a Repository' };

  it('which is NOT_FOUND on the whole repository', () => {
    expect(readRepository({ data: { target: null }, errors: [notFound] }, 'target')).toEqual({ kind: 'invisible' });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'NOT_FOUND'],
    ['no data', {}],
    ['data that is null', { data: null }],
    ['no repository', { data: { target: null } }],
    ['a repository without ids', { data: { target: { object: null } } }],
    ['a repository whose folder was not told', { data: { target: { databaseId: 1, owner: { databaseId: 2 } } } }],
    ['a file in place of the folder', answer({ ...BLOB })],
    ['a folder without entries', answer({ __typename: 'Tree' })],
    ['entries that are null', answer({ __typename: 'Tree', entries: null })],
    ['an entry that is null', answer(tree(null))],
    ['an entry without a name', answer(tree({ ...ENTRY, name: undefined }))],
    ['an entry whose file was not told', answer(tree({ ...ENTRY, object: null }))],
    ['NOT_FOUND on the folder', answer(null, { errors: [{ ...notFound, path: ['target', 'object'] }] })],
    ['NOT_FOUND without a place', { data: null, errors: [{ type: 'NOT_FOUND' }] }],
    [
      'NOT_FOUND beside something else',
      { data: { target: null }, errors: [notFound, { type: 'INTERNAL', path: ['target', 'object'] }] },
    ],
    ['FORBIDDEN', { data: { target: null }, errors: [{ ...notFound, type: 'FORBIDDEN' }] }],
    ['a timeout', answer(null, { errors: [{ message: 'Something went wrong', path: ['target', 'object'] }] })],
    ['an error of no type', { data: { target: null }, errors: [{ message: 'x', path: ['target'] }] }],
    ['errors that are no list', answer(null, { errors: {} })],
    ['a list of no errors', answer(null, { errors: [] })],
    ['errors that are null', answer(null, { errors: null })],
  ])('and not %s', (_, json) => {
    expect(readRepository(json, 'target').kind).toBe('failed');
  });

  it('and concerns the repository that it names alone', () => {
    const json = answer(tree(ENTRY), { errors: [{ ...notFound, path: ['organization'] }] });
    expect(readRepository(json, 'target').kind).toBe('found');
    expect(readRepository(json, 'organization')).toEqual({ kind: 'invisible' });
  });
});

describe('a file read alone', () => {
  it('comes with Git’s name of its content', () => {
    expect(readContent(answer({ ...BLOB, oid: 'abc' }))).toEqual({ oid: 'abc', bytes: 3, text: 'a: b' });
  });

  it('has no text where it is binary', () => {
    expect(readContent(answer({ ...BLOB, oid: 'abc', isBinary: true, text: null }))).toEqual({ oid: 'abc', bytes: 3 });
  });

  it.each([null, {}, { ...BLOB }, { __typename: 'Tree', oid: 'abc' }])('is none in %j', (object) => {
    expect(readContent(answer(object))).toBeUndefined();
  });
});
