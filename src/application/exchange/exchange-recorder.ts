import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import type { Finding } from '../../domain/finding.ts';
import { policyPath } from '../../domain/policy-location.ts';
import { scopeText } from '../../domain/scope.ts';
import { DEFERRED_TASKS, type DeferredTasks } from '../ports/deferred-tasks.ts';
import { AUDIT_LOG, type AuditLog } from '../ports/audit-log.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { recordedRefusal, type RecordedRefusal, type Refusal } from '../refusal.ts';
import { RequestMeter } from '../budget/request-meter.ts';
import type { RequestOrigin } from '../request-origin.ts';
import { findingsText } from './admit-issuer.ts';
import type { ExchangeEvent } from './exchange-event.ts';
import type { ExchangeRequest } from './exchange-request.ts';
import type { Granted } from './grant-token.ts';
import { tokenFaultsText } from './match-policy.ts';
import type { Reached } from './stages.ts';

type Outcome = Pick<ExchangeEvent, 'outcome' | 'refusal'>;
type Facts = Partial<ExchangeEvent>;

/** Writes the audit event of every attempt, after the answer: what was asked, how far it came, and how it ended. */
@injectable()
export class ExchangeRecorder {
  constructor(
    @inject(AUDIT_LOG) private readonly auditLog: AuditLog,
    @inject(DEFERRED_TASKS) private readonly deferredTasks: DeferredTasks,
    @inject(RequestMeter) private readonly meter: RequestMeter,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param startedAt milliseconds since the epoch */
  granted(granted: Granted, startedAt: number): void {
    this.record(granted, startedAt, { outcome: 'granted' }, granted.minted.minted.secret);
  }

  refused(reached: Reached, refusal: Refusal, startedAt: number): void {
    const { evidence } = refusal.details;
    const facts: Facts = {
      ...(evidence?.kind === 'mismatch' ? { fields: evidence.verdict.fields } : {}),
      ...(evidence?.kind === 'token_outside' ? { guardrails: 'refused' } : {}),
    };
    this.record(reached, startedAt, { outcome: 'refused', refusal: recordedRefusal(refusal), ...facts });
  }

  /** An attempt that a bug ended. */
  failed(reached: Reached, error: unknown, startedAt: number): void {
    this.record(reached, startedAt, { outcome: 'refused', refusal: recordedRefusal(error) });
  }

  /** An attempt whose request could not even be read: no token, no scope, contradictory parameters. */
  unread(origin: RequestOrigin, refusal: RecordedRefusal): void {
    const time = this.clock.now();
    const nothingDone = { outcome: 'refused', proven: false, durationMs: 0, githubRequests: 0 } as const;
    this.later({ ...origin, ...nothingDone, time, refusal });
  }

  private record(reached: Reached, startedAt: number, outcome: Outcome & Facts, secret?: string): void {
    const event: ExchangeEvent = {
      ...factsOf(reached),
      ...outcome,
      ...asked(reached.request),
      time: startedAt,
      durationMs: this.clock.now() - startedAt,
      githubRequests: this.meter.githubRequests,
      proven: callerOf(reached) !== undefined,
    };
    this.later(event, secret);
  }

  private later(event: ExchangeEvent, secret?: string): void {
    this.deferredTasks.add('audit', () => this.auditLog.record(event, secret));
  }
}

function asked({ requestId, scope, identity, userAgent, clientAddress, host }: ExchangeRequest) {
  return {
    requestId,
    scope: scopeText(scope),
    identity,
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(clientAddress === undefined ? {} : { clientAddress }),
    ...(host === undefined ? {} : { host }),
  };
}

function callerOf(reached: Reached) {
  return reached.stage === 'asked' ? undefined : reached.caller;
}

/** What is known at a stage: each adds to what the one before knew. */
function factsOf(reached: Reached): Facts {
  if (reached.stage === 'asked') return {};
  const caller = callerOf(reached);
  const subject = caller?.claims.text('sub');
  const workflowRun = caller?.workflowRun;
  const facts: Facts = {
    issuer: reached.token.issuer,
    policyPath: policyPath(reached.request.identity),
    ...(subject === undefined ? {} : { subject }),
    ...(caller === undefined ? {} : { provenBy: caller.provenBy }),
    ...(workflowRun === undefined ? {} : { workflowRun }),
  };
  if (reached.stage === 'decoded') return facts;
  return { ...facts, ...locatedFacts(reached), ...matchedFacts(reached), ...grantedFacts(reached) };
}

type FromLocated = Exclude<Reached, { stage: 'asked' | 'decoded' }>;

function locatedFacts(reached: FromLocated): Facts {
  const { installation, allowlist } = reached;
  const hash = policyHashOf(reached);
  return {
    ...installationFacts(installation),
    allowlist: allowlist.kind === 'allowed' ? allowlist.note : allowlist.kind,
    ...(hash === undefined ? {} : { policyHash: hash }),
    ...guardrailFacts(reached),
  };
}

/** The policy is judged when it is located, the token when it is matched. */
function guardrailFacts(reached: FromLocated): Facts {
  const { guardrails } = reached;
  if (guardrails.kind !== 'present') return { guardrails: guardrails.kind };
  if (reached.stage === 'located' && reached.policy.kind !== 'found') {
    const isOutside = reached.policy.kind === 'invalid' && reached.policy.isOutside === true;
    return isOutside ? { guardrails: 'refused' } : {};
  }
  const wouldRefuse = wouldRefuseWith(reached);
  return wouldRefuse === undefined
    ? { guardrails: 'within' }
    : { guardrails: 'audit', guardrailsWouldRefuse: wouldRefuse };
}

/** The policy is judged first, as where guardrails enforce. */
function wouldRefuseWith(reached: FromLocated): RecordedRefusal | undefined {
  const policyOutside = policyOutsideOf(reached);
  const tokenOutside = reached.stage === 'matched' || reached.stage === 'granted' ? reached.tokenOutside : [];
  const detail = [findingsText(policyOutside), tokenFaultsText(tokenOutside)].filter((text) => text !== '').join(' ');
  if (detail === '') return undefined;
  return { kind: policyOutside.length > 0 ? 'policy_invalid' : 'permission_denied', detail };
}

function policyOutsideOf(reached: FromLocated): readonly Finding[] {
  if (reached.stage !== 'located') return reached.policyOutside;
  return reached.policy.kind === 'found' ? (reached.policy.outside ?? []) : [];
}

function policyHashOf(reached: FromLocated): string | undefined {
  if (reached.stage !== 'located') return reached.policyHash;
  return reached.policy.kind === 'absent' ? undefined : reached.policy.contentHash;
}

function matchedFacts(reached: FromLocated): Facts {
  return reached.stage === 'matched' || reached.stage === 'granted' ? { fields: reached.verdict.fields } : {};
}

function grantedFacts(reached: FromLocated): Facts {
  if (reached.stage !== 'granted') return {};
  const { minted, installation } = reached.minted;
  const { repositories } = reached.grant;
  const names =
    repositories.kind === 'names' ? repositories.names : repositories.kind === 'id' ? [repositories.name] : undefined;
  return {
    ...installationFacts(installation),
    permissions: minted.access.permissions.toRecord(),
    ...(names === undefined ? {} : { repositories: names }),
    expiresAt: minted.expiresAt,
  };
}

function installationFacts({ app, id }: Installation): Facts {
  return { app: app.name, appId: app.id, installationId: id };
}
