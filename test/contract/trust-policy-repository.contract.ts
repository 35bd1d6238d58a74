import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Installation } from '../../src/domain/apps.ts';
import type { PolicyFile, PolicyFolder } from '../../src/domain/policy-folder.ts';
import type {
  Asking,
  FoldersRead,
  TrustPolicyRepository,
} from '../../src/application/ports/trust-policy-repository.ts';

/** The organization's policy repository. */
export const POLICY_REPOSITORY = '.github';

/** Texts of a policy folder by file name. */
export type Texts = Readonly<Record<string, string>>;

export interface Harness {
  readonly policies: TrustPolicyRepository;
  /** Of the organization acme on all of its repositories, which are private; none of them is there at first. */
  readonly installation: Installation;
  /** A repository of acme with this policy folder. @returns its id */
  add(repository: string, texts: Texts): number;
  change(repository: string, texts: Texts): void;
  remove(repository: string): void;
  /** A repository whose folder is too big to be read at once. @returns its id and the texts of the folder */
  addBig(repository: string): { readonly id: number; readonly texts: Texts };
  /** An installation that GitHub does not know any more; until the next read. */
  gone(): Installation;
  /** GitHub tells of the repository as missing in the next read, though the token names it. */
  hideOnce(repository: string): void;
  failOnce(): void;
  close(): Promise<void>;
}

const POLICY = 'issuer: https://issuer.example.com\nsubject: ä\npermissions: { contents: read }\n';

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;
  let repositoryId: number;
  let organizationId: number;

  beforeAll(async () => {
    harness = await start();
    repositoryId = harness.add('app', { 'good.sts.yaml': POLICY, 'bad.sts.yaml': 'issuer: [', 'README.md': '# x\n' });
    organizationId = harness.add(POLICY_REPOSITORY, { 'trusted-token-issuers.yaml': 'issuers: []\n' });
  });

  afterAll(() => harness.close());

  async function read(repository: string, asking: Asking = 'pair'): Promise<FoldersRead> {
    const result = await harness.policies.read(harness.installation, repository, asking);
    if (result.kind !== 'read') throw new Error(result.kind);
    return result;
  }

  function folderOf(seen: FoldersRead['target' | 'organization']): PolicyFolder {
    if (seen.kind !== 'found') throw new Error(seen.kind);
    return seen.folder;
  }

  const textsOf = ({ files }: PolicyFolder): Texts =>
    Object.fromEntries(files.map(({ name, text }) => [name, text ?? 'no text']));

  test('are read of a repository and of the policy repository together, with ids and whole texts', async () => {
    const { target, organization, pairRefused } = await read('app');
    const { accountId } = harness.installation;
    expect(folderOf(target)).toMatchObject({ repositoryId, accountId, listingOnly: false });
    expect(textsOf(folderOf(target))).toEqual({
      'good.sts.yaml': POLICY,
      'bad.sts.yaml': 'issuer: [',
      'README.md': '# x\n',
    });
    expect(folderOf(organization)).toMatchObject({ repositoryId: organizationId, accountId });
    expect(textsOf(folderOf(organization))).toEqual({ 'trusted-token-issuers.yaml': 'issuers: []\n' });
    expect(pairRefused).toBe(false);
  });

  test('say of a file what it is', async () => {
    const { files } = folderOf((await read('app')).target);
    expect(files.find(({ name }) => name === 'bad.sts.yaml')).toEqual({
      name: 'bad.sts.yaml',
      kind: 'file',
      bytes: 9,
      text: 'issuer: [',
    });
  });

  test('are read by names in any case', async () => {
    const installation = { ...harness.installation, owner: 'ACME' };
    const result = await harness.policies.read(installation, 'APP', 'pair');
    expect(result).toMatchObject({ kind: 'read', target: { folder: { repositoryId } } });
  });

  test('are none where there is no folder', async () => {
    const id = harness.add('without', {});
    expect(folderOf((await read('without')).target)).toMatchObject({ repositoryId: id, files: [] });
  });

  test('of the policy repository are both at once', async () => {
    const { target, organization } = await read(POLICY_REPOSITORY.toUpperCase());
    expect(folderOf(target).repositoryId).toBe(organizationId);
    expect(organization).toEqual(target);
  });

  test('are those of now, each time', async () => {
    harness.add('changing', { 'a.sts.yaml': 'old' });
    await read('changing');
    harness.change('changing', { 'a.sts.yaml': 'new' });
    expect(textsOf(folderOf((await read('changing')).target))).toEqual({ 'a.sts.yaml': 'new' });
  });

  test('are refused of a repository that is not there, and the organization’s are read all the same', async () => {
    for (const name of ['nowhere', 'constructor']) {
      const { target, organization } = await read(name);
      expect(target).toEqual({ kind: 'refused' });
      expect(folderOf(organization).repositoryId).toBe(organizationId);
    }
  });

  test('of a repository that is asked for alone come without the organization’s, unseen', async () => {
    const { target, organization, pairRefused } = await read('app', 'alone');
    expect(folderOf(target).repositoryId).toBe(repositoryId);
    expect([organization, pairRefused]).toEqual([{ kind: 'invisible' }, undefined]);
  });

  test('can be told as missing in a repository that a token names', async () => {
    harness.hideOnce('app');
    expect((await read('app')).target).toEqual({ kind: 'not_found' });
  });

  test('are no absence without an answer', async () => {
    harness.failOnce();
    expect(await harness.policies.read(harness.installation, 'app', 'pair')).toMatchObject({
      kind: 'unavailable',
      cause: 'unusable',
    });
  });

  test('are not those of an installation that is gone, and that is told', async () => {
    expect(await harness.policies.read(harness.gone(), 'app', 'pair')).toEqual({ kind: 'gone' });
  });

  test('of a folder too big to be read at once are listed, and then read one by one', async () => {
    const { id, texts } = harness.addBig('big');
    const folder = folderOf((await read('big')).target);
    expect(folder).toMatchObject({ repositoryId: id, listingOnly: true });
    expect(folder.files.map(({ name }) => name).toSorted()).toEqual(Object.keys(texts).toSorted());
    for (const file of folder.files.slice(0, 2)) {
      expect(file.text).toBeUndefined();
      expect(await harness.policies.readText(harness.installation, 'big', id, file)).toMatchObject({
        name: file.name,
        text: texts[file.name],
      });
    }
  });

  test('are no text where the file is not there any more', async () => {
    const file: PolicyFile = { name: 'gone.sts.yaml', kind: 'file', bytes: 9, oid: 'f'.repeat(40) };
    expect(await harness.policies.readText(harness.installation, 'app', repositoryId, file)).toMatchObject({
      kind: 'unavailable',
      cause: 'unusable',
    });
  });

  // Last, for it takes from the others what they read.
  test('of the policy repository are refused with the pair where it is not there, and the repository’s are read', async () => {
    harness.remove(POLICY_REPOSITORY);
    const { target, organization, pairRefused } = await read('app');
    expect(folderOf(target).repositoryId).toBe(repositoryId);
    expect([organization, pairRefused]).toEqual([{ kind: 'refused' }, true]);
    expect(await read('nowhere')).toMatchObject({ target: { kind: 'refused' }, organization: { kind: 'refused' } });
    expect((await read(POLICY_REPOSITORY)).organization).toEqual({ kind: 'refused' });
  });
}
