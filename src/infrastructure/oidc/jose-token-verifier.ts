import { inject, injectable } from 'tsyringe';
import { decodeProtectedHeader, errors, jwtVerify, type CryptoKey as JoseKey, type JWTVerifyOptions } from 'jose';
import { Claims, type RawClaims } from '../../domain/claims.ts';
import type { PublicJwk } from '../../domain/inline-keys.ts';
import { CLOCK, type Clock } from '../../application/ports/clock.ts';
import type { UnverifiedToken } from '../../application/ports/token-decoder.ts';
import type { KeyKeeping, TokenVerifier, Verification } from '../../application/ports/token-verifier.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { KeyDirectory } from './key-directory.ts';
import { resolverOf, type KeySet } from './key-set.ts';
import { CLOCK_TOLERANCE_SECONDS, SIGNING_ALGORITHMS } from './signing-algorithms.ts';

/** No key of the set fits the token: perhaps the issuer has rotated its keys. */
type Outcome = Verification | { readonly kind: 'no_fitting_key' };

/** Verifies with `jose`. What `jose` does not check (types of claims, a future `iat`) is checked here. */
@injectable()
export class JoseTokenVerifier implements TokenVerifier {
  constructor(
    @inject(KeyDirectory) private readonly keys: KeyDirectory,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  async verify(token: UnverifiedToken, keeping: KeyKeeping = 'shared'): Promise<Verification | Unavailable> {
    const answer = await this.keys.keysOf(token.issuer, keeping);
    if (answer.kind !== 'keys') return answer;
    const outcome = await this.verifyWith(token, answer.keySet);
    if (outcome.kind !== 'no_fitting_key') return outcome;
    const again = await this.keys.refetched(token.issuer, answer.keySet, keeping);
    if (again === undefined || again.kind === 'unavailable') return NO_FITTING_KEY;
    return again.kind === 'keys' ? settled(await this.verifyWith(token, again.keySet)) : again;
  }

  async verifyWithCachedKeys(token: UnverifiedToken): Promise<Verification | { readonly kind: 'no_keys' }> {
    const keySet = await this.keys.freshlyCached(token.issuer);
    return keySet === undefined ? { kind: 'no_keys' } : settled(await this.verifyWith(token, keySet));
  }

  async verifiesWithOldKeys(token: UnverifiedToken): Promise<boolean> {
    const keySet = await this.keys.cached(token.issuer);
    return keySet !== undefined && (await this.verifyWith(token, keySet)).kind === 'verified';
  }

  async verifyWithInlineKeys(token: UnverifiedToken, keys: readonly PublicJwk[]): Promise<Verification> {
    return settled(await this.verifyWith(token, { keys }));
  }

  private async verifyWith(token: UnverifiedToken, keySet: KeySet): Promise<Outcome> {
    const now = this.clock.now();
    const options: JWTVerifyOptions = {
      algorithms: [...SIGNING_ALGORITHMS],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
      issuer: token.issuer,
      requiredClaims: ['exp', 'sub', 'aud'],
    };
    try {
      const { payload } = await jwtVerify(token.compact, resolverOf(keySet), options);
      return checked(payload as RawClaims, now);
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return tryEach(token, error, options, now);
      return failure(error, token);
    }
  }
}

const NO_FITTING_KEY: Verification = { kind: 'rejected', reason: 'no key of the issuer fits', fault: 'signature' };

/** Issuers have a handful of keys. More of them would let one token cost a second of CPU. */
const MOST_KEYS_TRIED = 16;

/** A token without `kid` may fit several keys. Each is tried. */
async function tryEach(
  token: UnverifiedToken,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
  nowMs: number,
): Promise<Outcome> {
  let last: Outcome = { kind: 'no_fitting_key' };
  try {
    let left = MOST_KEYS_TRIED;
    for await (const key of candidates as AsyncIterable<JoseKey>) {
      if (left-- === 0) break;
      last = await jwtVerify(token.compact, key, options).then(
        ({ payload }) => checked(payload as RawClaims, nowMs),
        (error: unknown) => failure(error, token),
      );
      if (last.kind === 'verified') return last;
    }
  } catch (error) {
    return failure(error, token);
  }
  return last;
}

function settled(outcome: Outcome): Verification {
  return outcome.kind === 'no_fitting_key' ? NO_FITTING_KEY : outcome;
}

/**
 * Every failure is a rejection. Weak keys throw TypeError and corrupt ones DOMException, and neither is a JOSEError.
 */
function failure(error: unknown, token: UnverifiedToken): Outcome {
  if (error instanceof errors.JWKSNoMatchingKey) return { kind: 'no_fitting_key' };
  // Without a key id a bad signature may as well mean that the keys were rotated.
  if (error instanceof errors.JWSSignatureVerificationFailed && !namesKey(token)) return { kind: 'no_fitting_key' };
  if (error instanceof errors.JWTClaimValidationFailed)
    return { kind: 'rejected', reason: `claim ${error.claim}: ${error.reason}`, fault: 'claims' };
  if (error instanceof errors.JWTExpired) return { kind: 'rejected', reason: error.code, fault: 'claims' };
  if (error instanceof errors.JOSEError) return { kind: 'rejected', reason: error.code, fault: 'signature' };
  return { kind: 'rejected', reason: 'the key is weak or corrupt', fault: 'issuer' };
}

function namesKey({ compact }: UnverifiedToken): boolean {
  return decodeProtectedHeader(compact).kid !== undefined;
}

function checked(payload: RawClaims, nowMs: number): Verification {
  const latest = nowMs / 1000 + CLOCK_TOLERANCE_SECONDS;
  const { iat, sub, aud, exp } = payload;
  if (iat !== undefined && (typeof iat !== 'number' || iat > latest)) return rejected('iat is not a time in the past');
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return rejected('exp is not a number');
  if (typeof sub !== 'string') return rejected('sub is not a string');
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((one) => typeof one === 'string'))
    return rejected('aud is neither a string nor a list of strings');
  return { kind: 'verified', claims: new Claims(payload) };
}

function rejected(reason: string): Verification {
  return { kind: 'rejected', reason, fault: 'claims' };
}
