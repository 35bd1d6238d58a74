import { buildSchema, execute, getOperationAST, GraphQLError, OperationTypeNode, parse, validate } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { readExcerpt } from './excerpts.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Caller } from './authentication.ts';
import type { Commit, TreeEntry } from './git-objects.ts';
import { grants } from './permissions.ts';
import type { RateLimit } from './rate-limits.ts';
import { nodeId, timestamp } from './representations.ts';
import type { Roots } from './representations.ts';
import type { GitHubWorld } from './world.ts';
import type { Account, Repository } from './world-model.ts';

/** GitHub cuts the text of larger blobs. */
const MAX_BLOB_TEXT_BYTES = 512_000;
/** A client sends the same few; names are in the variables. */
const MAX_DOCUMENTS = 100;

export interface GraphQlRequest {
  readonly caller: Caller;
  readonly world: GitHubWorld;
  readonly tokens: AccessTokens;
  readonly roots: Roots;
  readonly limit: RateLimit;
}

export interface GraphQlOutcome {
  readonly body: JsonObject;
  readonly violations: readonly string[];
}

/** Values whose fields graphql-js reads, calling those that are functions. */
type Resolved = Readonly<Record<string, unknown>>;

interface RepositoriesArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly orderBy?: { readonly field: string } | null;
  readonly ownerAffiliations: readonly string[];
}

/** The part of GitHub's GraphQL API that `excerpts/schema.graphql` describes. */
export class GraphQlEndpoint {
  readonly #schema: GraphQLSchema;
  /** Queries that the schema allows. Checking one takes longer than answering it. */
  readonly #documents = new Map<string, DocumentNode>();

  constructor() {
    this.#schema = buildSchema(readExcerpt('schema.graphql'));
  }

  async answer(request: GraphQlRequest, body: JsonObject): Promise<GraphQlOutcome> {
    const source = body.query;
    if (typeof source !== 'string') return refusal('A query attribute must be specified and must be a string.');
    const document = this.#documents.get(source) ?? this.#checked(source);
    if ('body' in document) return document;
    const result = await execute({
      schema: this.#schema,
      document,
      rootValue: new GraphQlResolvers(request).root(),
      variableValues: isJsonObject(body.variables) ? body.variables : {},
    });
    return toGitHubsForm(result);
  }

  #checked(source: string): DocumentNode | GraphQlOutcome {
    const document = parseOrRefuse(source);
    if ('body' in document) return document;
    const errors = validate(this.#schema, document);
    if (errors.length > 0) return refusal(errors.map((error) => error.message).join('; '));
    if (getOperationAST(document)?.operation !== OperationTypeNode.QUERY) return refusal('only queries are described');
    if (this.#documents.size >= MAX_DOCUMENTS) this.#documents.clear();
    this.#documents.set(source, document);
    return document;
  }
}

function parseOrRefuse(source: string): DocumentNode | GraphQlOutcome {
  try {
    return parse(source);
  } catch (error) {
    return refusal(error instanceof Error ? error.message : String(error));
  }
}

function refusal(message: string): GraphQlOutcome {
  return { body: { errors: [{ message }] }, violations: [`GraphQL: ${message}`] };
}

/** GitHub puts an error's type beside its message; an error without one is this emulator's own fault. */
function toGitHubsForm(result: ExecutionResult): GraphQlOutcome {
  const errors = result.errors ?? [];
  const violations = errors
    .filter((error) => error.extensions.type === undefined)
    .map((error) => `GraphQL: ${error.message}`);
  const body: JsonObject = {};
  if (result.data !== undefined) body.data = JSON.parse(JSON.stringify(result.data)) as Json;
  if (errors.length > 0) {
    body.errors = errors.map((error) => ({
      ...(typeof error.extensions.type === 'string' ? { type: error.extensions.type } : {}),
      path: [...(error.path ?? [])],
      locations: (error.locations ?? []).map(({ line, column }) => ({ line, column })),
      message: error.message,
    }));
  }
  return { body, violations };
}

class GraphQlResolvers {
  readonly #request: GraphQlRequest;

