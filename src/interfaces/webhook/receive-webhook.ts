import type { Resolvable } from '../composition.ts';
import { isAppNumber, type App } from '../../domain/apps.ts';
import { APP_NUMBERS } from '../../application/ports/app-numbers.ts';
import { appsOfEvent } from '../../application/webhook/find-event-installation.ts';
import { DEFERRED_TASKS } from '../../application/ports/deferred-tasks.ts';
import { APP_DIRECTORY } from '../../application/ports/app-directory.ts';
import { LOG } from '../../application/ports/log.ts';
import { NoteBranchPolicies } from '../../application/webhook/note-branch-policies.ts';
import { RefreshPolicies, type CacheChange } from '../../application/webhook/refresh-policies.ts';
import { Refusal } from '../../application/refusal.ts';
import { CLOCK } from '../../application/ports/clock.ts';
import { HEALTH_OBSERVATIONS } from '../../application/health/health-observations.ts';
import { RequestBudget } from '../../application/budget/request-budget.ts';
import { RequestTrust } from '../../application/budget/request-trust.ts';
import { ValidatePolicies } from '../../application/webhook/validate-policies.ts';
import { parsedJson } from '../../infrastructure/json/untrusted-json.ts';
import { HttpRefusal } from '../http-refusal.ts';
import { isForm, pourBody, requireDeclaredLength } from '../request-body.ts';
import type { Settings } from '../settings.ts';
import { eventApp } from './event-app.ts';
import { payloadText } from './payload-text.ts';
import { APP_HEADER, isSigned, secretsFor, secretsForNumber, signatureOf } from './signature.ts';
import { UPLOAD_POOLS, type Upload, type UploadState } from './upload-pools.ts';
import { planFor } from './webhook-plan.ts';

interface WebhookScope {
  readonly settings: Settings;
  resolve<Value>(token: Resolvable<Value>): Value;
}

/** "Payloads are capped at 25 MB" (GitHub, "Webhook events and payloads"). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const REFUSED_UPLOADS: Readonly<Record<Exclude<UploadState, 'open'>, string>> = {
  displaced: 'Too many deliveries at the same time. Deliver this again.',
  too_slow: 'The body took too long to arrive.',
};

/**
 * Signature first; then what is cached is brought up to date, the delivery acknowledged, and only then policies are
 * validated: GitHub waits for 10 s.
 *
 * @throws Refusal or HttpRefusal for a delivery that is not GitHub's, too large or not JSON
 */
export async function receiveWebhook(request: Request, scope: WebhookScope): Promise<'pong' | 'accepted'> {
  const { settings } = scope;
  const delivery = await signedDelivery(request, scope);
  const payload = payloadOf(request, delivery.body, scope);
  // GitHub's own signature: the bounds for callers who have proven nothing do not apply.
  const signed = (app: string | undefined): void =>
    scope.resolve(HEALTH_OBSERVATIONS).acceptDelivery(app, scope.resolve(CLOCK).now());
  const budget = scope.resolve(RequestBudget);
  budget.proveGitHub();
  const event = request.headers.get('x-github-event') ?? '';
  if (event === 'ping') {
    signed(delivery.target);
    return 'pong';
  }
  const appId = await configuredApp(delivery, scope);
  signed(appId);
  const plan = planFor(event, payload, { ...settings, appId });
  const { owner, change, validation, pushed } = plan;
  if (owner !== undefined) scope.resolve(RequestTrust).comesFrom({ owner });
  const isServed = owner !== undefined && (settings.webhookOrganizations?.has(owner.toLowerCase()) ?? true);
  if (!isServed) return 'accepted';
  if (change !== undefined) await scope.resolve(RefreshPolicies).execute(withinPools(change, scope));
  const deferred = scope.resolve(DEFERRED_TASKS);
  if (validation !== undefined) {
    deferred.add('validate_policies', () => scope.resolve(ValidatePolicies).execute(validation));
  }
  if (pushed !== undefined)
    deferred.add('note_branch_policies', () => scope.resolve(NoteBranchPolicies).execute(pushed));
  return 'accepted';
}

