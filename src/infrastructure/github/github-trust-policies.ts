import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import { MAX_POLICY_BYTES, POLICY_FOLDER } from '../../domain/policy-location.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import { sameName } from '../../domain/scope.ts';
import type {
  Asking,
  FoldersRead,
  FoundFolder,
  InstallationGone,
  InvisibleFolder,
  RefusedFolder,
  TrustPolicyRepository,
} from '../../application/ports/trust-policy-repository.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import type { LruMap } from '../cache/lru-map.ts';
import {
  failureOf,
  fileQuery,
  folderQuery,
  readContent,
  readRepository,
  type FileContent,
  type FolderText,
  type RepositoryReading,
} from './folder-query.ts';
import { GitHubClient, githubMessage, unavailable, type GitHubAnswer, type GitHubFailure } from './github-client.ts';
import { InstallationTokens } from './installation-tokens.ts';
import { POLICY_RULES, type PolicyRules } from '../../application/policies/policy-rules.ts';
import { isolateToken } from '../../application/ports/token.ts';

/** In bytes. The files of a folder with more text are read one by one. */
const MAX_FOLDER_TEXT_BYTES = 1024 * 1024;
/** JSON escapes can make a text three times as long, and an answer has two folders. */
const MAX_ANSWER_BYTES = 6 * MAX_FOLDER_TEXT_BYTES;

interface ReadToken {
  readonly kind: 'token';
  readonly secret: string;
  /** Repositories that it names. */
  readonly covers: readonly string[];
}

/** Contents of files by repository and Git object id. The content of an object id never changes. */
export const FILE_CONTENTS = isolateToken<LruMap<FileContent>>('FileContents');

/**
 * Reads the policy folders of a repository and of the organization's policy repository: one token, one GraphQL query.
 */
@injectable()
export class GitHubTrustPolicies implements TrustPolicyRepository {
  constructor(
    @inject(GitHubClient) private readonly client: GitHubClient,
    @inject(InstallationTokens) private readonly tokens: InstallationTokens,
    @inject(POLICY_RULES) private readonly rules: PolicyRules,
    @inject(FILE_CONTENTS) private readonly contents: LruMap<FileContent>,
  ) {}

  async read(
    installation: Installation,
    repository: string,
    asking: Asking,
  ): Promise<FoldersRead | InstallationGone | Unavailable> {
    if (sameName(repository, this.rules.orgPolicyRepository)) return this.readOne(installation, repository);
    const pair = [repository, this.rules.orgPolicyRepository];
    const both = asking === 'pair' ? await this.readToken(installation, pair) : undefined;
    if (both?.kind === 'token') return withPair(await this.readFolders(installation, repository, both), false);
    if (both !== undefined && both.kind !== 'refused') return both;
    const alone = await this.readToken(installation, [repository]);
    if (alone.kind === 'token') return this.readBesideRefused(installation, repository, alone, both);
    return alone.kind === 'refused' ? this.readOrganization(installation) : alone;
  }

  async readText(
    installation: Installation,
    repository: string,
    repositoryId: number,
    file: PolicyFile,
  ): Promise<PolicyFile | Unavailable> {
    if (file.kind !== 'file' || file.oid === undefined || file.bytes > MAX_POLICY_BYTES) return file;
    const known = this.contents.get(`${repositoryId}/${file.oid}`);
    const content = known ?? (await this.readContent(installation, repository, `${POLICY_FOLDER}/${file.name}`));
    if ('kind' in content) return content;
    // The default branch may have changed since the folder was listed. The object id is that of the content read now.
    this.contents.set(`${repositoryId}/${content.oid}`, content);
    return { ...file, ...content };
  }

  /**
   * Where GitHub refused the pair but not the repository alone, it refused the policy repository. That one may be
   * public.
   */
  private async readBesideRefused(
    installation: Installation,
    repository: string,
    token: ReadToken,
    pair: RefusedFolder | undefined,
  ): Promise<FoldersRead | Unavailable> {
    const read = await this.readFolders(installation, repository, token);
    if (read.kind !== 'read' || pair === undefined) return read;
    const { organization } = read;
    return withPair({ ...read, organization: organization.kind === 'invisible' ? pair : organization }, true);
  }

  private async readOne(
    installation: Installation,
    repository: string,
  ): Promise<FoldersRead | InstallationGone | Unavailable> {
    const token = await this.readToken(installation, [repository]);
    if (token.kind === 'refused') return { kind: 'read', target: token, organization: token };
    return token.kind === 'token' ? this.readFolders(installation, repository, token) : token;
  }

