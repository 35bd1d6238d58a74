import type { Installation } from '../../domain/apps.ts';
import { sameName } from '../../domain/scope.ts';
import { MAX_POLICY_BYTES } from '../../domain/policy-location.ts';
import type { AfterAnswer } from '../../application/ports/after-answer.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { member } from '../http/bounded-fetch.ts';
import { githubMessage, unavailable, type GitHubAnswer, type GitHubClient } from './github-client.ts';
import {
  failureOf,
  fileQuery,
  folderQuery,
  readFileText,
  readRepository,
  type FolderText,
  type RepositoryFolder,
  type RepositoryReading,
} from './folder-query.ts';

/** A folder with more text than this is read file by file, in bytes. */
const MAX_FOLDER_TEXT_BYTES = 1024 * 1024;
/** JSON escapes can triple a text; two folders an answer. */
const MAX_ANSWER_BYTES = 6 * MAX_FOLDER_TEXT_BYTES;

export type Visible =
  | {
      readonly kind: 'found';
      readonly folder: RepositoryFolder;
      /** Texts were left out. */ readonly listingOnly: boolean;
    }
  /** Refused by 422, or told as missing to a token that did not name it. */
  | { readonly kind: 'invisible' };

export interface FolderRead {
  readonly kind: 'read';
  readonly target: Visible;
  /** The organization's policy repository; the same as `target` where that was asked for. */
  readonly organization: Visible | Unavailable;
  /** GitHub refused a token for both repositories together. */
  readonly pairRefused: boolean;
}

type ReadToken =
  | { readonly kind: 'token'; readonly secret: string; readonly covers: readonly string[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'gone' };

/** Reads the policy folders of a repository and of the organization's policy repository: one token, one GraphQL query. */
export class GitHubFolderReader {
  constructor(
    private readonly client: GitHubClient,
    private readonly afterAnswer: AfterAnswer,
    private readonly policyRepository: string,
  ) {}

  /**
   * @param pairRefused as remembered from an earlier read: then the repository alone is asked for at once
   * @returns `gone` where GitHub does not know the installation any more
   */
  async read(
    installation: Installation,
    repository: string,
    pairRefused: boolean,
  ): Promise<FolderRead | Unavailable | { kind: 'gone' }> {
    const isPolicyRepository = sameName(repository, this.policyRepository);
    const tries = isPolicyRepository ? [[repository]] : this.selections(repository, pairRefused);
    let refused = false;
    for (const names of tries) {
      const token = await this.readToken(installation, names);
      if (token.kind === 'refused') {
        refused = true;
        continue;
      }
      if (token.kind !== 'token') return token;
      const pairWasRefused = !isPolicyRepository && (pairRefused || refused);
      return this.readFolders(installation, repository, token, pairWasRefused);
    }
    return { kind: 'read', target: { kind: 'invisible' }, organization: { kind: 'invisible' }, pairRefused: false };
  }

  /** One file of a folder that was too big to be read at once. */
  async readFile(installation: Installation, repository: string, path: string): Promise<string | Unavailable> {
    const token = await this.readToken(installation, [repository]);
    if (token.kind === 'unavailable') return token;
    if (token.kind !== 'token') return unavailable('unusable', 'the repository is not readable any more');
    const answer = await this.query(installation, token.secret, fileQuery(path), {
      owner: installation.owner,
      target: repository,
    });
    if (answer.kind === 'unavailable') return answer;
    const text = failureOf(answer.json, 'target') === undefined ? readFileText(answer.json) : undefined;
    return text ?? unavailable('unusable', `${path}: no text in the answer`);
  }

  private selections(repository: string, pairRefused: boolean): readonly (readonly string[])[] {
    const alone = [[repository], [this.policyRepository]];
    return pairRefused ? alone.slice(0, 1) : [[repository, this.policyRepository], ...alone];
  }

  private async readToken(installation: Installation, names: readonly string[]): Promise<ReadToken | Unavailable> {
    const path = `/app/installations/${installation.id}/access_tokens`;
    const body = { repositories: names, permissions: { contents: 'read' } };
    const answer = await this.client.asApp(installation.app, installation.owner, { method: 'POST', path, body });
    if (answer.kind === 'unavailable') return answer;
    if (answer.status === 422)
      return isPlain(answer) ? { kind: 'refused' } : unavailable('limited', `POST ${path}: 422 under a limit`);
    if (answer.status === 404) return { kind: 'gone' };
    const secret = member(answer.json, 'token');
    if (answer.status !== 201 || typeof secret !== 'string') {
      return unavailable(
        'unusable',
        `POST ${path} (read token): status ${answer.status}, ${githubMessage(answer.json)}`,
      );
    }
    this.afterAnswer.add('revoke_read_token', async () => {
      await this.client.asInstallation(installation, secret, { method: 'DELETE', path: '/installation/token' });
    });
    return { kind: 'token', secret, covers: names };
  }

  private async readFolders(
    installation: Installation,
    repository: string,
    token: ReadToken & { kind: 'token' },
    pairRefused: boolean,
  ): Promise<FolderRead | Unavailable> {
    const text = await this.folders(installation, repository, token.secret, 'with_text');
    const tooBig = text.kind === 'unavailable' ? text.cause === 'unusable' : isTooBig(text.json);
    const answer = tooBig ? await this.folders(installation, repository, token.secret, 'listing') : text;
    if (answer.kind === 'unavailable') return answer;
    const interpret = (alias: string, name: string): Visible | Unavailable =>
      visible(
        readRepository(answer.json, alias),
        tooBig,
        token.covers.some((one) => sameName(one, name)),
      );
    const target = interpret('target', repository);
    if (target.kind === 'unavailable') return target;
    const organization = sameName(repository, this.policyRepository)
      ? target
      : interpret('organization', this.policyRepository);
    return { kind: 'read', target, organization, pairRefused };
  }

  private folders(
    installation: Installation,
    repository: string,
    secret: string,
    text: FolderText,
  ): Promise<GitHubAnswer | Unavailable> {
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
  ): Promise<GitHubAnswer | Unavailable> {
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

/** A repository that the token names can't be missing: then it is GitHub that does not answer as it should. */
function visible(reading: RepositoryReading, listingOnly: boolean, isCovered: boolean): Visible | Unavailable {
  switch (reading.kind) {
    case 'found':
      return { kind: 'found', folder: reading.folder, listingOnly };
    case 'invisible':
      return isCovered ? unavailable('down', 'GraphQL: NOT_FOUND on a repository that the token names') : reading;
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
