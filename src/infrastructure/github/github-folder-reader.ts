import type { Installation } from '../../domain/apps.ts';
import { sameName } from '../../domain/scope.ts';
import { MAX_POLICY_BYTES, POLICY_FOLDER } from '../../domain/policy-location.ts';
import type { AfterAnswer } from '../../application/ports/after-answer.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { member } from '../http/bounded-fetch.ts';
import type { LruMap } from '../cache/lru-map.ts';
import {
  githubMessage,
  unavailable,
  type GitHubAnswer,
  type GitHubClient,
  type GitHubFailure,
} from './github-client.ts';
import {
  failureOf,
  fileQuery,
  folderQuery,
  readContent,
  readRepository,
  type FileContent,
  type FolderFile,
  type FolderText,
  type RepositoryFolder,
  type RepositoryReading,
} from './folder-query.ts';

/** A folder with more text than this is read file by file, in bytes. */
const MAX_FOLDER_TEXT_BYTES = 1024 * 1024;
/** JSON escapes can triple a text; two folders an answer. */
const MAX_ANSWER_BYTES = 6 * MAX_FOLDER_TEXT_BYTES;

/** A repository and its folder. */
export interface FoundFolder {
  readonly kind: 'found';
  readonly folder: RepositoryFolder;
  /** Texts were left out, for there were too many. */
  readonly listingOnly: boolean;
}

/** Told as missing to a token that does not name it. */
interface Invisible {
  readonly kind: 'invisible';
}

/** GitHub refuses a token for it: 422, and no limit. */
interface Refused {
  readonly kind: 'refused';
}

export interface FolderRead {
  readonly kind: 'read';
  readonly target: FoundFolder | Refused;
  /** The organization's policy repository; the same as `target` where that was asked for. */
  readonly organization: FoundFolder | Invisible | Refused | Unavailable;
  /** Whether GitHub refused both together, and not the repository alone; nothing where that was not tried. */
  readonly pairRefused?: boolean;
}

/** Which repositories a read token is asked for: both together, or (as an earlier read has shown) the one alone. */
export type Asking = 'pair' | 'alone';

type ReadToken =
  | { readonly kind: 'token'; readonly secret: string; readonly covers: readonly string[] }
  | Refused
  | { readonly kind: 'gone' };

type FailedToken = Exclude<ReadToken, { readonly kind: 'token' | 'refused' }> | Unavailable;

/** Reads the policy folders of a repository and of the organization's policy repository: one token, one GraphQL query. */
export class GitHubFolderReader {
  constructor(
    private readonly client: GitHubClient,
    private readonly afterAnswer: AfterAnswer,
    private readonly policyRepository: string,
    /** By repository and Git's name; of this isolate alone. */
    private readonly contents: LruMap<FileContent>,
  ) {}

  /** @returns `gone` where GitHub does not know the installation any more */
  async read(installation: Installation, repository: string, asking: Asking): Promise<FolderRead | FailedToken> {
    if (sameName(repository, this.policyRepository)) return this.readOne(installation, repository);
    const pair = [repository, this.policyRepository];
    const both = asking === 'pair' ? await this.readToken(installation, pair) : undefined;
    if (both?.kind === 'token') return withPair(await this.readFolders(installation, repository, both), false);
    if (both !== undefined && both.kind !== 'refused') return both;
    const alone = await this.readToken(installation, [repository]);
    if (alone.kind === 'token') return this.readBesideRefused(installation, repository, alone, both);
    return alone.kind === 'refused' ? this.readOrganization(installation) : alone;
  }

  /** Once the pair was refused and the repository was not, the refusal was the policy repository's; it may be public. */
  private async readBesideRefused(
    installation: Installation,
    repository: string,
    token: ReadToken & { kind: 'token' },
    pair: Refused | undefined,
  ): Promise<FolderRead | Unavailable> {
    const read = await this.readFolders(installation, repository, token);
    if (read.kind !== 'read' || pair === undefined) return read;
    const { organization } = read;
    return withPair({ ...read, organization: organization.kind === 'invisible' ? pair : organization }, true);
  }

  private async readOne(installation: Installation, repository: string): Promise<FolderRead | FailedToken> {
    const token = await this.readToken(installation, [repository]);
    if (token.kind === 'refused') return { kind: 'read', target: token, organization: token };
    return token.kind === 'token' ? this.readFolders(installation, repository, token) : token;
  }

  /** The policy repository beside a repository that was refused. */
  private async readOrganization(installation: Installation): Promise<FolderRead | FailedToken> {
    const read = await this.readOne(installation, this.policyRepository);
    return read.kind === 'read' ? { ...read, target: { kind: 'refused' } } : read;
  }

  /** A file of a folder whose texts were left out. What has one name of Git's never changes, so it is read once. */
  async withText(
    installation: Installation,
    repository: string,
    repositoryId: number,
    file: FolderFile,
  ): Promise<FolderFile | Unavailable> {
    if (file.kind !== 'file' || file.oid === undefined || file.bytes > MAX_POLICY_BYTES) return file;
    const known = this.contents.get(`${repositoryId}/${file.oid}`);
    const content = known ?? (await this.readContent(installation, repository, `${POLICY_FOLDER}/${file.name}`));
    if ('kind' in content) return content;
    // The default branch may have gone on since the folder was listed: the name is the content's own.
    this.contents.set(`${repositoryId}/${content.oid}`, content);
    return { ...file, ...content };
  }

