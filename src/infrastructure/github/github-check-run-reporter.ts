import { inject, injectable } from 'tsyringe';
import type { CommitPlace } from '../../application/ports/changed-policy-files.ts';
import type {
  CheckReport,
  CheckRunReporter,
  EarlierReport,
  Publication,
  ReportLookup,
} from '../../application/ports/check-run-reporter.ts';
import { APP_NUMBERS, type AppNumbers } from '../../application/ports/app-numbers.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { member } from '../json/untrusted-json.ts';
import type { LruMap } from '../cache/lru-map.ts';
import {
  annotations,
  CHECK_RUN_SETTINGS,
  checkedNames,
  summary,
  title,
  type CheckRunAnnotation,
  type CheckRunSettings,
} from './check-run-output.ts';
import { RepositorySession, unexpected } from './repository-session.ts';
import { isolateToken } from '../../application/ports/token.ts';

/** Reports that this isolate published. A delivery that comes again then needs no request. */
export const PUBLISHED_REPORTS = isolateToken<LruMap<EarlierReport>>('PublishedReports');

/** Branch protection can require the check by this name. */
const NAME = 'Trust Policy Validation';
/** REST, "Create a check run": at most 50 a request. More are added by updates. */
const ANNOTATIONS_A_REQUEST = 50;

/** One check run a commit. It is found by its name, our App and `external_id`. */
@injectable()
export class GitHubCheckRunReporter implements CheckRunReporter {
  constructor(
    @inject(APP_NUMBERS) private readonly numbers: AppNumbers,
    @inject(RepositorySession) private readonly session: RepositorySession,
    @inject(PUBLISHED_REPORTS) private readonly published: LruMap<EarlierReport>,
    @inject(CHECK_RUN_SETTINGS) private readonly settings: CheckRunSettings,
  ) {}

  async find(place: CommitPlace, covering?: readonly string[]): Promise<ReportLookup> {
    const own = this.published.get(memoryKey(place));
    if (covering !== undefined && own !== undefined && covering.every((name) => own.names.includes(name))) return own;
    const app = await this.numbers.of(place.installation.app);
    if (app.kind === 'unavailable') return app;
    const query = new URLSearchParams({ check_name: NAME, app_id: app.number, per_page: '100' });
    const path = `/commits/${place.commit}/check-runs?${query.toString()}`;
    const answer = await this.session.send(place, { method: 'GET', path });
    if (answer.kind === 'unavailable') return answer;
    const runs = member(answer.json, 'check_runs');
    if (answer.status !== 200 || !Array.isArray(runs)) return unexpected('GET', path, answer);
    const run: unknown = runs.find((one: unknown) => member(one, 'external_id') === place.commit);
    return reportOf(run, place.repository, this.settings);
  }

  async publish(place: CommitPlace, report: CheckReport, earlier?: EarlierReport): Promise<Publication> {
    const all = annotations(report, this.settings);
    const pending = all.slice(earlier?.annotations ?? 0);
    let id = earlier?.id;
    for (let start = 0; start === 0 || start < pending.length; start += ANNOTATIONS_A_REQUEST) {
      const sent = await this.send(place, report, pending.slice(start, start + ANNOTATIONS_A_REQUEST), id);
      if (typeof sent !== 'number') return sent;
      id = sent;
    }
    this.remember(place, { kind: 'found', id: id ?? 0, names: report.names, annotations: all.length });
    return { kind: 'published' };
  }

  /** @returns the check run's id */
  private async send(
    place: CommitPlace,
    report: CheckReport,
    some: readonly CheckRunAnnotation[],
    id: number | undefined,
  ): Promise<number | Unavailable> {
    const output = { title: title(report), summary: summary(place, report, this.settings), annotations: some };
    const state = { status: 'completed', conclusion: report.conclusion, output };
    const request =
      id === undefined
        ? ({
            method: 'POST',
            path: '/check-runs',
            body: { name: NAME, head_sha: place.commit, external_id: place.commit, ...state },
          } as const)
        : ({ method: 'PATCH', path: `/check-runs/${id}`, body: state } as const);
    const answer = await this.session.send(place, request);
    if (answer.kind === 'unavailable') return answer;
    const made = member(answer.json, 'id');
    const isDone = answer.status === 200 || answer.status === 201;
    return isDone && typeof made === 'number' ? made : unexpected(request.method, request.path, answer);
  }

  private remember(place: CommitPlace, report: EarlierReport): void {
    this.published.set(memoryKey(place), report);
  }
}

function reportOf(run: unknown, repository: string, settings: CheckRunSettings): ReportLookup {
  const id = member(run, 'id');
  if (typeof id !== 'number') return { kind: 'absent' };
  const output = member(run, 'output');
  const text = member(output, 'summary');
  const count = member(output, 'annotations_count');
  const names = typeof text === 'string' ? checkedNames(text, repository, settings) : undefined;
  return { kind: 'found', id, names: names ?? [], annotations: typeof count === 'number' ? count : 0 };
}

function memoryKey({ installation, repository, commit }: CommitPlace): string {
  return `${installation.id}/${repository}@${commit}`.toLowerCase();
}
