import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { githubServer, isActionsIssuerOf, type GitHubServer } from '../../domain/github-server.ts';
import type { PolicyLevel } from '../../domain/permission-set.ts';
import { isOrganizationLevel } from '../../domain/policy-location.ts';
import { parseScope } from '../../domain/scope.ts';
import type { ServerContext } from '../../infrastructure/yaml/yaml-compiled-policies.ts';
import { UsageError } from './outcome.ts';

/** Where policies stand and which server they are for: what decides, beside their text, whether they are valid. */
export interface SettingOptions {
  readonly repository?: string | undefined;
  readonly 'policy-repository'?: string | undefined;
  readonly github?: string | undefined;
  readonly loopback?: boolean | undefined;
}

export const SETTING_OPTIONS = {
  repository: { type: 'string' },
  'policy-repository': { type: 'string' },
  github: { type: 'string' },
  loopback: { type: 'boolean' },
} as const;

export class PolicySetting {
  readonly server: GitHubServer;
  readonly policyRepository: string;

  constructor(private readonly options: SettingOptions) {
    const server = githubServer(options.github ?? 'https://api.github.com', options.loopback === true);
    if (server === undefined)
      throw new UsageError('--github must be the address of a GitHub API, such as https://ghe.example.com/api/v3.');
    this.server = server;
    this.policyRepository = options['policy-repository'] ?? '.github';
  }

  /** Everything but the level, which is the file's. */
  get context(): ServerContext {
    return {
      actionsIssuer: this.server.actionsIssuer,
      allowLoopbackHttp: this.options.loopback === true,
      isActionsIssuer: (issuer) => isActionsIssuerOf(this.server, issuer),
      operatorListsIssuers: false,
    };
  }

  /** The name of the repository that holds a file: as told, as the job's, or as the clone's remote says. */
  repositoryOf(path: string): string {
    const told = this.options.repository ?? remoteOf(path) ?? process.env.GITHUB_REPOSITORY;
    const scope = told === undefined ? undefined : parseScope(told);
    if (scope?.repository !== undefined) return scope.repository;
    if (this.options.repository !== undefined) throw new UsageError('--repository must be owner/name.');
    return '';
  }

  levelOf(path: string): PolicyLevel {
    const repository = this.repositoryOf(path);
    if (repository === '') return 'repository';
    return isOrganizationLevel({ owner: '-', repository }, this.policyRepository) ? 'organization' : 'repository';
  }
}

const REMOTE = /^\s*url\s*=\s*\S*[/:]([A-Za-z0-9_-]+\/[A-Za-z0-9._-]+?)(?:\.git)?\/?\s*$/m;

/** `owner/name` of the first remote of the clone that a file stands in. */
export function remoteOf(path: string): string | undefined {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const config = configIn(folder);
    if (config !== undefined) return REMOTE.exec(config)?.[1];
    if (folder === dirname(folder)) return undefined;
  }
}

function configIn(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, '.git', 'config'), 'utf8');
  } catch {
    return undefined;
  }
}
