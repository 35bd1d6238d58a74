import { inject, injectable } from 'tsyringe';
import { RequestDeadline } from '../budget/request-deadline.ts';
import { RequestMeter } from '../budget/request-meter.ts';
import { subjectKey, type SubjectReport } from '../../domain/health-finding.ts';
import { judgeClock } from '../../domain/clock-health.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { CheckedApps } from './checked-apps.ts';
import { CheckedInstallations } from './checked-installations.ts';
import { CheckedIssuers } from './checked-issuers.ts';
import { HEALTH_OBSERVATIONS, type HealthObservations } from './health-observations.ts';
import { inTurn, interleaved, type Question } from './questions.ts';

/** Requests to other servers, of which one run makes no more. */
const MAX_REQUESTS_A_RUN = 20;
/** The run of the day or the year: which of many questions come first follows from it. */
const RUN_MS = 5 * 60_000;

/** So many that webhooks, issuers and installations get their turn where there are many Apps. */
const FIRST_IDENTITIES = 3;
/** What fails comes first. Every isolate that is asked how it does reads the whole report. */
const MAX_INSTALLATIONS_TOLD = 100;

interface Run {
  readonly startedAt: number;
  /** By subject. */
  readonly asked: Map<string, SubjectReport>;
}

interface Checked {
  readonly subjects: readonly SubjectReport[];
  readonly noInstallationUsable: boolean;
}

/** Asks, within the bound of a run, what there is to ask: each kind of question gets its turn, and so does each subject. */
@injectable()
export class CheckedSubjects {
  constructor(
    @inject(CheckedApps) private readonly apps: CheckedApps,
    @inject(CheckedInstallations) private readonly installations: CheckedInstallations,
    @inject(CheckedIssuers) private readonly issuers: CheckedIssuers,
    @inject(HEALTH_OBSERVATIONS) private readonly observations: HealthObservations,
    @inject(RequestMeter) private readonly meter: RequestMeter,
    @inject(RequestDeadline) private readonly deadline: RequestDeadline,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param before what earlier runs found. What this run does not come to is taken from there */
  async check(before: readonly SubjectReport[]): Promise<Checked> {
    const startedAt = this.clock.now();
    const turn = Math.floor(startedAt / RUN_MS);
    const asked = new Map<string, SubjectReport>();
    const run = { startedAt, asked };
    // The Apps come first: what is known of them decides what is right for their installations.
    const identities = inTurn(this.apps.identityQuestions(byKey(before)), turn);
    await this.ask(identities.slice(0, FIRST_IDENTITIES), run);
    const { questions: issuers, fresh } = await this.issuers.questions();
    for (const one of fresh) asked.set(subjectKey(one), one);
    const installations = await this.installations.questions(byKey([...before, ...asked.values()]));
    const rest = interleaved([
      identities.slice(FIRST_IDENTITIES),
      inTurn(this.apps.hookQuestions(), turn),
      inTurn(issuers, turn),
      inTurn(installations, turn),
    ]);
    const isComplete = await this.ask(rest, run);
    const subjects = this.result(before, [...identities, ...rest], run);
    return { subjects, noInstallationUsable: isComplete && this.installations.noneUsable(asked) };
  }

  /** What was asked now, and of what was found before whatever is still asked about. */
  private result(
    before: readonly SubjectReport[],
    questions: readonly Question[],
    { startedAt, asked }: Run,
  ): readonly SubjectReport[] {
    const wanted = new Set(questions.map(({ key }) => key));
    const kept = before.filter((one) => wanted.has(subjectKey(one)) && !asked.has(subjectKey(one)));
    const github = this.gitHub(startedAt) ?? before.filter(({ kind }) => kind === 'github');
    const clocks = this.clocks(startedAt) ?? before.filter(({ kind }) => kind === 'clock');
    const all = [...asked.values(), ...kept];
    const others = all.filter(({ kind }) => kind !== 'installation');
    const installations = all.filter(({ kind }) => kind === 'installation').toSorted((a, b) => gravity(b) - gravity(a));
    return [...others, ...installations.slice(0, MAX_INSTALLATIONS_TOLD), ...github, ...clocks];
  }

  /** @returns whether all were asked */
  private async ask(questions: readonly Question[], { startedAt, asked }: Run): Promise<boolean> {
    let isComplete = true;
    for (const { key, server, mostRequests, ask } of questions) {
      const total = this.meter.githubRequests + this.issuers.requests;
      const isSilent = server === 'GitHub' && this.isSilent(startedAt);
      const report =
        isSilent || this.deadline.leftMs === 0 || total + mostRequests > MAX_REQUESTS_A_RUN ? undefined : await ask();
      if (report === undefined) isComplete = false;
      else asked.set(key, report);
    }
    return isComplete;
  }

  private isSilent(startedAt: number): boolean {
    const seen = this.observations.github;
    return seen !== undefined && seen.at >= startedAt && !seen.isWell;
  }

  private gitHub(startedAt: number): readonly SubjectReport[] | undefined {
    const seen = this.observations.github;
    if (seen === undefined || seen.at < startedAt) return undefined;
    const subject = { kind: 'github', name: '', askedAt: seen.at, used: true, usable: seen.isWell, facts: {} } as const;
    const finding = {
      rule: 'github-silent',
      check: 'github',
      severity: 'failing',
      message: `GitHub does not answer: ${seen.detail}.`,
      remedy: 'Look at GitHub’s status page, and at GITHUB_BASE_URL if it is another server.',
      link: 'https://www.githubstatus.com',
    } as const;
    return [{ ...subject, findings: seen.isWell ? [] : [finding] }];
  }

  private clocks(startedAt: number): readonly SubjectReport[] | undefined {
    const read = this.observations.clocks;
    if (read === undefined || read.ours < startedAt) return undefined;
    const findings = judgeClock(read.theirs, read.ours);
    return [{ kind: 'clock', name: '', askedAt: read.ours, used: true, usable: true, findings, facts: {} }];
  }
}

function byKey(subjects: readonly SubjectReport[]): ReadonlyMap<string, SubjectReport> {
  return new Map(subjects.map((one) => [subjectKey(one), one]));
}

function gravity({ findings }: SubjectReport): number {
  if (findings.some(({ severity }) => severity === 'failing')) return 2;
  return findings.length > 0 ? 1 : 0;
}
