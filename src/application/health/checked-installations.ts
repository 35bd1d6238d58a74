import { inject, injectable } from 'tsyringe';
import type { App } from '../../domain/apps.ts';
import { subjectKey, type SubjectReport } from '../../domain/health-finding.ts';
import { canReadPolicies, judgeInstallation } from '../../domain/installation-health.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { INSTALLATION_INSPECTOR, type InstallationInspector } from '../ports/installation-inspector.ts';
import { INSTALLATIONS_IN_USE, type InstallationsInUse } from '../ports/installations-in-use.ts';
import { LOG, type Log } from '../ports/log.ts';
import { HEALTH_RULES, type HealthRules } from './health-rules.ts';
import type { Question } from './questions.ts';

/** With a second attempt, at two addresses. */
const MOST_REQUESTS = 4;

interface Candidate {
  readonly app: App;
  /** In lower case. */
  readonly owner: string;
  readonly isOperators: boolean;
}

/** The installations that exchanges have needed lately, and those of the accounts that the operator named or owns. */
@injectable()
export class CheckedInstallations {
  private candidates: readonly Candidate[] = [];

  constructor(
    @inject(HEALTH_RULES) private readonly rules: HealthRules,
    @inject(INSTALLATION_INSPECTOR) private readonly inspector: InstallationInspector,
    @inject(INSTALLATIONS_IN_USE) private readonly inUse: InstallationsInUse,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @param known what is known of the Apps, this run included */
  async questions(known: ReadonlyMap<string, SubjectReport>): Promise<readonly Question[]> {
    const listed = await this.inUse.list();
    if (listed.kind === 'failed') this.log.warn('installations_not_listed', { reason: listed.reason });
    const used = listed.kind === 'listed' ? listed.installations : [];
    const byId = new Map(this.rules.apps.map((app) => [app.id, app]));
    const inUse = used.flatMap(({ appId, owner }) => {
      const app = byId.get(appId);
      return app === undefined ? [] : [{ app, owner, isOperators: this.isNamed(owner) }];
    });
    const named = this.rules.owners.flatMap(({ owner, apps }) =>
      apps.map((app) => ({ app, owner, isOperators: true })),
    );
    const owned = this.rules.apps.flatMap((app) => {
      const owner = ownerOf(app, known);
      return owner === undefined ? [] : [{ app, owner, isOperators: true }];
    });
    // The last of a name counts: an account that owns the App is the operator's, though it is in use too.
    const unique = new Map([...inUse, ...named, ...owned].map((one) => [nameOf(one), one]));
    this.candidates = [...unique.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    return this.candidates.map((candidate) => ({
      key: subjectKey({ kind: 'installation', name: nameOf(candidate) }),
      server: 'GitHub',
      mostRequests: MOST_REQUESTS,
      ask: () => this.ask(candidate, permissionsOf(candidate.app, known)),
    }));
  }

  /**
   * Whether no exchange can succeed, whoever asks. Installations of strangers alone never say so: they may suspend theirs
   * whenever they like.
   */
  noneUsable(asked: ReadonlyMap<string, SubjectReport>): boolean {
    const found = this.candidates.flatMap((one) => {
      const report = asked.get(subjectKey({ kind: 'installation', name: nameOf(one) }));
      return !report?.used ? [] : [{ report, isOperators: one.isOperators }];
    });
    return found.some(({ isOperators }) => isOperators) && found.every(({ report }) => !report.usable);
  }

  private isNamed(account: string): boolean {
    return this.rules.owners.some(({ owner }) => owner === account);
  }

  private async ask(
    candidate: Candidate,
    appPermissions: SubjectReport['permissions'],
  ): Promise<SubjectReport | undefined> {
    const { app, owner, isOperators } = candidate;
    const askedAt = this.clock.now();
    const inspection = await this.inspector.inspect(app, owner);
    if (inspection.kind === 'unavailable') return undefined;
    const subject = { kind: 'installation', name: nameOf(candidate), askedAt, facts: { owner } } as const;
    if (inspection.kind === 'absent')
      return { ...subject, used: false, usable: true, findings: this.absent(candidate) };
    const { state } = inspection;
    const usesWebhook = this.rules.hasWebhookSecret(app);
    const findings = judgeInstallation(owner, state, appPermissions, { usesWebhook, isOperators });
    return { ...subject, used: true, usable: canReadPolicies(state), findings };
  }

  /** Several Apps may serve an account of which one alone is installed there: so this is no alarm. */
  private absent({ app, owner }: Candidate): SubjectReport['findings'] {
    if (!this.isNamed(owner)) return [];
    const message = `The App ${app.name} is not installed on ${owner}, which the settings name.`;
    const remedy = "Install it from the App's public page, if it is to serve that account.";
    return [{ rule: 'installation-absent', check: 'installations', severity: 'note', message, remedy }];
  }
}

function nameOf({ app, owner }: Pick<Candidate, 'app' | 'owner'>): string {
  return `${app.name} ${owner}`;
}

function ownerOf(app: App, known: ReadonlyMap<string, SubjectReport>): string | undefined {
  const owner = known.get(subjectKey({ kind: 'app', name: app.name }))?.facts.owner;
  return typeof owner === 'string' ? owner.toLowerCase() : undefined;
}

function permissionsOf(app: App, known: ReadonlyMap<string, SubjectReport>): SubjectReport['permissions'] {
  return known.get(subjectKey({ kind: 'app', name: app.name }))?.permissions;
}
