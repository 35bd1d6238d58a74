import { isAppNumber, type App } from '../../domain/apps.ts';
import type { WebhookSecrets } from '../settings.ts';

/** Which App a delivery is for: GitHub, "Webhook events and payloads", delivery headers. */
export const APP_HEADER = 'x-github-hook-installation-target-id';

const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/**
 * Every secret that may have signed a delivery, as long as it is not known which configured App has this number: those of
 * the Apps that are named by their client IDs are among them. `secretsFor` decides once the App is known.
 */
export function secretsForNumber(
  secrets: WebhookSecrets,
  number: string | undefined,
  apps: readonly App[],
): readonly string[] {
  if (number === undefined || apps.some(({ id }) => id === number)) return secretsFor(secrets, number);
  const named = apps.flatMap(({ id }) => (isAppNumber(id) ? [] : (secrets.byAppId.get(id) ?? [])));
  return [...new Set([...secretsFor(secrets, number), ...named])];
}

/**
 * An App's own secret where it has one, else the deployment's, the previous one included.
 *
 * @param appId as it is configured
 */
export function secretsFor({ shared, byAppId }: WebhookSecrets, appId: string | undefined): readonly string[] {
  const own = appId === undefined ? undefined : byAppId.get(appId);
  return own === undefined ? shared : [own];
}

/** @returns the HMAC of `X-Hub-Signature-256`; nothing for any other text. SHA-1 (`X-Hub-Signature`) does not count */
export function signatureOf(header: string | null): Uint8Array<ArrayBuffer> | undefined {
  const [, hex] = SIGNATURE.exec(header ?? '') ?? [];
  return hex === undefined ? undefined : Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** Whether any of the secrets signed the body. Web Crypto compares in constant time. */
export async function isSigned(
  body: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  secrets: readonly string[],
): Promise<boolean> {
  const verdicts = await Promise.all(secrets.map((secret) => isSignedBy(body, signature, secret)));
  return verdicts.includes(true);
}

async function isSignedBy(
  body: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  secret: string,
): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify']);
  return crypto.subtle.verify('HMAC', key, signature, body);
}
