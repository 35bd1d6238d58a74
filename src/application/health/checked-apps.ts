import { inject, injectable } from 'tsyringe';
import type { App } from '../../domain/apps.ts';
import { quoted } from '../../domain/fault.ts';
import { subjectKey, type HealthFinding, type SubjectReport } from '../../domain/health-finding.ts';
import { judgeAppPermissions } from '../../domain/installation-health.ts';
import { isHookUsed, judgeDeliveries, judgeHookSetup, type HookExpectations } from '../../domain/webhook-health.ts';
import { APP_INSPECTOR, type AppDescription, type AppInspector, type AppLookup } from '../ports/app-inspector.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { HEALTH_OBSERVATIONS, type HealthObservations } from './health-observations.ts';
import { HEALTH_RULES, type HealthRules } from './health-rules.ts';
import type { Question } from './questions.ts';

/** Each with a second attempt. */
const ONE_REQUEST = 2;

/** Whether key and id of each App belong together, and whether its webhook arrives here. */
@injectable()
export class CheckedApps {
  /** What this run learnt: an App's pages follow from its description. */
  private readonly described = new Map<string, AppDescription>();

  constructor(
    @inject(HEALTH_RULES) private readonly rules: HealthRules,
    @inject(APP_INSPECTOR) private readonly inspector: AppInspector,
    @inject(HEALTH_OBSERVATIONS) private readonly observations: HealthObservations,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param before what earlier runs found: who owns an App is remembered while GitHub refuses it */
  identityQuestions(before: ReadonlyMap<string, SubjectReport>): readonly Question[] {
    return this.rules.apps.map((app) => {
      const key = subjectKey({ kind: 'app', name: app.name });
      const ask = (): Promise<SubjectReport | undefined> => this.identity(app, before.get(key));
      return { key, server: 'GitHub', mostRequests: 2 * ONE_REQUEST, ask };
    });
  }

  hookQuestions(): readonly Question[] {
    return this.rules.apps.map((app) => ({
      key: subjectKey({ kind: 'hook', name: app.name }),
      server: 'GitHub',
      mostRequests: 2 * ONE_REQUEST,
      ask: () => this.hook(app),
    }));
  }

  /** What fails once may be one slow answer, so it is asked for twice. */
  private async identity(app: App, before: SubjectReport | undefined): Promise<SubjectReport | undefined> {
    const askedAt = this.clock.now();
    const first = await this.inspector.describe(app);
    const lookup = isSilence(first) ? await this.inspector.describe(app) : first;
    if (lookup.kind === 'found') this.described.set(app.name, lookup.description);
    const findings = this.identityFindings(app, lookup);
    if (findings === undefined) return undefined;
    const usable = !findings.some(({ check, severity }) => severity === 'failing' && check !== 'permissions');
    const known = lookup.kind === 'found' ? knownOf(lookup.description) : { facts: before?.facts ?? { id: app.id } };
    return { kind: 'app', name: app.name, askedAt, used: true, usable, findings, ...known };
  }

  private identityFindings(app: App, lookup: AppLookup): readonly HealthFinding[] | undefined {
    if (lookup.kind === 'unavailable') return unavailableFindings(app, lookup);
    const { description } = lookup;
    return [
      ...judgeAppPermissions(description.permissions, this.usesWebhook(app), description.settingsPage),
      ...this.quotaFindings(app, description.quotaLeft),
    ];
  }

  private quotaFindings({ name }: App, left: number | undefined): readonly HealthFinding[] {
    if (left === undefined || left > this.rules.quotaFloor) return [];
    const message = `The App ${name} has ${left} requests left of this hour's limit at GitHub.`;
    const severity = left === 0 ? 'failing' : 'note';
    return [{ rule: 'quota-low', check: 'quota', severity, message, remedy: MORE_QUOTA }];
  }

  /** Two requests: how the webhook is set up, then how the last deliveries fared. */
  private async hook(app: App): Promise<SubjectReport | undefined> {
    const askedAt = this.clock.now();
    const lookup = await this.inspector.hook(app);
    if (lookup.kind === 'unavailable') return undefined;
    const setup = lookup.kind === 'found' ? lookup.setup : undefined;
    const expected = this.expectations(app);
    const used = isHookUsed(setup, expected);
    const subject = { kind: 'hook', name: app.name, askedAt, used } as const;
    const wrong = judgeHookSetup(setup, expected);
    // A wrong setup explains whatever the deliveries came to.
    const deliveries = used && !wrong.some(isFailure) ? await this.deliveries(app, expected) : NO_DELIVERIES;
    const findings = [...wrong, ...deliveries.findings];
    return { ...subject, usable: !findings.some(isFailure), findings, facts: deliveries.facts };
  }

  private async deliveries(app: App, expected: HookExpectations): Promise<Pick<SubjectReport, 'findings' | 'facts'>> {
    const lookup = await this.inspector.deliveries(app);
    if (lookup.kind === 'unavailable') return NO_DELIVERIES;
    const { deliveries } = lookup;
    const acceptedAt = this.observations.deliveryAcceptedAt(app);
    const failed = deliveries.filter(({ statusCode }) => statusCode < 200 || statusCode >= 300).length;
    return {
      findings: judgeDeliveries(deliveries, this.clock.now(), acceptedAt, expected),
      facts: { deliveries: deliveries.length, failed },
    };
  }

  private expectations(app: App): HookExpectations {
    const page = this.described.get(app.name)?.settingsPage ?? '';
    return {
      urls: this.rules.webhookUrls,
      hasSecret: this.usesWebhook(app),
      settingsPage: page,
      deliveriesPage: page === '' ? '' : `${page}/advanced`,
    };
  }

  private usesWebhook(app: App): boolean {
    return this.rules.hasWebhookSecret(app);
  }
}

const NO_DELIVERIES: Pick<SubjectReport, 'findings' | 'facts'> = { findings: [], facts: {} };
const MORE_QUOTA = 'It starts anew within the hour. A second App in APP_CONFIG doubles it.';

function isFailure({ severity }: HealthFinding): boolean {
  return severity === 'failing';
}

/** @returns nothing where GitHub's silence says nothing of the App */
function unavailableFindings({ name, id }: App, { cause, detail }: Unavailable): readonly HealthFinding[] | undefined {
  switch (cause) {
    case 'credentials': {
      const message = `GitHub does not accept the App ${name} (${id}): ${quoted(detail)}.`;
      const remedy = credentialsRemedy(detail);
      return [{ rule: 'app-credentials', check: 'app_credentials', severity: 'failing', message, remedy }];
    }
    case 'refused': {
      const message = `GitHub refuses to serve the App ${name} (${id}): ${quoted(detail)}.`;
      const remedy = "See whether the App is suspended, on its page among its owner's developer settings.";
      return [{ rule: 'app-refused', check: 'app_credentials', severity: 'failing', message, remedy }];
    }
    case 'limited': {
      const message = `GitHub's limit for the App ${name} is used up, so it mints no token until the limit starts anew.`;
      return [{ rule: 'quota-used-up', check: 'quota', severity: 'failing', message, remedy: MORE_QUOTA }];
    }
    case 'down':
    case 'timeout':
    case 'unusable':
    case 'own_limit':
      return undefined;
  }
}

/** GitHub's own words tell an id that is none from a key that is another App's, and both from a clock that is off. */
function credentialsRemedy(detail: string): string {
  if (detail.includes('Integration not found')) {
    return 'No App has this id: give the number or the client ID that the App’s page shows (GITHUB_APP_ID, or app_id in APP_CONFIG).';
  }
  if (/'(?:Expiration time|Issued at)' claim/.test(detail)) return 'Set the clock of the service right first.';
  return 'Give a key of this very App, whose page lists them (GITHUB_APP_PRIVATE_KEY, or the secret that APP_CONFIG names).';
}

function isSilence(lookup: AppLookup): boolean {
  return lookup.kind === 'unavailable' && (lookup.cause === 'down' || lookup.cause === 'timeout');
}

function knownOf(description: AppDescription): Pick<SubjectReport, 'facts' | 'permissions'> {
  const { id, slug, owner, quotaLeft, permissions, settingsPage: page } = description;
  const quota = quotaLeft === undefined ? {} : { quota_left: quotaLeft };
  return { facts: { id, slug, ...(owner === undefined ? {} : { owner }), page, ...quota }, permissions };
}
