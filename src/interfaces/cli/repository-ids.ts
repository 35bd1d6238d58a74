import { spawnSync } from 'node:child_process';
import { parsedJson } from '../../infrastructure/json/untrusted-json.ts';
import type { GitHubServer } from '../../domain/github-server.ts';
import { sameName } from '../../domain/scope.ts';
import { UsageError } from './outcome.ts';

export interface RepositoryIds {
  readonly ownerId: number;
  readonly repositoryId: number;
}

const TIMEOUT_MS = 10_000;

/**
 * The ids of a repository and its owner, as GitHub tells them (REST, "Get a repository"): with `GITHUB_TOKEN` or
 * `GH_TOKEN`, else through `gh`. A name that leads elsewhere by now is refused: its ids are another repository's.
 *
 * @throws UsageError where GitHub does not tell them
 */
export async function repositoryIds(server: GitHubServer, owner: string, name: string): Promise<RepositoryIds> {
  const { GITHUB_TOKEN = '', GH_TOKEN = '' } = process.env;
  const token = GITHUB_TOKEN === '' ? GH_TOKEN : GITHUB_TOKEN;
  const text = token === '' ? askGh(server, owner, name) : await ask(server, owner, name, token);
  const ids = idsIn(parsedJson(text), `${owner}/${name}`);
  if (ids === undefined) throw new UsageError(`GitHub does not tell the ids of ${owner}/${name}.`);
  return ids;
}

async function ask({ apiUrl }: GitHubServer, owner: string, name: string, token: string): Promise<string> {
  const headers = {
    Authorization: `Bearer ${token}`,
    Accept: 'application/vnd.github+json',
    'User-Agent': 'octo-sts-worker-cli',
  };
  try {
    const answer = await fetch(`${apiUrl}/repos/${owner}/${name}`, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}

function askGh({ webUrl }: GitHubServer, owner: string, name: string): string {
  const { host } = new URL(webUrl);
  const args = ['api', '--hostname', host, `repos/${owner}/${name}`];
  const { status, stdout } = spawnSync('gh', args, { encoding: 'utf8', timeout: TIMEOUT_MS });
  return status === 0 ? stdout : '';
}

function idsIn(value: unknown, fullName: string): RepositoryIds | undefined {
  const repository = value as { id?: unknown; full_name?: unknown; owner?: { id?: unknown } | null } | null | undefined;
  const [repositoryId, ownerId, told] = [repository?.id, repository?.owner?.id, repository?.full_name];
  if (typeof told !== 'string' || !sameName(told, fullName)) return undefined;
  if (typeof repositoryId !== 'number' || typeof ownerId !== 'number') return undefined;
  return Number.isSafeInteger(repositoryId) && Number.isSafeInteger(ownerId) ? { ownerId, repositoryId } : undefined;
}
