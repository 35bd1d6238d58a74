import { touchesPolicies } from '../../domain/watched-files.ts';
import type { ChangeList } from '../../application/ports/changed-policy-files.ts';
import { at, commitAt, listAt, textAt, textsAt, type NamedRepository } from './payload.ts';

const BRANCH = 'refs/heads/';
/** Merge queues test a pull request on such a branch: gh-readonly-queue/<base>/pr-<number>-<base commit>. */
const QUEUE = /^gh-readonly-queue\/.+-([0-9a-f]{40})$/;
const QUEUE_PREFIX = 'gh-readonly-queue/';
/** "The array includes a maximum of 20 commits": one that is full may have been cut. */
const MAX_LISTED_COMMITS = 20;

/** A push to a branch, as its payload describes it. */
export interface Push {
  readonly branch: string;
  /** Nothing: the branch is new. */
  readonly before: string | undefined;
  /** Nothing: the branch is gone. */
  readonly after: string | undefined;
  readonly forced: boolean;
  /** Paths that the commits add or change. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Whether every commit, with all of its files, is listed. */
  readonly complete: boolean;
}

/** @returns nothing for a tag */
export function pushOf(payload: unknown): Push | undefined {
  const ref = textAt(payload, 'ref');
  if (ref?.startsWith(BRANCH) !== true) return undefined;
  const commits = listAt(payload, 'commits');
  const paths = (name: string): readonly string[] => commits.flatMap((commit) => textsAt(commit, name) ?? []);
  const push = {
    branch: ref.slice(BRANCH.length),
    before: commitAt(payload, 'before'),
    after: commitAt(payload, 'after'),
    forced: at(payload, 'forced') === true,
  };
  const changed = [...paths('added'), ...paths('modified')];
  const isListed = Array.isArray(at(payload, 'commits'));
  return { ...push, changed, removed: paths('removed'), complete: isListed && isComplete(push, commits) };
}

export function isMergeQueue({ branch }: Push): boolean {
  return branch.startsWith(QUEUE_PREFIX);
}

/** Whether a push to the default branch may have changed its policies. */
export function mayChangePolicies({ before, after, forced, complete, changed, removed }: Push): boolean {
  const isReplaced = before === undefined || after === undefined || forced || !complete;
  return isReplaced || [...changed, ...removed].some(touchesPolicies);
}

/** Where the pushed files are listed, if the payload itself does not list them. */
export function pushedChanges(push: Push, { defaultBranch }: NamedRepository): readonly ChangeList[] {
  if (push.complete && !isMergeQueue(push)) return [];
  // A merge queue merges commits that were on other branches before, so the payload does not list them.
  const [, queueBase] = QUEUE.exec(push.branch) ?? [];
  const base = queueBase ?? push.before ?? defaultBranch;
  const isFirst = base === undefined || base === push.branch;
  return [isFirst ? { kind: 'everything' } : { kind: 'since', base }];
}

function isComplete({ before, forced }: Pick<Push, 'before' | 'forced'>, commits: readonly unknown[]): boolean {
  if (commits.length >= MAX_LISTED_COMMITS) return false;
  if (commits.length === 0) return before === undefined || forced;
  const lists = ['added', 'modified', 'removed'];
  return commits.every((commit) => lists.every((name) => textsAt(commit, name) !== undefined));
}
