import {
  createAccessToken,
  getApp,
  getHookConfig,
  getInstallation,
  getOrganizationInstallation,
  getRepositoryInstallation,
  getUserInstallation,
  listHookDeliveries,
  revokeAccessToken,
  updateWebhookConfig,
} from './apps.ts';
import { createCheckRun, getCheckRun, listCheckRuns, updateCheckRun } from './checks.ts';
import { getBlob, getContents, getRepository, getTree } from './contents.ts';
import type { RestHandler } from './context.ts';
import {
  compareCommits,
  getCommit,
  getPullRequest,
  listPullRequestFiles,
  listPullRequestsOfCommit,
} from './history.ts';

/** By GitHub's own operation id. */
export const REST_OPERATIONS: ReadonlyMap<string, RestHandler> = new Map<string, RestHandler>([
  ['apps/get-authenticated', getApp],
  ['apps/get-webhook-config-for-app', getHookConfig],
  ['apps/list-webhook-deliveries', listHookDeliveries],
  ['apps/update-webhook-config-for-app', updateWebhookConfig],
  ['apps/get-installation', getInstallation],
  ['apps/create-installation-access-token', createAccessToken],
  ['apps/revoke-installation-access-token', revokeAccessToken],
  ['apps/get-org-installation', getOrganizationInstallation],
  ['apps/get-user-installation', getUserInstallation],
  ['apps/get-repo-installation', getRepositoryInstallation],
  ['repos/get', getRepository],
  ['repos/get-content', getContents],
  ['git/get-tree', getTree],
  ['git/get-blob', getBlob],
  ['pulls/get', getPullRequest],
  ['pulls/list-files', listPullRequestFiles],
  ['repos/compare-commits-with-basehead', compareCommits],
  ['repos/get-commit', getCommit],
  ['repos/list-pull-requests-associated-with-commit', listPullRequestsOfCommit],
  ['checks/list-for-ref', listCheckRuns],
  ['checks/create', createCheckRun],
  ['checks/get', getCheckRun],
  ['checks/update', updateCheckRun],
]);
