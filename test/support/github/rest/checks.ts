import type { Json, JsonObject } from '../../json.ts';
import { isJsonObject } from '../../json.ts';
import { checkRunJson, timestamp } from '../representations.ts';
import { GitHubError, notAccessible, notFound, unprocessable } from '../responses.ts';
import type { GitHubResponse } from '../responses.ts';
import type { Annotation, App, CheckRun } from '../world-model.ts';
import { paginate, param, requireCommit, requireRepository } from './context.ts';
import type { RestContext } from './context.ts';

export function createCheckRun(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'checks', 'write');
  const app = callingApp(context);
  const { sha } = requireCommit(context, repository, text(context.body.head_sha) ?? '');
  const id = context.world.nextId();
  const run: CheckRun = {
    id,
    repository,
    app,
    suite: context.world.addCheckSuite(app, repository, sha),
    headSha: sha,
    name: '',
    externalId: '',
    detailsUrl: undefined,
    status: 'queued',
    conclusion: undefined,
    startedAt: timestamp(context.clock.seconds()),
    completedAt: undefined,
    title: undefined,
    summary: undefined,
    text: undefined,
    annotations: [],
  };
  applyFields(context, run);
  context.world.addCheckRun(run);
  return { status: 201, body: describe(context, run) };
}

export function updateCheckRun(context: RestContext): GitHubResponse {
  const run = requireCheckRun(context, 'write');
  const app = callingApp(context);
  if (run.app !== app) {
    throw new GitHubError(
      403,
      `Invalid app_id \`${app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  applyFields(context, run);
  return { status: 200, body: describe(context, run) };
}

export function getCheckRun(context: RestContext): GitHubResponse {
  return { status: 200, body: describe(context, requireCheckRun(context, 'read')) };
}

export function listCheckRuns(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'checks', 'read');
  const { sha } = requireCommit(context, repository, param(context, 'ref'));
  const { query } = context;
  const wanted = (name: string, value: string): boolean => !query.has(name) || query.get(name) === value;
  const matching = context.world
    .checkRuns(repository, sha)
    .filter(
      (run) => wanted('check_name', run.name) && wanted('app_id', String(run.app.id)) && wanted('status', run.status),
    )
    .reverse();
  const runs = query.get('filter') === 'all' ? matching : latestOfEach(matching);
  const page = paginate(context, runs);
  const body = { total_count: runs.length, check_runs: page.items.map((run) => describe(context, run)) };
  return { status: 200, headers: page.headers, body };
}

/** Of the runs with one name, the newest; `runs` come newest first. */
function latestOfEach(runs: readonly CheckRun[]): CheckRun[] {
  const key = (run: CheckRun): string => `${run.suite.id} ${run.name}`;
  return runs.filter((run, index) => runs.findIndex((other) => key(other) === key(run)) === index);
}

function callingApp({ caller }: RestContext): App {
  if (caller.kind !== 'installation') throw notAccessible();
  return caller.token.installation.app;
}

function requireCheckRun(context: RestContext, level: 'read' | 'write'): CheckRun {
  const repository = requireRepository(context, 'checks', level);
  const run = context.world.checkRun(Number(param(context, 'check_run_id')));
  if (run?.repository !== repository) throw notFound();
  return run;
}

function applyFields(context: RestContext, run: CheckRun): void {
  const { body } = context;
  run.name = text(body.name) ?? run.name;
  run.externalId = text(body.external_id) ?? run.externalId;
  run.detailsUrl = text(body.details_url) ?? run.detailsUrl;
  run.startedAt = text(body.started_at) ?? run.startedAt;
  run.status = text(body.status) ?? run.status;
  run.conclusion = text(body.conclusion) ?? run.conclusion;
  // "Providing conclusion will automatically set the status parameter to completed."
  if (body.conclusion !== undefined) run.status = 'completed';
  if (run.status === 'completed')
    run.completedAt = text(body.completed_at) ?? run.completedAt ?? timestamp(context.clock.seconds());
  if (isJsonObject(body.output)) applyOutput(run, body.output);
}

/** Annotations are appended to those that the run already has. */
function applyOutput(run: CheckRun, output: JsonObject): void {
  const annotations = (Array.isArray(output.annotations) ? output.annotations : []) as unknown as Annotation[];
  annotations.forEach(checkAnnotation);
  run.title = text(output.title) ?? run.title;
  run.summary = text(output.summary) ?? run.summary;
  run.text = text(output.text) ?? run.text;
  run.annotations.push(...annotations);
}

function checkAnnotation(annotation: Annotation): void {
  const { start_line: first, end_line: last, start_column: from, end_column: to } = annotation;
  if (first < 1 || last < first) throw unprocessable('Invalid request.\n\nend_line must not come before start_line.');
  const columns = from !== undefined || to !== undefined;
  if (columns && first !== last) {
    throw unprocessable('Invalid request.\n\nColumns are only supported on annotations of one line.');
  }
}

function describe(context: RestContext, run: CheckRun): JsonObject {
  const pulls = context.world.pullRequests(run.repository).filter((pull) => pull.head.sha === run.headSha);
  return checkRunJson(context.roots, run, pulls);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
