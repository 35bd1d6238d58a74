import { member } from '../../src/infrastructure/json/untrusted-json.ts';
import { ill, note, unseen, well, type Finding } from './finding.ts';
import { plain } from './plain.ts';
import { isOlder, UPDATE } from './versions.ts';
import { visit, type Visit, type VisitResult } from './visit.ts';

const NAME = 'octo-sts-worker';
/** Written less than hourly: nobody checks any more. */
const OLD_MS = 90 * 60_000;

/** What anyone can see of the service, with a few requests that change nothing. */
export async function lookFromOutside(service: URL, ownVersion: string): Promise<readonly Finding[]> {
  const landing = await visit(new URL('/', service), { headers: { Accept: 'application/json' } });
  const unreachable = reachability(service, landing);
  if (unreachable !== undefined) return [unreachable];
  const answered = landing as Visit;
  const findings = [transport(service)];
  if (isElsewhere(answered)) return [...findings, elsewhere(service, answered), await health(service)].flat();
  const named = identity(service, answered);
  if (named !== undefined) return [...findings, named, ...(await health(service))];
  return [
    ...findings,
    well('host', `${service.host} is the host that the service is configured for.`),
    ...(await health(service)),
    version(answered, ownVersion),
    await unsignedWebhook(service),
    await forgedToken(service),
  ];
}

function reachability(service: URL, result: VisitResult): Finding | undefined {
  switch (result.kind) {
    case 'silent':
      return unseen('address', `${service.host} can't be reached: ${result.reason}.`);
    case 'distrusted':
      return ill(
        'TLS',
        `The certificate of ${service.host} is not valid for it (${result.reason}), so nothing was sent there.`,
        'Look at the domain in the dashboard: a new one takes some minutes until it has its certificate.',
      );
    case 'answered':
      return undefined;
  }
}

function transport({ protocol, host }: URL): Finding {
  return protocol === 'https:'
    ? well('TLS', `The certificate is valid for ${host}.`)
    : note('TLS', 'Plain http, on this machine.');
}

function isElsewhere({ status, json }: Visit): boolean {
  return status === 421 && member(json, 'error') === 'misdirected';
}

function elsewhere({ host }: URL, { json }: Visit): Finding {
  const message = text(member(json, 'message')) ?? '';
  return ill(
    'host',
    `The service is not configured for ${host}: ${message}`,
    'Set STS_DOMAIN to this host, or ask for the right one. While callers move, STS_DOMAIN_PREVIOUS names the old host.',
  );
}

/** @returns nothing where it is this service, and configured */
function identity({ host }: URL, { status, headers, json }: Visit): Finding | undefined {
  if (status === 200 && member(json, 'name') === NAME) return undefined;
  if (member(json, 'error') === 'misconfigured') {
    return ill('settings', 'The service is not configured completely.', 'Mend what healthz names below.');
  }
  if (status >= 300 && status < 400) {
    const target = text(headers.get('location')) ?? 'nowhere';
    return ill('service', `${host} redirects to ${target}, which was not followed.`, 'Ask for the host itself.');
  }
  return ill(
    'service',
    `${host} answers with status ${status} and is no ${NAME}.`,
    'See that the name leads to the Worker, and that nothing in front of it asks for a login.',
  );
}

async function health(service: URL): Promise<readonly Finding[]> {
  const result = await visit(new URL('/healthz', service));
  if (result.kind !== 'answered') return [ill('health', `/healthz does not answer: ${result.reason}.`, 'Ask again.')];
  const { status, json } = result;
  const state = text(member(json, 'status'));
  if (state === 'misconfigured') return misconfigured(json);
  const checks = entries(member(json, 'checks'));
  if (state === undefined || checks.length === 0) {
    return [ill('health', `/healthz answers with status ${status} and tells no health.`, UPDATE)];
  }
  const failing = checks.filter(([name, one]) => one === 'failing' && name !== 'host');
  const unknown = checks.filter(([, one]) => one === 'unknown').map(([name]) => name);
  return [
    ...failing.map(([name]) => ill(name, meaningOf(name) ?? `The check ${name} fails.`, SEE_REPORT)),
    ...(failing.length === 0 ? [well('health', `healthz says ${state}.`)] : []),
    ...(unknown.length === 0 ? [] : [note('health', `Not known yet: ${unknown.join(', ')}.`, AFTER_A_CHECK)]),
    ...staleness(member(json, 'checked_at')),
  ];
}

function misconfigured(json: unknown): readonly Finding[] {
  const faults = member(json, 'faults');
  const list: readonly unknown[] = Array.isArray(faults) ? faults.slice(0, MAX_LISTED) : [];
  return list.map((fault) => {
    const setting = text(member(fault, 'setting')) ?? 'a setting';
    return ill('settings', `${setting} ${text(member(fault, 'problem')) ?? 'is wrong'}.`, SETTINGS);
  });
}