  /** Reads the policy repository where the other repository was refused. */
  private async readOrganization(installation: Installation): Promise<FoldersRead | InstallationGone | Unavailable> {
    const read = await this.readOne(installation, this.rules.orgPolicyRepository);
    return read.kind === 'read' ? { ...read, target: { kind: 'refused' } } : read;
  }

  private async readContent(
    installation: Installation,
    repository: string,
    path: string,
  ): Promise<FileContent | Unavailable> {
    const token = await this.readToken(installation, [repository]);
    if (token.kind === 'unavailable') return token;
    if (token.kind !== 'token') return unavailable('unusable', 'the repository is not readable any more');
    const variables = { owner: installation.owner, target: repository };
    const answer = await this.query(installation, token.secret, fileQuery(path), variables);
    if (answer.kind === 'unavailable') return answer;
    const content = failureOf(answer.json, 'target') === undefined ? readContent(answer.json) : undefined;
    return content ?? unavailable('unusable', `${path}: no file in the answer`);
  }

  private async readToken(
    installation: Installation,
    repositories: readonly string[],
  ): Promise<ReadToken | RefusedFolder | InstallationGone | Unavailable> {
    const minted = await this.tokens.mintOwn(installation, { repositories, permissions: { contents: 'read' } });
    switch (minted.kind) {
      case 'minted':
        return { kind: 'token', secret: minted.secret, covers: repositories };
      case 'lacking':
        return { kind: 'refused' };
      case 'forbidden':
        return unavailable('refused', `read token: ${minted.reason}`);
      case 'gone':
      case 'unavailable':
        return minted;
    }
  }

  private async readFolders(
    installation: Installation,
    repository: string,
    token: ReadToken,
  ): Promise<FoldersRead | Unavailable> {
    const text = await this.folders(installation, repository, token.secret, 'with_text');
    const listingOnly = text.kind === 'unavailable' ? text.tooLarge === true : isTooBig(text.json);
    const answer = listingOnly ? await this.folders(installation, repository, token.secret, 'listing') : text;
    if (answer.kind === 'unavailable') return answer;
    const target = seen(readRepository(answer.json, 'target'), listingOnly);
    if (target.kind === 'unavailable') return target;
    const found = target.kind === 'invisible' ? ({ kind: 'not_found' } as const) : target;
    if (sameName(repository, this.rules.orgPolicyRepository))
      return { kind: 'read', target: found, organization: found };
    const organization = seen(readRepository(answer.json, 'organization'), listingOnly);
    const isNamed = token.covers.some((name) => sameName(name, this.rules.orgPolicyRepository));
    const isMissing = organization.kind === 'invisible' && isNamed;
    return { kind: 'read', target: found, organization: isMissing ? { kind: 'not_found' } : organization };
  }

  private folders(
    installation: Installation,
    repository: string,
    secret: string,
    text: FolderText,
  ): Promise<GitHubAnswer | GitHubFailure> {
    const { owner } = installation;
    const isPolicyRepository = sameName(repository, this.rules.orgPolicyRepository);
    const aliases = isPolicyRepository ? ['target'] : ['target', 'organization'];
    const variables = isPolicyRepository
      ? { owner, target: repository }
      : { owner, target: repository, organization: this.rules.orgPolicyRepository };
    return this.query(installation, secret, folderQuery(aliases, text), variables);
  }

  private async query(
    installation: Installation,
    secret: string,
    query: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<GitHubAnswer | GitHubFailure> {
    const body = { query, variables };
    const request = { method: 'POST', path: 'graphql', body, maxBytes: MAX_ANSWER_BYTES } as const;
    const answer = await this.client.asInstallation(installation, secret, request);
    if (answer.kind === 'unavailable' || answer.status === 200) return answer;
    return unavailable('unusable', `POST graphql: status ${answer.status}, ${githubMessage(answer.json)}`);
  }
}

function withPair(read: FoldersRead | Unavailable, pairRefused: boolean): FoldersRead | Unavailable {
  return read.kind === 'read' ? { ...read, pairRefused } : read;
}

function seen(reading: RepositoryReading, listingOnly: boolean): FoundFolder | InvisibleFolder | Unavailable {
  switch (reading.kind) {
    case 'found':
      return { kind: 'found', folder: { ...reading.folder, listingOnly } };
    case 'invisible':
      return reading;
    case 'failed':
      return unavailable(reading.cause, reading.detail);
  }
}

function isTooBig(json: unknown): boolean {
  return ['target', 'organization'].some((alias) => {
    const reading = readRepository(json, alias);
    if (reading.kind !== 'found') return false;
    const bytes = reading.folder.files.map((file) => Math.min(file.bytes, MAX_POLICY_BYTES));
    return bytes.reduce((sum, one) => sum + one, 0) > MAX_FOLDER_TEXT_BYTES;
  });
}