/** A delivery that one of the secrets signed. */
interface Delivery {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** One of these made the signature. */
  readonly secrets: readonly string[];
  /** GitHub's number of the App, as the header has it. The signature does not cover it. */
  readonly target: string | undefined;
}

async function signedDelivery(request: Request, scope: WebhookScope): Promise<Delivery> {
  const { webhookSecrets } = scope.settings;
  if (webhookSecrets.shared.length === 0 && webhookSecrets.byAppId.size === 0) throw withoutSecret();
  requireDeclaredLength(request, MAX_BODY_BYTES);
  const signature = signatureOf(request.headers.get('x-hub-signature-256'));
  const target = request.headers.get(APP_HEADER) ?? undefined;
  const secrets = secretsForNumber(webhookSecrets, target, configuredApps(scope));
  if (signature !== undefined && secrets.length > 0) {
    const upload = scope.resolve(UPLOAD_POOLS).open();
    try {
      const body = await uploadedBody(request, upload, scope);
      if (await isSigned(body, signature, secrets)) return { body, signature, secrets, target };
    } finally {
      upload.close();
    }
  }
  throw unsigned(target, scope);
}

/**
 * The id that the operator gave to the App that GitHub names by its number. Once it is known, only that App's own secret
 * counts, if it has one: whoever holds another App's secret must not speak for it.
 *
 * @throws Refusal if GitHub can't tell the numbers of Apps that are configured by their client IDs
 */
async function configuredApp(delivery: Delivery, scope: WebhookScope): Promise<string | undefined> {
  const { body, signature, secrets, target } = delivery;
  const apps = configuredApps(scope);
  if (apps.every(({ id }) => isAppNumber(id))) return target;
  const app = await eventApp(target, apps, scope.resolve(APP_NUMBERS));
  if (app.kind === 'unavailable') throw Refusal.unavailable(app, 'GitHub');
  const id = app.kind === 'configured' ? app.id : target;
  const own = secretsFor(scope.settings.webhookSecrets, id);
  const isOwn = secrets.every((one) => own.includes(one)) || (await isSigned(body, signature, own));
  if (!isOwn) throw unsigned(target, scope);
  return id;
}

function configuredApps({ settings }: WebhookScope): readonly App[] {
  return settings.pools.flatMap(({ apps }) => apps);
}

function unsigned(target: string | undefined, scope: WebhookScope): HttpRefusal {
  scope.resolve(LOG).warn('webhook_signature_refused', { app_id: target?.slice(0, 20) });
  return new HttpRefusal('invalid_signature', 'The signature is missing, or none of the secrets made it.');
}

async function uploadedBody(request: Request, upload: Upload, scope: WebhookScope): Promise<Uint8Array<ArrayBuffer>> {
  await pourBody(request, MAX_BODY_BYTES, upload);
  const { state } = upload;
  if (state === 'open') return upload.joined();
  scope.resolve(LOG).warn('webhook_body_refused', { reason: state, bytes: upload.bytes });
  throw new Refusal('unavailable', REFUSED_UPLOADS[state]);
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

function payloadOf(request: Request, body: Uint8Array, scope: WebhookScope): unknown {
  const { text, isCut } = payloadText(body, isForm(request));
  if (isCut) scope.resolve(LOG).info('webhook_payload_cut', { bytes: body.byteLength });
  const payload = parsedJson(text);
  if (typeof payload === 'object' && payload !== null) return payload;
  throw new HttpRefusal('invalid_request', 'The payload is not a JSON object.');
}

function withoutSecret(): Refusal {
  return new Refusal('misconfigured', 'GITHUB_WEBHOOK_SECRET is not set, so no webhook can be accepted.');
}
