import { sameName } from '../../domain/scope.ts';
import type { EventSource } from '../../application/webhook/find-event-installation.ts';
import type { ChangeList } from '../../application/ports/changed-policy-files.ts';
import type { PushedBranch } from '../../application/webhook/note-branch-policies.ts';
import type { CacheChange } from '../../application/webhook/refresh-policies.ts';
import type { ValidationOrder } from '../../application/webhook/validate-policies.ts';
import {
  at,
  commitAt,
  idAt,
  listAt,
  ownerAt,
  repositoryNameAt,
  repositoryOf,
  textAt,
  type NamedRepository,
} from './payload.ts';
import { isMergeQueue, mayChangePolicies, pushedChanges, pushOf } from './push-event.ts';

/** What a delivery asks for. A payload only says what to read again, and nothing in it is believed. */
export interface WebhookPlan {
  /** Whose event it is, for the operator's filter. */
  readonly owner?: string | undefined;
  readonly change?: CacheChange;
  readonly validation?: ValidationOrder;
  /** Policies on another branch than the default one. */
  readonly pushed?: PushedBranch;
}

export interface PlanSettings {
  readonly appId: string | undefined;
  readonly orgPolicyRepository: string;
  readonly checkEveryPullRequest: boolean;
}

type Planner = (payload: unknown, settings: PlanSettings) => WebhookPlan;

const NOTHING: WebhookPlan = {};
/** An installation's list of repositories can be long. Cache entries of the others are stale within 15 minutes. */
const MAX_FORGOTTEN_REPOSITORIES = 50;

const PLANNERS: ReadonlyMap<string, Planner> = new Map<string, Planner>([
  ['pull_request', planPullRequest],
  ['push', planPush],
  ['check_suite', planCheckSuite],
  ['check_run', planCheckRun],
  ['installation', planInstallation],
  ['installation_repositories', planInstallation],
  ['installation_target', planRenamedAccount],
  ['repository', planRepository],
]);

export function planFor(event: string, payload: unknown, settings: PlanSettings): WebhookPlan {
  return PLANNERS.get(event)?.(payload, settings) ?? NOTHING;
}

function planPullRequest(payload: unknown, settings: PlanSettings): WebhookPlan {
  const repository = repositoryOf(payload);
  const commit = commitAt(payload, 'pull_request', 'head', 'sha');
  const changes = pullRequestChanges(at(payload, 'pull_request'), repository);
  const isNew = ['opened', 'synchronize', 'reopened'].includes(textAt(payload, 'action') ?? '');
  if (!isNew || repository === undefined || commit === undefined || changes === undefined) return NOTHING;
  const source = sourceOf(payload, repository, settings);
  const evenUnchanged = settings.checkEveryPullRequest;
  return {
    owner: repository.owner,
    validation: { source, commit, paths: [], changes: [changes], evenUnchanged, again: false },
  };
}

function planPush(payload: unknown, settings: PlanSettings): WebhookPlan {
  const repository = repositoryOf(payload);
  const push = pushOf(payload);
  if (repository === undefined || push === undefined) return NOTHING;
  const source = sourceOf(payload, repository, settings);
  const { before = '', after, changed, removed, complete } = push;
  const sender = ownerAt(payload, 'sender', 'login');
  const change: CacheChange = {
    kind: 'pushed',
    source,
    change: { before, after: after ?? '', changed, removed, complete, sender },
  };
  const validation =
    after === undefined
      ? undefined
      : {
          source,
          commit: after,
          paths: changed,
          changes: pushedChanges(push, repository),
          evenUnchanged: settings.checkEveryPullRequest && isMergeQueue(push),
          again: false,
        };
  return {
    owner: repository.owner,
    ...(push.branch === repository.defaultBranch && mayChangePolicies(push) ? { change } : {}),
    ...(validation === undefined ? {} : { validation }),
    ...(push.branch === repository.defaultBranch || isMergeQueue(push)
      ? {}
      : { pushed: { source, branch: push.branch, paths: changed } }),
  };
}

function planCheckSuite(payload: unknown, settings: PlanSettings): WebhookPlan {
  const action = textAt(payload, 'action');
  if (action !== 'requested' && action !== 'rerequested') return NOTHING;
  const plan = planSuite(payload, at(payload, 'check_suite'), settings, action === 'rerequested');
  return plan.validation?.changes.length === 0 ? NOTHING : plan;
}

