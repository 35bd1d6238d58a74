import type { AfterAnswer } from '../../application/ports/after-answer.ts';
import type { CommitPlace } from '../../application/ports/changed-policy-files.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { member } from '../http/bounded-fetch.ts';
import {
  githubMessage,
  unavailable,
  type GitHubAnswer,
  type GitHubClient,
  type GitHubRequest,
} from './github-client.ts';

/** What judging a commit and reporting on it takes. */
const PERMISSIONS = { checks: 'write', contents: 'read', pull_requests: 'read' };

type Token = { readonly kind: 'token'; readonly secret: string } | Unavailable;

/** Requests about one repository, with one token that is minted when it is first needed. Lives as long as a request. */
export class RepositorySession {
  private readonly tokens = new Map<string, Promise<Token>>();

  constructor(
    private readonly client: GitHubClient,
    private readonly afterAnswer: AfterAnswer,
  ) {}

  /** @param request its path is below `/repos/{owner}/{repo}`, or `graphql` */
  async send(place: CommitPlace, request: GitHubRequest): Promise<GitHubAnswer | Unavailable> {
    const { installation, repository } = place;
    const key = `${installation.id}/${repository}`;
    const minting = this.tokens.get(key) ?? this.mint(place);
    this.tokens.set(key, minting);
    const token = await minting;
    if (token.kind === 'unavailable') return token;
    const path =
      request.path === 'graphql' ? request.path : `/repos/${installation.owner}/${repository}${request.path}`;
    return this.client.asInstallation(installation, token.secret, { ...request, path });
  }

  private async mint({ installation, repository }: CommitPlace): Promise<Token> {
    const path = `/app/installations/${installation.id}/access_tokens`;
    const body = { repositories: [repository], permissions: PERMISSIONS };
    const answer = await this.client.ownToken(installation, { method: 'POST', path, body });
    if (answer.kind === 'unavailable') return answer;
    const secret = member(answer.json, 'token');
    if (answer.status !== 201 || typeof secret !== 'string') return unexpected('POST', path, answer);
    this.afterAnswer.add('revoke_validation_token', async () => {
      await this.client.withdraw(installation, secret);
    });
    return { kind: 'token', secret };
  }
}

export function unexpected(method: string, path: string, { status, json }: GitHubAnswer): Unavailable {
  return unavailable('unusable', `${method} ${path}: status ${status}, ${githubMessage(json)}`);
}
