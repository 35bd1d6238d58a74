import { issuerUrlFault, type IssuerUrlRules } from '../../domain/issuer-url.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { boundedFetch, member, parsedJson } from '../http/bounded-fetch.ts';
import { isKeySet, type KeySet } from './key-set.ts';

export type KeysAnswer =
  | { readonly kind: 'keys'; readonly keySet: KeySet }
  /** The issuer answered, with something that can't be used. */
  | { readonly kind: 'rejected'; readonly reason: string }
  | Unavailable;

type Document = { readonly kind: 'document'; readonly json: unknown } | Exclude<KeysAnswer, { readonly kind: 'keys' }>;

const BOUNDS = { timeoutMs: 5000, maxBytes: 100 * 1024 };

/** OpenID Connect Discovery 1.0 §4: the provider's configuration, then its keys. Two requests, no redirects. */
export class DiscoveryClient {
  constructor(private readonly rules: IssuerUrlRules) {}

  async keysOf(issuer: string): Promise<KeysAnswer> {
    const discovery = await getDocument(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, 'discovery');
    if (discovery.kind !== 'document') return discovery;
    if (member(discovery.json, 'issuer') !== issuer) return rejected('discovery names another issuer');
    const jwksUri = member(discovery.json, 'jwks_uri');
    if (typeof jwksUri !== 'string' || this.uriFault(jwksUri) !== undefined)
      return rejected('jwks_uri is not acceptable');
    const keys = await getDocument(jwksUri, 'keys');
    if (keys.kind !== 'document') return keys;
    return isKeySet(keys.json) ? { kind: 'keys', keySet: keys.json } : rejected('the keys are not a JWK Set');
  }

  /** The rules for issuers, but with a query. */
  private uriFault(uri: string): string | undefined {
    const [address, query] = splitOnce(uri, '?');
    if (uri.length > MAX_URI_LENGTH || /[^\x21-\x7e]|#/.test(query)) return 'has no acceptable query';
    return issuerUrlFault(address, this.rules);
  }
}

const MAX_URI_LENGTH = 2048;

async function getDocument(url: string, what: string): Promise<Document> {
  const headers = { Accept: 'application/json', 'User-Agent': 'octo-sts-worker' };
  const outcome = await boundedFetch(url, { headers }, BOUNDS);
  if (outcome.kind === 'too_large') return rejected(`${what}: ${outcome.detail}`);
  if (outcome.kind !== 'answered')
    return { kind: 'unavailable', cause: outcome.kind, detail: `${what}: ${outcome.detail}` };
  if (outcome.status >= 500) return { kind: 'unavailable', cause: 'down', detail: `${what}: status ${outcome.status}` };
  if (outcome.status !== 200) return rejected(`${what}: status ${outcome.status}`);
  const json = parsedJson(outcome.text);
  return json === undefined ? rejected(`${what}: not JSON`) : { kind: 'document', json };
}

function rejected(reason: string): { readonly kind: 'rejected'; readonly reason: string } {
  return { kind: 'rejected', reason };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
