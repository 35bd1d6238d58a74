import { execFileSync } from 'node:child_process';
import { quoted } from '../../../domain/fault.ts';
import type { GitHubServer } from '../../../domain/github-server.ts';
import { POLICY_FOLDER } from '../../../domain/policy-location.ts';
import { filesOf } from '../../../infrastructure/github/folder-query.ts';
import { member, parsedJson } from '../../../infrastructure/json/untrusted-json.ts';
import { UsageError } from '../outcome.ts';
import type { PolicySource, RepositoryFolder } from './policy-source.ts';

/** Repositories a request: their folders come with it. */
const PAGE_SIZE = 25;
/** Ten thousand repositories. */
const MAX_PAGES = 400;
const TIMEOUT_MS = 30_000;
/** A page of folders that are as full as they may be. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** GitHub gave no answer, or none that can be used; the message names what it said. */
export class GitHubUnavailable extends Error {
  override readonly name = 'GitHubUnavailable';
}

const QUERY = `query Policies($login: String!, $first: Int!, $after: String) {
  rateLimit { remaining resetAt }
  repositoryOwner(login: $login) {
    repositories(first: $first, after: $after, ownerAffiliations: [OWNER], orderBy: { field: NAME, direction: ASC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        name
        owner { login }
        object(expression: ${JSON.stringify(`HEAD:${POLICY_FOLDER}`)}) {
          __typename
          ... on Tree {
            entries { name mode type object { __typename ... on Blob { byteSize isBinary isTruncated text } } }
          }
        }
      }
    }
  }
}`;

interface Page {
  readonly folders: readonly RepositoryFolder[];
  readonly next: string | undefined;
  readonly total: number;
  readonly limit: string;
}

/** Reads the policy folders of all repositories that the token sees, from their default branches. */
export async function fromGitHub(org: string, server: GitHubServer): Promise<PolicySource> {
  const token = ownToken(server);
  const folders: RepositoryFolder[] = [];
  let after: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await readPage(server, token, org, after);
    folders.push(...page.folders);
    after = page.next;
    if (after === undefined) return { folders, remarks: remarks(folders, page, pages) };
    if (pages === MAX_PAGES) throw new GitHubUnavailable(`${org} has more than ${MAX_PAGES * PAGE_SIZE} repositories.`);
  }
}

function remarks(folders: readonly RepositoryFolder[], { total, limit }: Page, pages: number): readonly string[] {
  return [`Read ${folders.length} of ${total} repositories that the token sees, in ${pages} requests; ${limit}.`];
}

/** `GITHUB_TOKEN`, else what the GitHub CLI is signed in with. It goes to the named server alone. */
function ownToken({ webUrl }: GitHubServer): string {
  const given = process.env.GITHUB_TOKEN ?? '';
  const token = given === '' ? tokenOfGitHubCli(new URL(webUrl).host) : given;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError('There is no token for GitHub: set GITHUB_TOKEN, or sign in with gh auth login.');
  }
  return token;
}

function tokenOfGitHubCli(host: string): string {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    return execFileSync('gh', ['auth', 'token', '--hostname', host], { encoding: 'utf8', stdio: [...stdio] }).trim();
  } catch {
    return '';
  }
}

