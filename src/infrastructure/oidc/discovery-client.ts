import { issuerUrlFault, type IssuerUrlRules } from '../../domain/issuer-url.ts';
import type { RejectedToken } from '../../application/ports/token-verifier.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import type { BoundedFetch } from '../http/bounded-fetch.ts';
import { member, parsedJson } from '../json/untrusted-json.ts';
import { isKeySet, type KeySet } from './key-set.ts';
import { isolateToken } from '../../application/ports/token.ts';

export type KeysAnswer =
  | { readonly kind: 'keys'; readonly keySet: KeySet }
  /** The issuer answered, with something that can't be used. */
  | RejectedToken
  | Unavailable;

type Document = { readonly kind: 'document'; readonly json: unknown } | Exclude<KeysAnswer, { readonly kind: 'keys' }>;

/** The time that is left to the request. */
export interface Deadline {
  readonly leftMs: number;
}

const TIMEOUT_MS = 5000;
const MAX_DISCOVERY_BYTES = 100 * 1024;
/** Large issuers publish about ten keys in 20 KiB. What is fetched is kept in every isolate and in KV. */
const MAX_KEY_SET_BYTES = 64 * 1024;
const MAX_KEYS = 50;

/** OpenID Connect Discovery 1.0 §4: the provider's configuration, then its keys. Two requests, no redirects. */
export class DiscoveryClient {
  constructor(
    private readonly rules: IssuerUrlRules,
    private readonly boundedFetch: BoundedFetch,
  ) {}

  async keysOf(issuer: string, deadline: Deadline): Promise<KeysAnswer> {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const discovery = await this.getDocument(address, 'discovery', MAX_DISCOVERY_BYTES, deadline);
    if (discovery.kind !== 'document') return discovery;
    if (member(discovery.json, 'issuer') !== issuer) return rejected('discovery names another issuer');
    const jwksUri = member(discovery.json, 'jwks_uri');
    if (typeof jwksUri !== 'string' || this.uriFault(jwksUri) !== undefined)
      return rejected('jwks_uri is not acceptable');
    const keys = await this.getDocument(jwksUri, 'keys', MAX_KEY_SET_BYTES, deadline);
    if (keys.kind !== 'document') return keys;
    if (!isKeySet(keys.json)) return rejected('the keys are not a JWK Set');
    if (keys.json.keys.length > MAX_KEYS) return rejected(`there are more than ${MAX_KEYS} keys`);
    return { kind: 'keys', keySet: keys.json };
  }

  private async getDocument(url: string, what: string, maxBytes: number, { leftMs }: Deadline): Promise<Document> {
    if (leftMs === 0) return { kind: 'unavailable', cause: 'timeout', detail: `${what}: no time was left for it` };
    const headers = { Accept: 'application/json', 'User-Agent': 'octo-sts-worker' };
    const outcome = await this.boundedFetch(url, { headers }, { timeoutMs: Math.min(TIMEOUT_MS, leftMs), maxBytes });
    if (outcome.kind === 'too_large') return rejected(`${what}: ${outcome.detail}`);
    if (outcome.kind !== 'answered')
      return { kind: 'unavailable', cause: outcome.kind, detail: `${what}: ${outcome.detail}` };
    if (outcome.status >= 500)
      return { kind: 'unavailable', cause: 'down', detail: `${what}: status ${outcome.status}` };
    if (outcome.status !== 200) return rejected(`${what}: status ${outcome.status}`);
    const json = parsedJson(outcome.text);
    return json === undefined ? rejected(`${what}: not JSON`) : { kind: 'document', json };
  }

  /** By the rules for issuer URLs, but a query is allowed. */
  private uriFault(uri: string): string | undefined {
    const [address, query] = splitOnce(uri, '?');
    if (uri.length > MAX_URI_LENGTH || /[^\x21-\x7e]|#/.test(query)) return 'has no acceptable query';
    return issuerUrlFault(address, this.rules);
  }
}

export const DISCOVERY_CLIENT = isolateToken<DiscoveryClient>('DiscoveryClient');

const MAX_URI_LENGTH = 2048;

function rejected(reason: string): RejectedToken {
  return { kind: 'rejected', reason, fault: 'issuer' };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