  constructor(request: GraphQlRequest) {
    this.#request = request;
  }

  root(): Resolved {
    return {
      id: 'Q_root',
      repository: (args: { owner: string; name: string; followRenames: boolean }) => this.#repository(args),
      repositoryOwner: ({ login }: { login: string }) => {
        const account = this.#request.world.account(login);
        return account === undefined ? null : this.#account(account);
      },
      node: ({ id }: { id: string }) => this.#node(id),
      rateLimit: () => {
        const { limit, used, reset } = this.#request.limit;
        return { cost: 1, limit, nodeCount: 1, remaining: limit - used, used, resetAt: timestamp(reset) };
      },
    };
  }

  #repository({ owner, name, followRenames }: { owner: string; name: string; followRenames: boolean }): Resolved {
    const found = this.#request.world.lookUp(owner, name);
    const usable = found.kind === 'found' || (found.kind === 'moved' && followRenames);
    if (!usable || !this.#canSee(found.repository)) {
      throw typed('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    }
    return this.#describe(found.repository);
  }

  #node(id: string): Resolved {
    const repository = this.#request.world.repositories().find((one) => nodeId('R', one.id) === id);
    if (repository === undefined || !this.#canSee(repository)) {
      throw typed('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
    }
    return this.#describe(repository);
  }

  #canSee(repository: Repository): boolean {
    return !repository.private || this.#covers(repository);
  }

  #covers(repository: Repository): boolean {
    const { caller, tokens } = this.#request;
    return caller.kind === 'installation' && tokens.covers(caller.token, repository);
  }