async function readPage(
  { graphqlUrl }: GitHubServer,
  token: string,
  login: string,
  after: string | undefined,
): Promise<Page> {
  const variables = { login, first: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
  const json = await post(graphqlUrl, token, { query: QUERY, variables });
  const owner = member(member(json, 'data'), 'repositoryOwner');
  if (owner === null)
    throw new UsageError(`GitHub knows no organization ${quoted(login)}, or the token may not see it.`);
  const connection = member(owner, 'repositories');
  const nodes = member(connection, 'nodes');
  const total = member(connection, 'totalCount');
  const pageInfo = member(connection, 'pageInfo');
  if (!Array.isArray(nodes) || typeof total !== 'number') throw new GitHubUnavailable(failureText(json));
  const end = member(pageInfo, 'endCursor');
  const hasNext = member(pageInfo, 'hasNextPage') === true && typeof end === 'string' && end !== after;
  return { folders: nodes.flatMap(folderOf), next: hasNext ? end : undefined, total, limit: limitText(json) };
}

/** Nothing of it where GitHub tells no name. A folder that was not told whole counts as not read. */
function folderOf(node: unknown): readonly RepositoryFolder[] {
  const repository = member(node, 'name');
  const owner = member(member(node, 'owner'), 'login');
  if (typeof repository !== 'string' || typeof owner !== 'string') return [];
  const object = member(node, 'object');
  return [{ owner, repository, files: object === undefined ? undefined : filesOf(object) }];
}

async function post(url: string, token: string, body: unknown): Promise<unknown> {
  const response = await sent(url, token, body);
  const json = parsedJson(await bounded(response));
  if (response.status === 401) throw new UsageError('GitHub does not accept the token.');
  const wait = response.headers.get('retry-after');
  const isLimited = response.headers.get('x-ratelimit-remaining') === '0' || wait !== null || isRateLimited(json);
  if (response.status !== 200 || isRateLimited(json)) {
    const why = isLimited ? `limits requests${wait === null ? '' : `; wait ${quoted(wait)} s`}` : failureText(json);
    throw new GitHubUnavailable(`GitHub answered with status ${response.status}: ${why}.`);
  }
  requireTold(json);
  return json;
}

async function sent(url: string, token: string, body: unknown): Promise<Response> {
  const headers = {
    Authorization: `Bearer ${token}`,
    Accept: 'application/vnd.github+json',
    'Content-Type': 'application/json',
    'User-Agent': 'octo-sts-worker-cli',
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual', signal });
  } catch {
    throw new GitHubUnavailable(`${new URL(url).host} can't be reached.`);
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) throw new GitHubUnavailable("GitHub's answer is too large.");
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof GitHubUnavailable) throw error;
    throw new GitHubUnavailable("GitHub's answer broke off.");
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Errors about single repositories leave their folders untold; any other one leaves nothing to rely on. */
function requireTold(json: unknown): void {
  const errors = member(json, 'errors');
  if (errors === undefined) return;
  const isOfOneRepository = (error: unknown): boolean => {
    const path = member(error, 'path');
    return Array.isArray(path) && path.length >= 5 && path[2] === 'nodes';
  };
  if (!Array.isArray(errors) || !errors.every(isOfOneRepository)) throw new GitHubUnavailable(failureText(json));
  for (const error of errors) leaveUntold(json, member(error, 'path') as readonly unknown[]);
}

/** `null` would be a folder that is not there. */
function leaveUntold(json: unknown, path: readonly unknown[]): void {
  const nodes = member(member(member(member(json, 'data'), 'repositoryOwner'), 'repositories'), 'nodes');
  const node: unknown = Array.isArray(nodes) ? nodes[Number(path[3])] : undefined;
  if (typeof node === 'object' && node !== null) Reflect.deleteProperty(node, 'object');
}

function isRateLimited(json: unknown): boolean {
  const errors = member(json, 'errors');
  return Array.isArray(errors) && errors.some((error) => member(error, 'type') === 'RATE_LIMITED');
}

function failureText(json: unknown): string {
  const errors = member(json, 'errors');
  const message = member(Array.isArray(errors) ? errors[0] : json, 'message');
  return typeof message === 'string' ? `it says ${quoted(message)}` : 'its answer can’t be used';
}

function limitText(json: unknown): string {
  const limit = member(member(json, 'data'), 'rateLimit');
  const remaining = member(limit, 'remaining');
  const resetAt = member(limit, 'resetAt');
  if (typeof remaining !== 'number') return 'GitHub tells no rate limit';
  return `${remaining} points of the rate limit are left${typeof resetAt === 'string' ? ` until ${quoted(resetAt)}` : ''}`;
}
