import { inject, injectable } from 'tsyringe';
import type { CommitPlace } from '../../application/ports/changed-policy-files.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { GitHubClient, githubMessage, unavailable, type GitHubAnswer, type GitHubRequest } from './github-client.ts';
import { InstallationTokens } from './installation-tokens.ts';

/** The permissions to read a commit and to report on it. */
const PERMISSIONS = { checks: 'write', contents: 'read', pull_requests: 'read' };

type Token = { readonly kind: 'token'; readonly secret: string } | Unavailable;

/** Requests about one repository. They share one token, which is minted when it is first needed. */
@injectable()
export class RepositorySession {
  private readonly byRepository = new Map<string, Promise<Token>>();

  constructor(
    @inject(GitHubClient) private readonly client: GitHubClient,
    @inject(InstallationTokens) private readonly tokens: InstallationTokens,
  ) {}

  /** @param request its path is below `/repos/{owner}/{repo}`, or `graphql` */
  async send(place: CommitPlace, request: GitHubRequest): Promise<GitHubAnswer | Unavailable> {
    const { installation, repository } = place;
    const key = `${installation.id}/${repository}`;
    const minting = this.byRepository.get(key) ?? this.mint(place);
    this.byRepository.set(key, minting);
    const token = await minting;
    if (token.kind === 'unavailable') return token;
    const path =
      request.path === 'graphql' ? request.path : `/repos/${installation.owner}/${repository}${request.path}`;
    return this.client.asInstallation(installation, token.secret, { ...request, path });
  }

  private async mint({ installation, repository }: CommitPlace): Promise<Token> {
    const minted = await this.tokens.mintOwn(installation, { repositories: [repository], permissions: PERMISSIONS });
    switch (minted.kind) {
      case 'minted':
        return { kind: 'token', secret: minted.secret };
      case 'lacking':
      case 'forbidden':
        return unavailable('unusable', `validation token: ${minted.reason}`);
      case 'gone':
        return unavailable('unusable', 'validation token: the installation is gone');
      case 'unavailable':
        return minted;
    }
  }
}

export function unexpected(method: string, path: string, { status, json }: GitHubAnswer): Unavailable {
  return unavailable('unusable', `${method} ${path}: status ${status}, ${githubMessage(json)}`);
}
