import { SignJWT } from 'jose';
import type { App } from '../../domain/apps.ts';
import type { AppSigner, SignedAppToken } from '../../application/ports/app-signer.ts';
import type { Clock } from '../../application/ports/clock.ts';
import { importRsaPrivateKey } from './rsa-private-key.ts';

/** Against clocks that run apart (GitHub: "Generating a JSON Web Token (JWT) for a GitHub App"). */
const BACKDATED_SECONDS = 60;
/** From the backdated start: 9 minutes ahead, for GitHub refuses more than 10 and its clock may be behind ours. */
const LIFETIME_SECONDS = 10 * 60;
/** Reused until a minute before its end. */
const REUSED_MS = 8 * 60_000;

interface SignedAt {
  readonly jwt: string;
  readonly at: number;
}

/** Signs with non-extractable keys. One an isolate: it keeps imported keys for life and tokens for eight minutes. */
export class WebCryptoAppSigner implements AppSigner {
  private readonly keys = new Map<string, CryptoKey>();
  private readonly tokens = new Map<string, SignedAt>();

  /** @param privateKeys the setting's text by App id */
  constructor(
    private readonly privateKeys: ReadonlyMap<string, string>,
    private readonly clock: Clock,
  ) {}

  /** Whether the key is one: its form alone does not tell. */
  async canSign(app: App): Promise<boolean> {
    return (await this.keyOf(app)) !== undefined;
  }

  async sign(app: App): Promise<SignedAppToken> {
    const now = this.clock.now();
    const last = this.tokens.get(app.id);
    if (last !== undefined && now >= last.at && now - last.at < REUSED_MS) return { kind: 'signed', jwt: last.jwt };
    const key = await this.keyOf(app);
    if (key === undefined) return { kind: 'unusable_key' };
    const jwt = await signAppToken(app.id, key, now);
    this.tokens.set(app.id, { jwt, at: now });
    return { kind: 'signed', jwt };
  }

  private async keyOf({ id }: App): Promise<CryptoKey | undefined> {
    const key = this.keys.get(id) ?? (await importRsaPrivateKey(this.privateKeys.get(id) ?? ''));
    if (key !== undefined) this.keys.set(id, key);
    return key;
  }
}

function signAppToken(appId: string, key: CryptoKey, nowMs: number): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000) - BACKDATED_SECONDS;
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(appId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(key);
}
