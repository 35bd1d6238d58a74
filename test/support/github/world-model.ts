import type { AppKeys } from './app-keys.ts';
import type { Permissions } from './permissions.ts';

export interface Account {
  readonly id: number;
  login: string;
  readonly type: 'User' | 'Organization';
  readonly createdAt: number;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly owner: Account;
  keys: AppKeys;
  /** Others of the same App, which count as well until they are deleted. */
  furtherKeys: AppKeys[];
  permissions: Permissions;
  /** Empty: none, so that deliveries are not signed. */
  webhookSecret: string;
  webhookUrl: string | undefined;
  readonly createdAt: number;
}

/** One attempt to deliver a webhook to an App. */
export interface HookDelivery {
  readonly id: number;
  readonly app: App;
  readonly guid: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly installationId: number | undefined;
  readonly repositoryId: number | undefined;
  /** Seconds since the epoch. */
  readonly deliveredAt: number;
  /** 0 where nobody answered. */
  readonly statusCode: number;
  readonly redelivery: boolean;
}

export interface Repository {
  readonly id: number;
  owner: Account;
  name: string;
  private: boolean;
  defaultBranch: string;
  readonly branches: Map<string, string>;
  /** Commits that can be named in this repository, those of pull requests' heads included. */
  readonly commits: Set<string>;
  readonly forkOf: number | undefined;
  readonly createdAt: number;
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  permissions: Permissions;
  selection: 'all' | 'selected';
  readonly selected: Set<number>;
  suspendedAt: number | undefined;
  readonly createdAt: number;
}

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly head: { readonly repository: Repository; readonly branch: string; sha: string };
  readonly base: { readonly branch: string; readonly sha: string };
  title: string;
  state: 'open' | 'closed';
  merged: boolean;
  readonly author: Account;
  readonly createdAt: number;
}

export interface CheckSuite {
  readonly id: number;
  readonly app: App;
  readonly repository: Repository;
  readonly headSha: string;
  readonly headBranch: string | undefined;
  readonly before: string;
  readonly createdAt: number;
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly title?: string;
  readonly raw_details?: string;
}

export interface CheckRun {
  readonly id: number;
  readonly repository: Repository;
  readonly app: App;
  readonly suite: CheckSuite;
  readonly headSha: string;
  name: string;
  externalId: string;
  detailsUrl: string | undefined;
  status: string;
  conclusion: string | undefined;
  startedAt: string;
  completedAt: string | undefined;
  title: string | undefined;
  summary: string | undefined;
  text: string | undefined;
  readonly annotations: Annotation[];
}

export interface RepositoryChanges {
  readonly name?: string;
  readonly owner?: Account;
  readonly defaultBranch?: string;
}

/** What happened in the world, in the words of GitHub's webhook events. */
export type WorldEvent =
  | {
      readonly event: 'push';
      readonly repository: Repository;
      readonly branch: string;
      readonly before: string;
      readonly after: string;
      readonly forced: boolean;
    }
  | {
      readonly event: 'pull_request';
      readonly action: 'opened' | 'synchronize' | 'reopened' | 'closed';
      readonly pull: PullRequest;
    }
  | {
      readonly event: 'repository';
      readonly action: 'created' | 'renamed' | 'transferred' | 'deleted' | 'privatized' | 'publicized' | 'edited';
      readonly repository: Repository;
      /** The values before the change. */
      readonly from: RepositoryChanges;
    }
  | {
      readonly event: 'installation';
      readonly action: 'created' | 'deleted' | 'suspend' | 'unsuspend' | 'new_permissions_accepted';
      readonly installation: Installation;
    }
  | {
      readonly event: 'installation_repositories';
      readonly action: 'added' | 'removed';
      readonly installation: Installation;
      readonly repositories: readonly Repository[];
    };