function staleness(checkedAt: unknown): readonly Finding[] {
  const at = Date.parse(text(checkedAt) ?? '');
  if (Number.isNaN(at) || Date.now() - at < OLD_MS) return [];
  return [
    note(
      'health',
      `What healthz tells was learnt at ${new Date(at).toISOString()}.`,
      'See that the deployment has the cron trigger of wrangler.toml ([triggers]), and look for errors in the log.',
    ),
  ];
}

function version({ json }: Visit, own: string): Finding {
  const theirs = text(member(json, 'version'));
  if (theirs === own) return well('version', `Version ${own}, as this checkout.`);
  if (theirs === undefined) return ill('version', 'The service does not tell its version.', UPDATE);
  const older = isOlder(theirs, own);
  if (older === undefined) return note('version', `The service is version ${theirs}, this checkout ${own}.`);
  return older
    ? ill('version', `The service is version ${theirs}, older than this checkout (${own}).`, UPDATE)
    : note('version', `The service is version ${theirs}, newer than this checkout (${own}).`, 'Pull the newer one.');
}

async function unsignedWebhook(service: URL): Promise<Finding> {
  const headers = { 'Content-Type': 'application/json', 'X-GitHub-Event': 'ping' };
  const result = await visit(new URL('/webhook', service), { method: 'POST', body: '{}', headers });
  if (result.kind !== 'answered') return ill('webhook', `/webhook does not answer: ${result.reason}.`, 'Ask again.');
  const { status, json } = result;
  if (status === 401 && member(json, 'error') === 'invalid_signature') {
    return well('webhook', 'A webhook without a signature is refused.');
  }
  if (member(json, 'error') === 'misconfigured') {
    return note('webhook', 'No webhook secret is set, so policies are seen up to 5 minutes late.', WEBHOOK_SECRET);
  }
  const isTaken = status >= 200 && status < 300;
  const what = isTaken ? 'A webhook without a signature is accepted' : `A webhook without a signature gets ${status}`;
  return ill('webhook', `${what}, where 401 is right.`, 'See what stands between GitHub and the Worker.');
}

/** Signed by nobody. It is sent in the open, and good for nothing. */
async function forgedToken(service: URL): Promise<Finding> {
  const url = new URL('/sts/exchange?scope=octo-sts-doctor/none&identity=doctor', service);
  const result = await visit(url, { headers: { Authorization: `Bearer ${forged(service.host)}` } });
  if (result.kind !== 'answered')
    return ill('exchange', `/sts/exchange does not answer: ${result.reason}.`, 'Ask again.');
  const { status, json } = result;
  const error = text(member(json, 'error'));
  if (status === 200) {
    return ill('exchange', 'A FORGED TOKEN IS ACCEPTED.', 'Take the service down, and report it: SECURITY.md.');
  }
  if ((status === 401 || status === 403) && error !== undefined) {
    return well('exchange', `A forged token is refused (${status} ${error}).`);
  }
  const message = text(member(json, 'message')) ?? '';
  // It granted nothing, and why it fails is told by its health.
  if (status === 429 || (status >= 500 && error !== undefined)) {
    return note('exchange', `A forged token was not judged: ${status} ${error ?? ''}. ${message}`);
  }
  return ill('exchange', `A forged token gets ${status}, where a refusal is right. ${message}`, STRANGE_ANSWER);
}

function forged(audience: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://token.actions.githubusercontent.com',
    sub: 'repo:octo-sts-doctor/none:ref:refs/heads/main',
    aud: audience,
    iat: now,
    exp: now + 60,
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT', kid: 'doctor' })}.${part(claims)}.${'A'.repeat(342)}`;
}

const MAX_LISTED = 30;

function entries(value: unknown): readonly (readonly [name: string, state: string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const all = Object.entries(value).slice(0, MAX_LISTED);
  return all.flatMap(([name, state]) => (typeof state === 'string' ? [[plain(name), plain(state)] as const] : []));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? plain(value) : undefined;
}

/** What every object has is no check of ours. */
function meaningOf(check: string): string | undefined {
  const [name = ''] = check.split(':');
  return Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
}

const STRANGE_ANSWER = 'See what stands between you and the Worker.';
const SETTINGS = 'Set it in the deployment, or as a secret (docs/configuration.md).';
/** Of what healthz says: the report says more, where it can be read. */
export const SEE_REPORT = 'The report of the scheduled check says why: see below, or docs/health.md.';
const AFTER_A_CHECK = 'The scheduled check comes every five minutes; an exchange and a delivery show it sooner.';
const WEBHOOK_SECRET = "Set GITHUB_WEBHOOK_SECRET to what the App's webhook has.";

const CHECKS: Readonly<Record<string, string>> = {
  app_credentials: "GitHub does not accept the App's key under its id, or refuses the App.",
  github: 'GitHub does not answer the service.',
  store: 'The KV namespace can’t be read or written.',
  webhook: 'GitHub’s webhooks don’t arrive, or are refused.',
  installations: 'The App is suspended on an account of the operator’s.',
  permissions: 'The App or an installation lacks a permission that the service needs.',
  issuers: 'A known issuer does not give its keys.',
  quota: 'The App’s hourly limit at GitHub is used up.',
  clock: 'The clock of the service is off.',
};
