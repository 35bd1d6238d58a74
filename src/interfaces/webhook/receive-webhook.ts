import type { InjectionToken } from 'tsyringe';
import { appsOfEvent } from '../../application/find-event-installation.ts';
import { AFTER_ANSWER } from '../../application/ports/after-answer.ts';
import { APP_DIRECTORY } from '../../application/ports/app-directory.ts';
import { CLOCK } from '../../application/ports/clock.ts';
import { LOG } from '../../application/ports/log.ts';
import { NoteBranchPolicies } from '../../application/note-branch-policies.ts';
import { RefreshPolicies, type CacheChange } from '../../application/refresh-policies.ts';
import { Refusal } from '../../application/refusal.ts';
import { RequestAllowance } from '../../application/request-allowance.ts';
import { ValidatePolicies } from '../../application/validate-policies.ts';
import { parsedJson } from '../../infrastructure/http/bounded-fetch.ts';
import { boundedBody, declaredLength, isForm } from '../http/request-body.ts';
import { accepted, json } from '../http/wire.ts';
import type { Settings } from '../settings.ts';
import { APP_HEADER, isSigned, secretsFor, signatureOf } from './signature.ts';
import { planFor } from './webhook-plan.ts';

interface WebhookScope {
  readonly settings: Settings;
  resolve<Value>(token: InjectionToken<Value>): Value;
}

/** "Payloads are capped at 25 MB" (GitHub, "Webhook events and payloads"). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
/** Of all bodies that an isolate reads at once: anyone can send them, for a signature is only known at the end. */
const MAX_BUFFERED_BYTES = 40 * 1024 * 1024;
/** GitHub itself gives up after 10 s. */
const MAX_READ_MS = 20_000;
/** What a cancelled request never gave back: longer than any body is read. */
const RESERVATION_MS = 30_000;

interface Reservation {
  bytes: number;
  readonly since: number;
}

/** Of the isolate: plain numbers, nothing of a request. */
const reservations = new Set<Reservation>();

/**
 * Signature first; then what is cached is brought up to date, the delivery acknowledged, and only then policies are
 * validated: GitHub waits for 10 s.
 *
 * @throws Refusal for a delivery that is not GitHub's, too large or not JSON
 */
export async function receiveWebhook(request: Request, scope: WebhookScope): Promise<Response> {
  const { settings } = scope;
  const body = await signedBody(request, scope);
  const payload = payloadOf(request, body);
  // GitHub's own signature: the bounds for callers who have proven nothing do not apply.
  scope.resolve(RequestAllowance).proveInsider();
  const event = request.headers.get('x-github-event') ?? '';
  if (event === 'ping') return json({ status: 'pong' });
  const plan = planFor(event, payload, { ...settings, appId: request.headers.get(APP_HEADER) ?? undefined });
  const { owner, change, validation, pushed } = plan;
  const isServed = owner !== undefined && (settings.webhookOrganizations?.has(owner.toLowerCase()) ?? true);
  if (isServed && change !== undefined) await scope.resolve(RefreshPolicies).execute(withinPools(change, scope));
  if (isServed && validation !== undefined) {
    const [validate, note] = [scope.resolve(ValidatePolicies), scope.resolve(NoteBranchPolicies)];
    scope.resolve(AFTER_ANSWER).add('validate_policies', async () => {
      await validate.execute(validation);
      if (pushed !== undefined) await note.execute(pushed);
    });
  }
  return accepted({ status: 'accepted' });
}

async function signedBody(request: Request, scope: WebhookScope): Promise<Uint8Array<ArrayBuffer>> {
  const { webhookSecrets } = scope.settings;
  if (webhookSecrets.shared.length === 0 && webhookSecrets.byAppId.size === 0) throw withoutSecret();
  if (declaredLength(request) > MAX_BODY_BYTES) return boundedBody(request, MAX_BODY_BYTES);
  const signature = signatureOf(request.headers.get('x-hub-signature-256'));
  const secrets = secretsFor(webhookSecrets, request.headers.get(APP_HEADER));
  if (signature !== undefined && secrets.length > 0) {
    const own: Reservation = { bytes: 0, since: scope.resolve(CLOCK).now() };
    reservations.add(own);
    try {
      const reserve = (bytes: number): void => reserveBytes(own, bytes, scope);
      const signal = AbortSignal.timeout(MAX_READ_MS);
      const body = await boundedBody(request, MAX_BODY_BYTES, { reserve, signal });
      if (await isSigned(body, signature, secrets)) return body;
    } finally {
      reservations.delete(own);
    }
  }
  scope.resolve(LOG).warn('webhook_signature_refused', { app_id: request.headers.get(APP_HEADER)?.slice(0, 20) });
  throw new Refusal('invalid_signature', 'The signature is missing, or none of the secrets made it.');
}

function reserveBytes(own: Reservation, bytes: number, scope: WebhookScope): void {
  const oldest = scope.resolve(CLOCK).now() - RESERVATION_MS;
  let sum = bytes;
  for (const one of reservations) {
    if (one.since < oldest) reservations.delete(one);
    else if (one !== own) sum += one.bytes;
  }
  if (sum > MAX_BUFFERED_BYTES) {
    scope.resolve(LOG).warn('webhook_bodies_refused', { bytes: sum });
    throw new Refusal('unavailable', 'Too many large deliveries at the same time. Deliver this again.');
  }
  own.bytes = bytes;
}

/** Without the repositories of organizations that the App which signed does not serve. */
function withinPools(change: CacheChange, scope: WebhookScope): CacheChange {
  if (change.kind === 'pushed') return change;
  const { appId, accounts, repositories } = change;
  const directory = scope.resolve(APP_DIRECTORY);
  const isServed = (owner: string): boolean => appsOfEvent(directory.poolOf(owner), appId).length > 0;
  const owners = [...accounts, ...repositories.map(({ owner }) => owner)];
  const owner = owners.find((one) => !isServed(one));
  if (owner === undefined) return change;
  scope.resolve(LOG).warn('webhook_installation_unknown', { owner, app_id: appId });
  return { ...change, repositories: repositories.filter((one) => isServed(one.owner)) };
}

function payloadOf(request: Request, body: Uint8Array<ArrayBuffer>): unknown {
  const text = new TextDecoder().decode(body);
  const source = isForm(request) ? (new URLSearchParams(text).get('payload') ?? '') : text;
  const payload = parsedJson(source);
  if (typeof payload === 'object' && payload !== null) return payload;
  throw new Refusal('invalid_request', 'The payload is not a JSON object.');
}

function withoutSecret(): Refusal {
  return new Refusal('misconfigured', 'GITHUB_WEBHOOK_SECRET is not set, so no webhook can be accepted.');
}
