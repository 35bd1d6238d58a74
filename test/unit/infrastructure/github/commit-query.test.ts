import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import {
  filesQuery,
  foldersQuery,
  readFiles,
  readFolders,
} from '../../../../src/infrastructure/github/commit-query.ts';

const PLACE = { owner: 'acme', name: 'app', commit: 'c'.repeat(40) };
const ENTRY = {
  name: 'ci.sts.yaml',
  mode: 0o100644,
  type: 'blob',
  object: { __typename: 'Blob', byteSize: 4, isBinary: false, isTruncated: false, text: 'a: b' },
};
const HOSTILE = ['a".sts.yaml', '}) { viewer { login } } #.sts.yaml', '$owner.sts.yaml', 'ü\n.sts.yaml'];

const commit = (files: object): unknown => ({
  data: { repository: { object: { __typename: 'Commit', ...files } } },
});

describe('a query', () => {
  it('holds no name that an author chose: all are variables', () => {
    const { query, variables } = filesQuery(PLACE, HOSTILE);
    expect(() => parse(query)).not.toThrow();
    for (const name of HOSTILE) expect(query).not.toContain(name);
    expect(Object.values(variables)).toEqual(
      expect.arrayContaining(HOSTILE.map((name) => `.github/chainguard/${name}`)),
    );
  });

  it('asks for the policies’ folder of each commit', () => {
    const { query, variables } = foldersQuery({ owner: 'acme', name: 'app' }, ['a', 'b']);
    expect(() => parse(query)).not.toThrow();
    expect(variables).toMatchObject({ e0: 'a:.github/chainguard', e1: 'b:.github/chainguard' });
  });
});

describe('the files of a commit', () => {
  it('are those that are there', () => {
    const json = commit({ f0: ENTRY, f1: null });
    expect(readFiles(json, ['ci.sts.yaml', 'gone.sts.yaml'])).toEqual([
      { name: 'ci.sts.yaml', kind: 'file', bytes: 4, text: 'a: b' },
    ]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no repository', { data: { repository: null } }],
    ['no commit', { data: { repository: { object: null } } }],
    ['something else than a commit', { data: { repository: { object: { __typename: 'Tree', f0: ENTRY } } } }],
    ['a commit that does not tell the file', commit({})],
    ['a file that was not told whole', commit({ f0: { ...ENTRY, object: null } })],
    ['errors beside it', { ...(commit({ f0: ENTRY }) as object), errors: [{ type: 'INTERNAL' }] }],
  ])('are unknown, and not absent, in an answer of %s', (_, json) => {
    expect(readFiles(json, ['ci.sts.yaml'])).toMatchObject({ kind: 'unavailable' });
  });
});

describe('the folders of commits', () => {
  const folders = (...objects: unknown[]): unknown => ({
    data: { repository: Object.fromEntries(objects.map((object, index) => [`c${index}`, object])) },
  });

  it('have their entries by name, and differ where an entry does', () => {
    const entry = { name: 'ci.sts.yaml', mode: 1, oid: 'a' };
    const read = readFolders(folders({ entries: [entry] }, { entries: [{ ...entry, oid: 'b' }] }, null), [
      'x',
      'y',
      'z',
    ]);
    if ('kind' in read) throw new Error(read.detail);
    expect(read.map((folder) => [...folder.keys()])).toEqual([['ci.sts.yaml'], ['ci.sts.yaml'], []]);
    expect(read[0]?.get('ci.sts.yaml')).not.toBe(read[1]?.get('ci.sts.yaml'));
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['errors', { ...(folders(null) as object), errors: [{ type: 'NOT_FOUND', path: ['repository', 'c0'] }] }],
  ])('are unknown in an answer of %s', (_, json) => {
    expect(readFolders(json, ['x'])).toMatchObject({ kind: 'unavailable' });
  });
});
