import { createRequire } from 'node:module';
import { isJsonObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { NO_COMMIT } from './git-objects.ts';
import type { Commit } from './git-objects.ts';
import {
  accountJson,
  appJson,
  checkRunJson,
  fullName,
  installationJson,
  minimalPullRequest,
  nodeId,
  pullRequestJson,
  repositoryJson,
  repositoryUrl,
  timestamp,
} from './representations.ts';
import type { Roots } from './representations.ts';
import type { GitHubWorld } from './world.ts';
import type {
  Account,
  App,
  CheckRun,
  CheckSuite,
  Installation,
  PullRequest,
  Repository,
  WorldEvent,
} from './world-model.ts';

/** A push lists no more; GitHub's webhook documentation. */
const MAX_PUSHED_COMMITS = 20;

interface WebhookDefinition {
  readonly name: string;
  readonly examples: readonly JsonObject[];
}

type WebhookEvent<Name extends WorldEvent['event']> = Extract<WorldEvent, { event: Name }>;

export interface PayloadContext {
  readonly installation?: Installation;
  readonly sender?: Account;
}

/** GitHub's example payloads, with what is in the world put in their place. */
export class WebhookPayloads {
  readonly #world: GitHubWorld;
  readonly #roots: Roots;

  constructor(world: GitHubWorld, roots: Roots) {
    this.#world = world;
    this.#roots = roots;
  }

  push(event: Omit<WebhookEvent<'push'>, 'event'>, context: PayloadContext = {}): JsonObject {
    const { repository, branch, before, after, forced } = event;
    const { objects } = this.#world;
    const known = new Set(before === NO_COMMIT ? this.#knownElsewhere(event) : objects.ancestry(before));
    const pushed = after === NO_COMMIT ? [] : objects.ancestry(after).filter((sha) => !known.has(sha));
    const commits = pushed
      .slice(0, MAX_PUSHED_COMMITS)
      .reverse()
      .map((sha) => this.#pushedCommit(repository, objects.existingCommit(sha)));
    const head = after === NO_COMMIT ? null : this.#pushedCommit(repository, objects.existingCommit(after));
    const name = repository.owner.login;
    return {
      ...example('push'),
      ref: `refs/heads/${branch}`,
      before,
      after,
      created: before === NO_COMMIT,
      deleted: after === NO_COMMIT,
      forced,
      base_ref: null,
      compare: `${this.#roots.web}/${fullName(repository)}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
      commits,
      head_commit: head,
      pusher: { name, email: `${name}@users.noreply.example` },
      ...this.#common(repository, context),
    };
  }

  pullRequest(
    action: WebhookEvent<'pull_request'>['action'],
    pull: PullRequest,
    context: PayloadContext = {},
  ): JsonObject {
    return {
      ...example('pull_request', action),
      action,
      number: pull.number,
      pull_request: pullRequestJson(this.#roots, pull, this.#world.pullRequestFiles(pull)),
      ...this.#common(pull.repository, context),
    };
  }

  checkSuite(
    action: 'requested' | 'rerequested' | 'completed',
    suite: CheckSuite,
    context: PayloadContext = {},
  ): JsonObject {
    return {
      ...example('check_suite', action),
      action,
      check_suite: this.#checkSuite(suite),
      ...this.#common(suite.repository, context),
    };
  }

  checkRun(action: 'created' | 'rerequested' | 'completed', run: CheckRun, context: PayloadContext = {}): JsonObject {
    const pulls = this.#pullsAt(run.repository, run.headSha);
    return {
      ...example('check_run', action),
      action,
      check_run: { ...checkRunJson(this.#roots, run, pulls), check_suite: this.#checkSuite(run.suite) },
      ...this.#common(run.repository, context),
    };
  }

  installation(
    action: WebhookEvent<'installation'>['action'],
    installation: Installation,
    context: PayloadContext = {},
  ): JsonObject {
    const covered = this.#world.repositories().filter((one) => this.#world.covers(installation, one));
    return {
      ...example('installation', action),
      action,
      installation: installationJson(this.#roots, installation),
      repositories: covered.map(briefRepository),
      requester: null,
      sender: accountJson(this.#roots, context.sender ?? installation.account),
    };
  }

  installationRepositories(
    action: 'added' | 'removed',
    installation: Installation,
    repositories: readonly Repository[],
    context: PayloadContext = {},
  ): JsonObject {
    const brief = repositories.map(briefRepository);
    return {
      ...example('installation_repositories', action),
      action,
      installation: installationJson(this.#roots, installation),
      repository_selection: installation.selection,
      repositories_added: action === 'added' ? brief : [],
      repositories_removed: action === 'removed' ? brief : [],
      requester: null,
      sender: accountJson(this.#roots, context.sender ?? installation.account),
    };
  }

  /** An account that was renamed. */
  installationTarget(installation: Installation, formerLogin: string, context: PayloadContext = {}): JsonObject {
    return {
      action: 'renamed',
      account: accountJson(this.#roots, installation.account),
      changes: { login: { from: formerLogin } },
      target_type: installation.account.type,
      installation: { id: installation.id, node_id: nodeId('I', installation.id) },
      sender: accountJson(this.#roots, context.sender ?? installation.account),
    };
  }

  repository(event: Omit<WebhookEvent<'repository'>, 'event'>, context: PayloadContext = {}): JsonObject {
    const changes = this.#repositoryChanges(event);
    return {
      ...example('repository', event.action),
      action: event.action,
      ...(changes === undefined ? {} : { changes }),
      ...this.#common(event.repository, context),
    };
  }

  ping(app: App): JsonObject {
    // An App's ping has no repository; the examples come from repositories' hooks.
    const { zen, hook_id, hook } = example('ping');
    return {
      ...(zen === undefined ? {} : { zen }),
      hook_id: hook_id ?? 0,
      hook: { ...(isJsonObject(hook) ? hook : {}), type: 'App', app_id: app.id },
    };
  }

  /** What the other branches already had when this one was made. */
  #knownElsewhere({ repository, branch }: Pick<WebhookEvent<'push'>, 'repository' | 'branch'>): string[] {
    const others = [...repository.branches].filter(([name]) => name !== branch);
    return others.flatMap(([, sha]) => this.#world.objects.ancestry(sha));
  }

  #pushedCommit(repository: Repository, commit: Commit): JsonObject {
    const files = this.#world.changedFiles(commit.parents[0], commit.sha);
    const who = { name: commit.author.name, email: commit.author.email, username: commit.author.name };
    const renamedFrom = files.flatMap((file) => file.previousFilename ?? []);
    const named = (...statuses: string[]): string[] =>
      files.filter((file) => statuses.includes(file.status)).map((file) => file.filename);
    return {
      id: commit.sha,
      tree_id: commit.tree,
      distinct: true,
      message: commit.message,
      timestamp: timestamp(commit.author.at),
      url: `${this.#roots.web}/${fullName(repository)}/commit/${commit.sha}`,
      author: who,
      committer: who,
      // A push does not speak of renames: the old name is removed, the new one added.
      added: named('added', 'renamed'),
      removed: [...named('removed'), ...renamedFrom],
      modified: named('modified'),
    };
  }

  #checkSuite(suite: CheckSuite): JsonObject {
    const { repository } = suite;
    const url = `${repositoryUrl(this.#roots, repository)}/check-suites/${suite.id}`;
    const head = this.#world.objects.existingCommit(suite.headSha);
    return {
      id: suite.id,
      node_id: nodeId('CS', suite.id),
      head_branch: suite.headBranch ?? null,
      head_sha: suite.headSha,
      status: 'queued',
      conclusion: null,
      url,
      before: suite.before,
      after: suite.headSha,
      pull_requests: this.#pullsAt(repository, suite.headSha).map((pull) => minimalPullRequest(this.#roots, pull)),
      app: appJson(this.#roots, suite.app),
      created_at: timestamp(suite.createdAt),
      updated_at: timestamp(suite.createdAt),
      latest_check_runs_count: 0,
      check_runs_url: `${url}/check-runs`,
      head_commit: {
        id: head.sha,
        tree_id: head.tree,
        message: head.message,
        timestamp: timestamp(head.author.at),
        author: { name: head.author.name, email: head.author.email },
        committer: { name: head.author.name, email: head.author.email },
      },
    };
  }

  /** Pull requests from forks are not listed there: GitHub leaves the array empty for them. */
  #pullsAt(repository: Repository, sha: string): PullRequest[] {
    return this.#world
      .pullRequests(repository)
      .filter((pull) => pull.head.sha === sha && pull.head.repository === repository && pull.state === 'open');
  }

  #repositoryChanges({ action, from }: Omit<WebhookEvent<'repository'>, 'event'>): JsonObject | undefined {
    if (action === 'renamed') return { repository: { name: { from: from.name ?? '' } } };
    if (action === 'edited') return { default_branch: { from: from.defaultBranch ?? '' } };
    if (action !== 'transferred' || from.owner === undefined) return undefined;
    const kind = from.owner.type === 'User' ? 'user' : 'organization';
    return { owner: { from: { [kind]: accountJson(this.#roots, from.owner) } } };
  }

  #common(repository: Repository, { installation, sender }: PayloadContext): JsonObject {
    const { owner } = repository;
    return {
      repository: repositoryJson(this.#roots, repository),
      ...(owner.type === 'Organization' ? { organization: accountJson(this.#roots, owner) } : {}),
      sender: accountJson(this.#roots, sender ?? owner),
      ...(installation === undefined
        ? {}
        : { installation: { id: installation.id, node_id: nodeId('I', installation.id) } }),
    };
  }
}

function briefRepository(repository: Repository): JsonObject {
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
  };
}

let definitions: readonly WebhookDefinition[] | undefined;

/** The community's example of this event, of this action where there is one. */
function example(event: string, action?: string): JsonObject {
  definitions ??= createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly WebhookDefinition[];
  const examples = definitions.find((one) => one.name === event)?.examples ?? [];
  return structuredClone(examples.find((one) => one.action === action) ?? examples[0] ?? {});
}
