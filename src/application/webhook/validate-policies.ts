import { inject, injectable } from 'tsyringe';
import type { Finding } from '../../domain/finding.ts';
import { quoted } from '../../domain/fault.ts';
import { GUARDRAILS_FILE, POLICY_FOLDER, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { sameName } from '../../domain/scope.ts';
import { watchedFile } from '../../domain/watched-files.ts';
import { EXCHANGE_RULES, type ExchangeRules } from '../exchange/exchange-rules.ts';
import { FindGuardrails } from '../policies/find-guardrails.ts';
import { FindEventInstallation, type EventSource } from './find-event-installation.ts';
import {
  CHANGED_POLICY_FILES,
  type ChangedPolicyFiles,
  type ChangeList,
  type CheckedFile,
  type CheckedFiles,
  type CommitPlace,
  type JudgingGuardrails,
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
    @inject(FindGuardrails) private readonly guardrails: FindGuardrails,
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
    const asked = names.slice(0, MAX_FILES);
    const judging = asked.length === 0 ? NO_GUARDRAILS : await this.judging(place);
    if (judging.kind === 'unavailable') return judging;
    const judged = await this.files.check(place, asked, judging);
    const checked = judged.kind === 'checked' ? await this.withEffect(place, asked, judged.files) : judged;
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

  /** In the policy repository what the commit holds would hold with it. */
  private async judging({ installation, repository }: CommitPlace): Promise<JudgingGuardrails | Unavailable> {
    return this.isPolicyRepository(repository) ? { kind: 'of_the_commit' } : this.guardrails.find(installation);
  }

  /** Which other policies of the policy repository changed guardrails make invalid, told at the guardrails. */
  private async withEffect(
    place: CommitPlace,
    names: readonly string[],
    files: readonly CheckedFile[],
  ): Promise<CheckedFiles> {
    const changed = files.find(({ name }) => name === GUARDRAILS_FILE);
    const isUsable = changed !== undefined && !changed.findings.some(({ severity }) => severity === 'error');
    if (!this.isPolicyRepository(place.repository) || !isUsable) return { kind: 'checked', files };
    const listed = await this.files.list(place, { kind: 'everything' });
    if (listed.kind === 'unavailable') return listed;
    const others = listed.paths
      .map((path) => path.slice(POLICY_FOLDER.length + 1))
      .filter((name) => name.endsWith(POLICY_SUFFIX) && !names.includes(name));
    const checked = await this.files.check(place, others.slice(0, MAX_FILES), { kind: 'of_the_commit' });
    if (checked.kind === 'unavailable') return checked;
    const effect = [...checked.files.flatMap(effectOn), ...untried(others.length)];
    const told = { ...changed, findings: [...changed.findings, ...effect] };
    return { kind: 'checked', files: files.map((file) => (file === changed ? told : file)) };
  }

  private isPolicyRepository(repository: string): boolean {
    return sameName(repository, this.rules.orgPolicyRepository);
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

const NO_GUARDRAILS: JudgingGuardrails = { kind: 'absent' };

/** What guardrails find in another file, as a finding about the guardrails. */
function effectOn({ name, findings }: CheckedFile): readonly Finding[] {
  const found = findings.filter(({ rule }) => rule.startsWith('guardrail-'));
  return found.slice(0, 1).map(({ severity, message, rule, line }) => {
    const verb = severity === 'error' ? 'is' : 'would be, were they enforced,';
    const more = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
    return effect(
      severity,
      `${quoted(name)} ${verb} invalid by these guardrails: line ${line}, ${rule}${more}: ${message}`,
    );
  });
}

function untried(others: number): readonly Finding[] {
  if (others <= MAX_FILES) return [];
  const message = `${others - MAX_FILES} more policies of this repository were not tried on these guardrails.`;
  return [effect('warning', message)];
}

function effect(severity: Finding['severity'], message: string): Finding {
  return { rule: 'guardrails-effect', severity, line: 1, column: 1, message };
}

/** Warnings alone are no failure. Files that were not judged are one: others may require this check to pass. */
function conclusionOf(files: readonly CheckedFile[], leftOut: number): CheckReport['conclusion'] {
  if (leftOut > 0) return 'failure';
  const failed = files.some(({ findings }) => findings.some(({ severity }) => severity === 'error'));
  return failed ? 'failure' : 'success';
}
