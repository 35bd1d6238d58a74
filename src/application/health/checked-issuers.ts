import { inject, injectable } from 'tsyringe';
import { subjectKey, type SubjectReport } from '../../domain/health-finding.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { ISSUER_INSPECTOR, type IssuerInspector, type KeyFetch } from '../ports/issuer-inspector.ts';
import { HEALTH_RULES, type HealthRules } from './health-rules.ts';
import type { Question } from './questions.ts';

/** Discovery and keys. */
const REQUESTS_A_FETCH = 2;
/** Both once more where they fail: what fails once may be one restart. */
const MOST_REQUESTS = 2 * REQUESTS_A_FETCH;

/**
 * Whether the known issuers give their keys. Issuers that only a policy names are never asked here: whoever writes a policy
 * may name one that is down.
 */
@injectable()
export class CheckedIssuers {
  /** Requests to issuers so far. */
  requests = 0;

  constructor(
    @inject(HEALTH_RULES) private readonly rules: HealthRules,
    @inject(ISSUER_INSPECTOR) private readonly inspector: IssuerInspector,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Of those whose keys are old: the others need not be asked, for exchanges have their keys. */
  async questions(): Promise<{ readonly questions: readonly Question[]; readonly fresh: readonly SubjectReport[] }> {
    const { namedIssuers, defaultIssuers } = this.rules;
    const questions: Question[] = [];
    const fresh: SubjectReport[] = [];
    for (const issuer of new Set([...namedIssuers, ...defaultIssuers])) {
      const atHand = await this.inspector.atHand(issuer);
      if (atHand === 'fresh') fresh.push(well(issuer, this.clock.now()));
      else if (atHand === 'old' || namedIssuers.includes(issuer)) {
        const key = subjectKey({ kind: 'issuer', name: issuer });
        questions.push({ key, server: 'issuer', mostRequests: MOST_REQUESTS, ask: () => this.ask(issuer) });
      }
    }
    return { questions, fresh };
  }

  private async ask(issuer: string): Promise<SubjectReport> {
    const askedAt = this.clock.now();
    const first = await this.fetch(issuer);
    const fetched = first.kind === 'failed' ? await this.fetch(issuer) : first;
    if (fetched.kind === 'fetched') return well(issuer, askedAt);
    const finding = {
      rule: 'issuer-keys',
      check: 'issuers',
      severity: 'failing',
      message: `The issuer ${issuer} does not give its keys: ${fetched.detail}.`,
      remedy: "Its tokens are refused once the keys at hand are a day old. See the issuer's own status.",
      link: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    } as const;
    return { ...well(issuer, askedAt), usable: false, findings: [finding] };
  }

  private fetch(issuer: string): Promise<KeyFetch> {
    this.requests += REQUESTS_A_FETCH;
    return this.inspector.fetch(issuer);
  }
}

function well(name: string, askedAt: number): SubjectReport {
  return { kind: 'issuer', name, askedAt, used: true, usable: true, findings: [], facts: {} };
}
