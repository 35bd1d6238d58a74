import { createPrivateKey } from 'node:crypto';
import type { AdjustableClock } from '../clock.ts';
import { signToken } from '../signing-key.ts';
import type { Claims } from '../signing-key.ts';
import type { App } from './world-model.ts';

/** What an App sends to be known by; `claims` are put over the right ones, for wrong ones. */
export function signAppJwt(app: App, clock: AdjustableClock, claims: Claims = {}): string {
  const privateKey = createPrivateKey(app.keys.pkcs1Pem);
  const now = clock.seconds();
  const key = { alg: 'RS256', kid: undefined, privateKey, publicKey: app.keys.publicKey } as const;
  return signToken(key, { iss: String(app.id), iat: now - 60, exp: now + 540, ...claims });
}
