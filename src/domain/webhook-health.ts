import { quoted } from './fault.ts';
import type { HealthFinding } from './health-finding.ts';

/** How an App's webhook is set up at GitHub. */
export interface HookSetup {
  /** Empty: none is given. */
  readonly url: string;
  readonly hasSecret: boolean;
  /** Whether GitHub checks our certificate. */
  readonly verifiesTls: boolean;
}

/** One delivery, as GitHub remembers it. */
export interface HookDelivery {
  /** Milliseconds since the epoch. */
  readonly deliveredAt: number;
  /** What the receiver answered; 0 where nobody did. */
  readonly statusCode: number;
  readonly installationId: number | undefined;
}

export interface HookExpectations {
  /** Where deliveries may go; the first is where they should. */
  readonly urls: readonly string[];
  /** Whether this service has a secret to check deliveries of this App with. */
  readonly hasSecret: boolean;
  /** The page where the App's webhook is set up. */
  readonly settingsPage: string;
  readonly deliveriesPage: string;
}

/** Older deliveries say nothing of today's setup. */
const DELIVERIES_COUNT_MS = 24 * 60 * 60_000;
/** A single failure may be one restart, or one organization's odd repository. */
const LEAST_FAILURES = 3;
/** What is answered to everybody, whatever was delivered: a delivery's content has no part in it. */
const REFUSED_TO_ALL: ReadonlySet<number> = new Set([401, 404, 405, 421]);

/** Whether the webhook is set up here or there at all. */
export function isHookUsed(setup: HookSetup | undefined, { hasSecret }: HookExpectations): boolean {
  return hasSecret || (setup !== undefined && setup.url !== '');
}

/** @param setup nothing where the App has no webhook */
export function judgeHookSetup(setup: HookSetup | undefined, expected: HookExpectations): readonly HealthFinding[] {
  const { urls, hasSecret, settingsPage: link } = expected;
  const [url = ''] = urls;
  if (setup === undefined || setup.url === '') {
    if (!hasSecret) return [];
    const message = 'The App has no webhook at GitHub, though this service has a secret for one.';
    return [finding('webhook-absent', message, `Switch it on, with the URL ${url} and the same secret.`, link)];
  }
  const findings: HealthFinding[] = [];
  if (!urls.includes(setup.url)) {
    const message = `The App's webhook goes to ${quoted(setup.url)}, and not to ${url}.`;
    findings.push(finding('webhook-url', message, `Write ${url} as the webhook's URL.`, link));
  } else if (setup.url !== url) {
    const message = `The App's webhook still goes to ${quoted(setup.url)}, this service's previous address.`;
    const moved = finding('webhook-url-previous', message, `Write ${url} before STS_DOMAIN_PREVIOUS goes.`, link);
    findings.push({ ...moved, severity: 'note' });
  }
  if (!setup.hasSecret) {
    const message = "The App's webhook has no secret at GitHub, so this service refuses its deliveries.";
    findings.push(finding('webhook-secret-at-github', message, 'Give it the secret that this service has.', link));
  }
  if (!hasSecret) {
    const message = 'This service has no webhook secret, so it refuses all deliveries.';
    const remedy = 'Set the secret GITHUB_WEBHOOK_SECRET to what the App has.';
    findings.push(finding('webhook-secret-here', message, remedy, link));
  }
  if (!setup.verifiesTls) {
    const message = "GitHub does not check this service's certificate when it delivers.";
    const lax = finding('webhook-tls', message, 'Switch SSL verification on.', link);
    findings.push({ ...lax, severity: 'note' });
  }
  return findings;
}

/**
 * How the last deliveries fared. What one organization's events come to must not make the webhook of all look broken, so
 * failures that a delivery may have brought about itself count only where no organization's last one succeeded.
 *
 * @param acceptedAt when this service last accepted a delivery, in milliseconds since the epoch
 */
export function judgeDeliveries(
  all: readonly HookDelivery[],
  now: number,
  acceptedAt: number | undefined,
  { deliveriesPage: link }: HookExpectations,
): readonly HealthFinding[] {
  const recent = all
    .filter(({ deliveredAt }) => now - deliveredAt < DELIVERIES_COUNT_MS)
    .toSorted((a, b) => b.deliveredAt - a.deliveredAt);
  const [newest] = recent;
  if (newest === undefined || isDelivered(newest)) return [];
  if (acceptedAt !== undefined && acceptedAt > newest.deliveredAt) return [];
  const failed = recent.filter((one) => !isDelivered(one));
  const counted = `${failed.length} of the last ${recent.length} deliveries failed`;
  if (newest.statusCode === 401) {
    const message = `The webhook's secret at GitHub and here differ: ${counted}, the newest with 401.`;
    return [finding('webhook-secret-differs', message, SAME_SECRET, link)];
  }
  const isCertain = REFUSED_TO_ALL.has(newest.statusCode) || (failed.length >= LEAST_FAILURES && isEverywhere(recent));
  if (!isCertain) return [];
  const message = `GitHub's deliveries don't get through: ${counted}, the newest ${answered(newest.statusCode)}.`;
  return [finding('webhook-deliveries', message, "Read the answers on the App's page, and deliver again.", link)];
}

const SAME_SECRET =
  'Give both the same secret, then deliver the newest one again: what succeeds there is well from then on.';

function isEverywhere(recent: readonly HookDelivery[]): boolean {
  const newest = new Map<number | undefined, HookDelivery>();
  for (const one of recent) if (!newest.has(one.installationId)) newest.set(one.installationId, one);
  return [...newest.values()].every((one) => !isDelivered(one));
}

function isDelivered({ statusCode }: HookDelivery): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function answered(statusCode: number): string {
  return statusCode === 0 ? 'without an answer' : `with ${statusCode}`;
}

function finding(rule: string, message: string, remedy: string, link: string): HealthFinding {
  return { rule, check: 'webhook', severity: 'failing', message, remedy, link };
}