  private async readContent(
    installation: Installation,
    repository: string,
    path: string,
  ): Promise<FileContent | Unavailable> {
    const token = await this.readToken(installation, [repository]);
    if (token.kind === 'unavailable') return token;
    if (token.kind !== 'token') return unavailable('unusable', 'the repository is not readable any more');
    const answer = await this.query(installation, token.secret, fileQuery(path), {
      owner: installation.owner,
      target: repository,
    });
    if (answer.kind === 'unavailable') return answer;
    const content = failureOf(answer.json, 'target') === undefined ? readContent(answer.json) : undefined;
    return content ?? unavailable('unusable', `${path}: no file in the answer`);
  }

  private async readToken(installation: Installation, names: readonly string[]): Promise<ReadToken | Unavailable> {
    const path = `/app/installations/${installation.id}/access_tokens`;
    const body = { repositories: names, permissions: { contents: 'read' } };
    const answer = await this.client.ownToken(installation, { method: 'POST', path, body });
    if (answer.kind === 'unavailable') return answer;
    if (answer.status === 422)
      return isPlain(answer) ? { kind: 'refused' } : unavailable('limited', `POST ${path}: 422 under a limit`);
    if (answer.status === 404) return { kind: 'gone' };
    if (answer.status === 403)
      return unavailable('refused', `POST ${path} (read token): ${githubMessage(answer.json)}`);
    const secret = member(answer.json, 'token');
    if (answer.status !== 201 || typeof secret !== 'string') {
      return unavailable(
        'unusable',
        `POST ${path} (read token): status ${answer.status}, ${githubMessage(answer.json)}`,
      );
    }
    this.afterAnswer.add('revoke_read_token', async () => {
      await this.client.withdraw(installation, secret);
    });
    return { kind: 'token', secret, covers: names };
  }

  private async readFolders(
    installation: Installation,
    repository: string,
    token: ReadToken & { kind: 'token' },
  ): Promise<FolderRead | Unavailable> {
    const text = await this.folders(installation, repository, token.secret, 'with_text');
    const listingOnly = text.kind === 'unavailable' ? text.tooLarge === true : isTooBig(text.json);
    const answer = listingOnly ? await this.folders(installation, repository, token.secret, 'listing') : text;
    if (answer.kind === 'unavailable') return answer;
    const target = visible(readRepository(answer.json, 'target'), listingOnly);
    // A repository that the token names can't be missing: then it is GitHub that does not answer as it should.
    if (target.kind === 'invisible') return notTold('target');
    if (target.kind === 'unavailable') return target;
    if (sameName(repository, this.policyRepository)) return { kind: 'read', target, organization: target };
    const organization = visible(readRepository(answer.json, 'organization'), listingOnly);
    const isNamed = token.covers.some((name) => sameName(name, this.policyRepository));
    return {
      kind: 'read',
      target,
      organization: organization.kind === 'invisible' && isNamed ? notTold('organization') : organization,
    };
  }

  private folders(
    installation: Installation,
    repository: string,
    secret: string,
    text: FolderText,
  ): Promise<GitHubAnswer | GitHubFailure> {
    const { owner } = installation;
    const isPolicyRepository = sameName(repository, this.policyRepository);
    const aliases = isPolicyRepository ? ['target'] : ['target', 'organization'];
    const variables = isPolicyRepository
      ? { owner, target: repository }
      : { owner, target: repository, organization: this.policyRepository };
    return this.query(installation, secret, folderQuery(aliases, text), variables);
  }

  private async query(
    installation: Installation,
    secret: string,
    query: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<GitHubAnswer | GitHubFailure> {
    const request = {
      method: 'POST',
      path: 'graphql',
      body: { query, variables },
      maxBytes: MAX_ANSWER_BYTES,
    } as const;
    const answer = await this.client.asInstallation(installation, secret, request);
    if (answer.kind === 'unavailable' || answer.status === 200) return answer;
    return unavailable('unusable', `POST graphql: status ${answer.status}, ${githubMessage(answer.json)}`);
  }
}

/** A refusal that comes with a limit says nothing about what the installation may see. */
function isPlain({ headers }: GitHubAnswer): boolean {
  return headers.get('retry-after') === null && headers.get('x-ratelimit-remaining') !== '0';
}

function withPair(read: FolderRead | Unavailable, pairRefused: boolean): FolderRead | Unavailable {
  return read.kind === 'read' ? { ...read, pairRefused } : read;
}

function visible(reading: RepositoryReading, listingOnly: boolean): FoundFolder | Invisible | Unavailable {
  switch (reading.kind) {
    case 'found':
      return { kind: 'found', folder: reading.folder, listingOnly };
    case 'invisible':
      return reading;
    case 'failed':
      return unavailable(reading.cause, reading.detail);
  }
}

function notTold(alias: string): Unavailable {
  return unavailable('down', `GraphQL: NOT_FOUND on a repository that the token names (${alias})`);
}

function isTooBig(json: unknown): boolean {
  return ['target', 'organization'].some((alias) => {
    const reading = readRepository(json, alias);
    if (reading.kind !== 'found') return false;
    const bytes = reading.folder.files.map((file) => Math.min(file.bytes, MAX_POLICY_BYTES));
    return bytes.reduce((sum, one) => sum + one, 0) > MAX_FOLDER_TEXT_BYTES;
  });
}