/** GitHub's "Re-run" button. Without any list of files, those that were reported before are judged again. */
function planCheckRun(payload: unknown, settings: PlanSettings): WebhookPlan {
  if (textAt(payload, 'action') !== 'rerequested') return NOTHING;
  return planSuite(payload, at(payload, 'check_run', 'check_suite'), settings, true);
}

function planSuite(payload: unknown, suite: unknown, settings: PlanSettings, again: boolean): WebhookPlan {
  const repository = repositoryOf(payload);
  const commit = commitAt(suite, 'head_sha');
  // A bot may react to our own report, and we to the bot, without an end.
  if (textAt(payload, 'sender', 'type') === 'Bot' || repository === undefined || commit === undefined) return NOTHING;
  const source = sourceOf(payload, repository, settings);
  const changes = suiteChanges(suite, repository);
  return { owner: repository.owner, validation: { source, commit, paths: [], changes, evenUnchanged: false, again } };
}

function suiteChanges(suite: unknown, repository: NamedRepository): readonly ChangeList[] {
  const before = commitAt(suite, 'before');
  const isDefault = textAt(suite, 'head_branch') === repository.defaultBranch;
  const first: readonly ChangeList[] = isDefault ? [{ kind: 'everything' }] : [];
  const pulls = listAt(suite, 'pull_requests').flatMap((pull) => pullRequestChanges(pull, repository) ?? []);
  return [...(before === undefined ? first : [{ kind: 'since', base: before } as const]), ...pulls];
}

/** @returns nothing for a pull request of another repository, which a suite lists too */
function pullRequestChanges(pull: unknown, repository: NamedRepository | undefined): ChangeList | undefined {
  const number = idAt(pull, 'number');
  const base = commitAt(pull, 'base', 'sha');
  const id = idAt(pull, 'base', 'repo', 'id');
  const isOurs = id === undefined || repository?.id === undefined || id === repository.id;
  return number === undefined || base === undefined || !isOurs ? undefined : { kind: 'pull_request', number, base };
}

function planInstallation(payload: unknown, { appId }: PlanSettings): WebhookPlan {
  const owner = ownerAt(payload, 'installation', 'account', 'login');
  if (owner === undefined) return NOTHING;
  const named = ['repositories', 'repositories_added', 'repositories_removed'].flatMap((name) => listAt(payload, name));
  const names = named.flatMap((one) => repositoryNameAt(one, 'name') ?? []).slice(0, MAX_FORGOTTEN_REPOSITORIES);
  const repositories = names.map((name) => ({ owner, name }));
  return { owner, change: { kind: 'moved', appId, accounts: [owner], repositories } };
}

function planRenamedAccount(payload: unknown, { appId }: PlanSettings): WebhookPlan {
  const owner = ownerAt(payload, 'account', 'login');
  const names = [owner, ownerAt(payload, 'changes', 'login', 'from')];
  const accounts = names.filter((name) => name !== undefined);
  return { owner, change: { kind: 'moved', appId, accounts, repositories: [] } };
}

function planRepository(payload: unknown, { appId, orgPolicyRepository }: PlanSettings): WebhookPlan {
  const repository = repositoryOf(payload);
  if (repository === undefined || !changesWhatIsCached(payload)) return NOTHING;
  const { owner, name } = repository;
  const from = at(payload, 'changes', 'owner', 'from');
  const owners = [owner, ownerAt(from, 'organization', 'login') ?? ownerAt(from, 'user', 'login') ?? owner];
  const names = [name, repositoryNameAt(payload, 'changes', 'repository', 'name', 'from') ?? name];
  const repositories = [...new Set(owners)].flatMap((one) => [...new Set(names)].map((name) => ({ owner: one, name })));
  // The cache entry of an installation says whether it sees the policy repository.
  const accounts = names.some((one) => sameName(one, orgPolicyRepository)) ? [...new Set(owners)] : [];
  return { owner, change: { kind: 'moved', appId, accounts, repositories } };
}

function changesWhatIsCached(payload: unknown): boolean {
  const action = textAt(payload, 'action') ?? '';
  if (action === 'edited') return at(payload, 'changes', 'default_branch') !== undefined;
  return ['renamed', 'transferred', 'deleted', 'privatized', 'publicized'].includes(action);
}

function sourceOf(payload: unknown, { owner, name }: NamedRepository, { appId }: PlanSettings): EventSource {
  return { appId, installationId: idAt(payload, 'installation', 'id'), owner, repository: name };
}
