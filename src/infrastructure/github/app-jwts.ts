import { base64url } from 'jose';
import type { App } from '../../domain/apps.ts';
import type { AppSigner } from '../../application/ports/app-signer.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { isolateToken } from '../../application/ports/token.ts';

export type AppJwt =
  { readonly kind: 'signed'; readonly jwt: string } | { readonly kind: 'unusable_key' } | Unavailable;

/** GitHub's advice against clock drift ("Generating a JSON Web Token (JWT) for a GitHub App"). */
const BACKDATED_SECONDS = 60;
/**
 * Counted from the backdated `iat`, so it ends 9 minutes from now. GitHub refuses more than 10, and its clock may be
 * slow.
 */
const LIFETIME_SECONDS = 10 * 60;
/** A JWT is used again until a minute before its end. */
const REUSED_MS = 8 * 60_000;
const HEADER = { alg: 'RS256', typ: 'JWT' };

interface SignedAt {
  readonly jwt: string;
  readonly at: number;
}

/** The Apps' own JWTs (RFC 7519), each signed once and used for eight minutes. One an isolate. */
export class AppJwts {
  private readonly signed = new Map<string, SignedAt>();

  constructor(
    private readonly signer: AppSigner,
    private readonly clock: Clock,
  ) {}

  async of(app: App): Promise<AppJwt> {
    const now = this.clock.now();
    const last = this.signed.get(app.id);
    if (last !== undefined && now >= last.at && now - last.at < REUSED_MS) return { kind: 'signed', jwt: last.jwt };
    const input = signingInput(app, now);
    const answer = await this.signer.sign(app, Uint8Array.from(new TextEncoder().encode(input)));
    if (answer.kind !== 'signed') return answer;
    const jwt = `${input}.${base64url.encode(answer.signature)}`;
    this.signed.set(app.id, { jwt, at: now });
    return { kind: 'signed', jwt };
  }
}

export const APP_JWTS = isolateToken<AppJwts>('AppJwts');

/** JWS Signing Input (RFC 7515 §5.1). */
function signingInput({ id }: App, nowMs: number): string {
  const iat = Math.floor(nowMs / 1000) - BACKDATED_SECONDS;
  const claims = { iss: id, iat, exp: iat + LIFETIME_SECONDS };
  return [HEADER, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
}
