import { verify } from 'node:crypto';
import { noteSecret } from '../canary.ts';
import type { AdjustableClock } from '../clock.ts';
import { isJsonObject, parseJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { AccessToken, AccessTokens } from './access-tokens.ts';
import { GitHubError } from './responses.ts';
import type { GitHubWorld } from './world.ts';
import type { App } from './world-model.ts';

const MAX_APP_JWT_LIFETIME_SECONDS = 600;
/** How far an App's clock may run ahead. */
const APP_JWT_DRIFT_SECONDS = 60;

export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly app: App }
  | { readonly kind: 'installation'; readonly token: AccessToken };

/** Who sends a request, verified as GitHub does it, refused in GitHub's words. */
export class Authentication {
  readonly #world: GitHubWorld;
  readonly #tokens: AccessTokens;
  readonly #clock: AdjustableClock;

  constructor(world: GitHubWorld, tokens: AccessTokens, clock: AdjustableClock) {
    this.#world = world;
    this.#tokens = tokens;
    this.#clock = clock;
  }

  identify(authorization: string | undefined): Caller {
    if (authorization === undefined) return { kind: 'anonymous' };
    const credentials = /^(?:bearer|token) +(\S+)$/i.exec(authorization)?.[1];
    if (credentials === undefined) throw badCredentials();
    noteSecret(credentials);
    if (!credentials.startsWith('ghs_') && credentials.split('.').length === 3) {
      return { kind: 'app', app: this.#verifyAppJwt(credentials) };
    }
    const token = this.#tokens.findLive(credentials);
    if (token === undefined) throw badCredentials();
    return { kind: 'installation', token };
  }

  #verifyAppJwt(jwt: string): App {
    const [head = '', payload = '', signature = ''] = jwt.split('.');
    const header = decodePart(head);
    const claims = decodePart(payload);
    if (header?.alg !== 'RS256' || claims === undefined) throw undecodable();
    const app = this.#issuerOf(claims);
    const signed = Buffer.from(`${head}.${payload}`);
    const bytes = Buffer.from(signature, 'base64url');
    const isKnown = [app.keys, ...app.furtherKeys].some(({ publicKey }) =>
      verify('RSA-SHA256', signed, publicKey, bytes),
    );
    if (!isKnown) throw undecodable();
    this.#checkTimes(claims);
    return app;
  }

  #issuerOf({ iss }: JsonObject): App {
    const byClientId = typeof iss === 'string' ? this.#world.appByClientId(iss) : undefined;
    if (byClientId !== undefined) return byClientId;
    const id = typeof iss === 'number' ? iss : typeof iss === 'string' && /^\d+$/.test(iss) ? Number(iss) : undefined;
    if (id === undefined) throw new GitHubError(401, "'Issuer' claim ('iss') must be an Integer");
    const app = this.#world.app(id);
    if (app === undefined) throw new GitHubError(404, 'Integration not found');
    return app;
  }

  #checkTimes({ iat, exp }: JsonObject): void {
    const now = this.#clock.seconds();
    if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > now + APP_JWT_DRIFT_SECONDS) {
      throw new GitHubError(
        401,
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
      );
    }
    if (typeof exp !== 'number' || !Number.isInteger(exp) || exp <= now) {
      throw new GitHubError(
        401,
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
      );
    }
    if (exp > now + MAX_APP_JWT_LIFETIME_SECONDS) {
      throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
    }
  }
}

function decodePart(part: string): JsonObject | undefined {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return isJsonObject(value) ? value : undefined;
}

function badCredentials(): GitHubError {
  return new GitHubError(401, 'Bad credentials');
}

function undecodable(): GitHubError {
  return new GitHubError(401, 'A JSON web token could not be decoded');
}
