import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import { DEFERRED_TASKS, type DeferredTasks } from '../../application/ports/deferred-tasks.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { member } from '../json/untrusted-json.ts';
import { GitHubClient, githubMessage, unavailable, type GitHubAnswer } from './github-client.ts';

/** What a token is to hold. Repositories by name or id; without any, all of the installation. */
export interface TokenOrder {
  readonly permissions: Readonly<Record<string, string>>;
  readonly repositories?: readonly string[];
  readonly repository_ids?: readonly number[];
}

export type MintAnswer =
  | { readonly kind: 'minted'; readonly secret: string; readonly json: unknown }
  /**
   * 422 that is no rate limit: the installation lacks a repository or a permission. `reason` is GitHub's own sentence.
   */
  | { readonly kind: 'lacking'; readonly reason: string }
  /** 403 that is no rate limit. */
  | { readonly kind: 'forbidden'; readonly reason: string }
  /** GitHub does not know the installation any more. */
  | { readonly kind: 'gone' }
  | Unavailable;

/** REST, "Create an installation access token for an app": the one place where tokens are minted. */
@injectable()
export class InstallationTokens {
  constructor(
    @inject(GitHubClient) private readonly client: GitHubClient,
    @inject(DEFERRED_TASKS) private readonly deferredTasks: DeferredTasks,
  ) {}

  /** For a caller, who keeps it. */
  async mint(installation: Installation, order: TokenOrder): Promise<MintAnswer> {
    const request = mintRequest(installation, order);
    return judged(request.path, await this.client.asApp(installation.app, installation.owner, request));
  }

  /** For this service's own requests. The token is revoked once the answer is sent. */
  async mintOwn(installation: Installation, order: TokenOrder): Promise<MintAnswer> {
    const request = mintRequest(installation, order);
    const answer = judged(request.path, await this.client.ownToken(installation, request));
    if (answer.kind === 'minted') {
      this.deferredTasks.add('revoke_own_token', () => this.client.withdraw(installation, answer.secret));
    }
    return answer;
  }
}

function mintRequest({ id }: Installation, body: TokenOrder) {
  return { method: 'POST', path: `/app/installations/${id}/access_tokens`, body } as const;
}

function judged(path: string, answer: GitHubAnswer | Unavailable): MintAnswer {
  if (answer.kind === 'unavailable') return answer;
  const reason = githubMessage(answer.json);
  switch (answer.status) {
    case 201: {
      const secret = member(answer.json, 'token');
      if (typeof secret === 'string' && secret !== '') return { kind: 'minted', secret, json: answer.json };
      return unavailable('unusable', `POST ${path}: no token in the answer`);
    }
    case 422:
      return isPlain(answer) ? { kind: 'lacking', reason } : unavailable('limited', `POST ${path}: 422 under a limit`);
    case 403:
      return { kind: 'forbidden', reason };
    case 404:
      return { kind: 'gone' };
    default:
      return unavailable('unusable', `POST ${path}: status ${answer.status}, ${reason}`);
  }
}

/** A 422 under a rate limit says nothing about the installation's permissions. */
function isPlain({ headers }: GitHubAnswer): boolean {
  return headers.get('retry-after') === null && headers.get('x-ratelimit-remaining') !== '0';
}