  #requireContents(repository: Repository): void {
    const { caller } = this.#request;
    if (!repository.private) return;
    if (caller.kind === 'installation' && grants(caller.token.permissions, 'contents', 'read')) return;
    throw typed('FORBIDDEN', 'Resource not accessible by integration');
  }

  #account(account: Account): Resolved {
    return {
      __typename: account.type,
      id: nodeId(account.type === 'User' ? 'U' : 'O', account.id),
      databaseId: account.id,
      login: account.login,
      name: account.login,
      repositories: (args: RepositoriesArguments) => this.#repositories(account, args),
      url: `${this.#request.roots.web}/${account.login}`,
    };
  }

  /** By name. Cursors are positions; GitHub's are opaque too. */
  #repositories(account: Account, { first, after, orderBy, ownerAffiliations }: RepositoriesArguments): Resolved {
    if (typeof first !== 'number' || first < 1 || first > 100) {
      throw typed('EXCESSIVE_PAGINATION', 'You must provide a `first` value between 1 and 100 to properly paginate.');
    }
    if (orderBy?.field !== 'NAME' || ownerAffiliations.join() !== 'OWNER') {
      throw new GraphQLError('only repositories that the account owns are described, by name');
    }
    const all = this.#request.world
      .repositories()
      .filter(({ owner }) => owner.id === account.id)
      .filter((one) => this.#canSee(one))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const start =
      typeof after === 'string' ? Number(Buffer.from(after, 'base64').toString().slice('cursor:'.length)) : 0;
    const page = all.slice(start, start + first);
    const end = start + page.length;
    const endCursor = page.length === 0 ? null : Buffer.from(`cursor:${end}`).toString('base64');
    return {
      totalCount: all.length,
      pageInfo: { hasNextPage: end < all.length, endCursor },
      nodes: page.map((one) => this.#describe(one)),
    };
  }

  #describe(repository: Repository): Resolved {
    return {
      __typename: 'Repository',
      id: nodeId('R', repository.id),
      databaseId: repository.id,
      name: repository.name,
      nameWithOwner: `${repository.owner.login}/${repository.name}`,
      isPrivate: repository.private,
      isArchived: false,
      isEmpty: repository.branches.size === 0,
      isFork: repository.forkOf !== undefined,
      visibility: repository.private ? 'PRIVATE' : 'PUBLIC',
      createdAt: timestamp(repository.createdAt),
      url: `${this.#request.roots.web}/${repository.owner.login}/${repository.name}`,
      owner: () => this.#account(repository.owner),
      defaultBranchRef: () => this.#ref(repository, repository.defaultBranch),
      ref: ({ qualifiedName }: { qualifiedName: string }) =>
        this.#ref(repository, qualifiedName.replace(/^(refs\/)?heads\//, '')),
      object: (args: { expression?: string | null; oid?: string | null }) => this.#object(repository, args),
    };
  }

  #ref(repository: Repository, branch: string): Resolved | null {
    this.#requireContents(repository);
    const sha = repository.branches.get(branch);
    if (sha === undefined) return null;
    return {
      id: nodeId('REF', `${repository.id}:${branch}`),
      name: branch,
      prefix: 'refs/heads/',
      target: () => this.#commit(this.#request.world.objects.existingCommit(sha)),
    };
  }

  #object(
    repository: Repository,
    { expression, oid }: { expression?: string | null; oid?: string | null },
  ): Resolved | null {
    this.#requireContents(repository);
    const { world } = this.#request;
    if (typeof oid === 'string') return this.#objectByName(repository, oid);
    if (typeof expression !== 'string') throw typed('MISSING_ARGUMENTS', 'An oid or expression argument is required.');
    const colon = expression.indexOf(':');
    if (colon < 0) return this.#objectByName(repository, expression);
    const commit = world.resolveCommit(repository, expression.slice(0, colon));
    const path = expression.slice(colon + 1);
    const entry = commit === undefined ? undefined : world.objects.entryAt(commit.tree, path);
    return entry === undefined ? null : this.#content(entry, path);
  }

  #objectByName(repository: Repository, name: string): Resolved | null {
    const { world } = this.#request;
    const commit = world.resolveCommit(repository, name);
    if (commit !== undefined) return this.#commit(commit);
    if (world.objects.tree(name) !== undefined) return this.#tree(name, '');
    return world.objects.blob(name) === undefined ? null : this.#blob(name);
  }

  #commit(commit: Commit): Resolved {
    return {
      __typename: 'Commit',
      ...identity('C', commit.sha),
      message: commit.message,
      committedDate: timestamp(commit.author.at),
      tree: () => this.#tree(commit.tree, ''),
      file: ({ path }: { path: string }) => {
        const entry = this.#request.world.objects.entryAt(commit.tree, path);
        return entry === undefined ? null : this.#entry(entry, path);
      },
    };
  }

  #tree(oid: string, path: string): Resolved {
    return {
      __typename: 'Tree',
      ...identity('T', oid),
      entries: () =>
        (this.#request.world.objects.tree(oid) ?? []).map((entry) =>
          this.#entry(entry, path === '' ? entry.name : `${path}/${entry.name}`),
        ),
    };
  }

  #entry(entry: TreeEntry, path: string): Resolved {
    return {
      name: entry.name,
      path,
      oid: entry.oid,
      type: entry.type,
      // A number in decimal: git's 120000 is 40960 here.
      mode: Number.parseInt(entry.mode, 8),
      extension: /\.[^.]*$/.exec(entry.name)?.[0] ?? '',
      size: this.#request.world.objects.blob(entry.oid)?.length ?? 0,
      object: () => this.#content(entry, path),
    };
  }

  #content(entry: TreeEntry, path: string): Resolved {
    return entry.type === 'tree' ? this.#tree(entry.oid, path) : this.#blob(entry.oid);
  }

  #blob(oid: string): Resolved {
    const content = this.#request.world.objects.blob(oid) ?? Buffer.alloc(0);
    const binary = content.includes(0);
    const truncated = content.length > MAX_BLOB_TEXT_BYTES;
    return {
      __typename: 'Blob',
      ...identity('B', oid),
      byteSize: content.length,
      isBinary: binary,
      isTruncated: truncated,
      text: binary ? null : content.subarray(0, MAX_BLOB_TEXT_BYTES).toString('utf8'),
    };
  }
}

function identity(kind: string, oid: string): { id: string; oid: string; abbreviatedOid: string } {
  return { id: nodeId(kind, oid), oid, abbreviatedOid: oid.slice(0, 7) };
}

function typed(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}
