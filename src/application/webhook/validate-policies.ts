import { inject, injectable } from 'tsyringe';
import { watchedFile } from '../../domain/watched-files.ts';
import { EXCHANGE_RULES, type ExchangeRules } from '../exchange/exchange-rules.ts';
import { FindEventInstallation, type EventSource } from './find-event-installation.ts';
import {
  CHANGED_POLICY_FILES,
  type ChangedPolicyFiles,
  type ChangeList,
  type CheckedFile,
  type CommitPlace,
} from '../ports/changed-policy-files.ts';
import { CHECK_RUN_REPORTER, type CheckReport, type CheckRunReporter } from '../ports/check-run-reporter.ts';
import { LOG, type Log } from '../ports/log.ts';
import { KEYED_MUTEX, type KeyedMutex } from '../ports/keyed-mutex.ts';
import type { Unavailable } from '../ports/unavailable.ts';

/** A commit whose policy files are to be judged. */
export interface ValidationOrder {
  readonly source: EventSource;
  readonly commit: string;
  /** Paths that the event names itself. */
  readonly paths: readonly string[];
  readonly changes: readonly ChangeList[];
  /** Report success even where no policy changed, so that the check can be a required one. */
  readonly evenUnchanged: boolean;
  /** Somebody asked for a new run: judge files again that were reported before. */
  readonly again: boolean;
}

/** Every file is read and compiled. No change that a person writes has more policy files. */
const MAX_FILES = 100;

/** Judges the policy files that a commit adds or changes, and reports the verdict on the commit. */
@injectable()
export class ValidatePolicies {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(FindEventInstallation) private readonly findInstallation: FindEventInstallation,
    @inject(CHANGED_POLICY_FILES) private readonly files: ChangedPolicyFiles,
    @inject(CHECK_RUN_REPORTER) private readonly reporter: CheckRunReporter,
    @inject(KEYED_MUTEX) private readonly mutex: KeyedMutex,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** GitHub's failures are logged and end it: a redelivery would only add load. */
  async execute(order: ValidationOrder): Promise<void> {
    const { source, commit, changes, evenUnchanged, again } = order;
    const isIdle = changes.length === 0 && !evenUnchanged && !again && this.watched(source, order.paths).length === 0;
    if (isIdle) return;
    const found = await this.findInstallation.execute(source);
    if (found.kind === 'unavailable') this.giveUp(source, commit, found);
    if (found.kind !== 'found') return;
    const place = { installation: found.installation, repository: source.repository, commit };
    const key = `${found.installation.app.id} ${source.owner}/${source.repository}`.toLowerCase();
    await this.mutex.runExclusive(`${key} ${commit}`, async () => {
      const failure = await this.validate(order, place);
      if (failure !== undefined) this.giveUp(source, commit, failure);
    });
  }

  private async validate(order: ValidationOrder, place: CommitPlace): Promise<Unavailable | undefined> {
    const listed = await this.changedFiles(order, place);
    if ('kind' in listed) return listed;
    const mustReport = order.evenUnchanged;
    if (listed.length === 0 && !mustReport && !order.again) return undefined;
    const earlier = await this.reporter.find(place, order.again ? undefined : listed);
    if (earlier.kind === 'unavailable') return earlier;
    const known = earlier.kind === 'found' ? earlier : undefined;
    if (known !== undefined && !order.again && listed.every((name) => known.names.includes(name))) return undefined;
    const names = [...new Set([...(known?.names ?? []), ...listed])];
    const leftOut = Math.max(0, names.length - MAX_FILES);
    const checked = await this.files.check(place, names.slice(0, MAX_FILES));
    if (checked.kind === 'unavailable') return checked;
    if (checked.files.length === 0 && leftOut === 0 && known === undefined && !mustReport) return undefined;
    const report = {
      conclusion: conclusionOf(checked.files, leftOut),
      names,
      files: checked.files,
      ...(leftOut === 0 ? {} : { leftOut }),
    };
    const published = await this.reporter.publish(place, report, known);
    if (published.kind === 'unavailable') return published;
    this.logReport(place, report);
    return undefined;
  }

  private async changedFiles(order: ValidationOrder, place: CommitPlace): Promise<readonly string[] | Unavailable> {
    const paths = [...order.paths];
    for (const changes of order.changes) {
      const listed = await this.files.list(place, changes);
      if (listed.kind === 'unavailable') return listed;
      paths.push(...listed.paths);
    }
    return this.watched(order.source, paths);
  }

  private watched({ repository }: EventSource, paths: readonly string[]): readonly string[] {
    const names = paths.map((path) => watchedFile(path, repository, this.rules.orgPolicyRepository));
    return [...new Set(names.filter((name) => name !== undefined))].toSorted();
  }

  private giveUp({ owner, repository }: EventSource, commit: string, { cause, detail }: Unavailable): void {
    this.log.warn('policies_not_validated', { owner, repository, commit, cause, detail });
  }

  private logReport({ installation, repository, commit }: CommitPlace, { conclusion, names }: CheckReport): void {
    const { owner } = installation;
    this.log.info('policies_validated', { owner, repository, commit, conclusion, files: names.length });
  }
}

/** Warnings alone are no failure. Files that were not judged are one: others may require this check to pass. */
function conclusionOf(files: readonly CheckedFile[], leftOut: number): CheckReport['conclusion'] {
  if (leftOut > 0) return 'failure';
  const failed = files.some(({ findings }) => findings.some(({ severity }) => severity === 'error'));
  return failed ? 'failure' : 'success';
}
