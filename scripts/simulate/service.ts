import { decodeJwt } from 'jose';
import { ExchangeToken } from '../../src/application/exchange/exchange-token.ts';
import type { ExchangeEvent } from '../../src/application/exchange/exchange-event.ts';
import { RequestBudget } from '../../src/application/budget/request-budget.ts';
import { RequestTrust } from '../../src/application/budget/request-trust.ts';
import { AUDIT_LOG } from '../../src/application/ports/audit-log.ts';
import type { Clock } from '../../src/application/ports/clock.ts';
import { COMPILED_POLICIES, type CompiledPolicies } from '../../src/application/ports/compiled-policies.ts';
import { LOG, type Log } from '../../src/application/ports/log.ts';
import { POLICY_CHANGE_LOG } from '../../src/application/ports/policy-change-log.ts';
import { TOKEN_VERIFIER, type TokenVerifier, type Verification } from '../../src/application/ports/token-verifier.ts';
import type { UnverifiedToken } from '../../src/application/ports/token-decoder.ts';
import type { Unavailable } from '../../src/application/ports/unavailable.ts';
import { Refusal } from '../../src/application/refusal.ts';
import { RefreshPolicies } from '../../src/application/webhook/refresh-policies.ts';
import { Claims } from '../../src/domain/claims.ts';
import type { CacheRecord } from '../../src/infrastructure/cache/cache-entry.ts';
import type { CacheStore, Keeping, KeysAnswer, StoreAnswer } from '../../src/infrastructure/cache/cache-store.ts';
import { KvCacheStore } from '../../src/infrastructure/cloudflare/kv-cache-store.ts';
import { BOUNDED_FETCH, type BoundedFetch } from '../../src/infrastructure/http/bounded-fetch.ts';
import { KeyDirectory } from '../../src/infrastructure/oidc/key-directory.ts';
import type { Composition } from '../../src/interfaces/composition.ts';
import { compose, DEFERRED_TASK_LIST, requestScope } from '../../src/interfaces/container.ts';
import type { Platform } from '../../src/interfaces/platform.ts';
import type { Settings } from '../../src/interfaces/settings.ts';
import { EXAMPLE_SIGNER } from '../../src/interfaces/warm-up-example.ts';
import type { KvLocation } from './kv-model.ts';
import { ACTIONS_ISSUER, IDENTITY, type Owner } from './world.ts';

export const STS_DOMAIN = 'sts.example.com';
const TOKEN_SECONDS = 300;

/** What is the same for every isolate of a run. */
export interface Surroundings {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly fetch: BoundedFetch;
  /** Compiling the same text again changes no count, so what one isolate compiled serves all. */
  readonly compiled: CompiledPolicies;
  readonly log: Log;
}

/** How an exchange went, as far as the simulation looks at it. */
export interface Exchanged {
  readonly event: ExchangeEvent;
  /** Reads of KV before the answer. */
  readonly kvReads: number;
}

export interface Caller {
  readonly owner: Owner;
  readonly repository: number;
  readonly address: string;
}

/**
 * One isolate of the service: its own composition and so its own memory, in front of the KV of its location. The same
 * code as in production, but for signing and verifying, which change no count, and for what is written to logs.
 */
export class ServiceIsolate {
  private readonly composition: Composition;
  private readonly store: CacheStore;
  /** Audit events by request id, until the exchange has ended. */
  private readonly events = new Map<string, ExchangeEvent>();
  private lastRequest = 0;

  constructor(
    private readonly around: Surroundings,
    kv: KvLocation,
  ) {
    const audit = { record: (event: ExchangeEvent) => Promise.resolve(void this.events.set(event.requestId, event)) };
    this.composition = compose(around.settings, around.clock, EXAMPLE_SIGNER)
      .value(BOUNDED_FETCH, around.fetch)
      .value(COMPILED_POLICIES, around.compiled)
      .perRequest(LOG, [], () => around.log)
      .perRequest(AUDIT_LOG, [], () => audit)
      .perRequest(POLICY_CHANGE_LOG, [], () => UNHEARD)
      .perRequest(TOKEN_VERIFIER, [KeyDirectory], (keys) => new BelievingVerifier(keys));
    this.store = new KvCacheStore(kv as unknown as KVNamespace);
  }

  /** A whole exchange, with all that comes after the answer. */
  async exchange({ owner, repository, address }: Caller): Promise<Exchanged> {
    const requestId = String((this.lastRequest += 1));
    const store = new CountedReads(this.store);
    const request = requestScope(this.composition, platformOf(store), requestId);
    try {
      await request.resolve(ExchangeToken).execute({
        requestId,
        token: this.token(owner, repository),
        scope: { owner: owner.name, repository: `r${repository}` },
        identity: IDENTITY,
        narrowing: {},
        clientAddress: address,
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    const kvReads = store.reads;
    await request.resolve(DEFERRED_TASK_LIST).run();
    const event = this.events.get(requestId);
    if (event === undefined) throw new Error('an exchange left no audit event');
    this.events.delete(requestId);
    return { event, kvReads };
  }

  /** GitHub's webhook about a push to the default branch. @returns whether KV took what it had to be told */
  async pushed(owner: Owner, repository: number): Promise<boolean> {
    const request = requestScope(this.composition, platformOf(this.store), 'webhook');
    request.resolve(RequestBudget).proveGitHub();
    request.resolve(RequestTrust).comesFrom({ owner: owner.name });
    const source = { appId: '1', installationId: owner.index + 1, owner: owner.name, repository: `r${repository}` };
    const change = { before: '', after: '', changed: [], removed: [], complete: true, sender: undefined };
    try {
      await request.resolve(RefreshPolicies).execute({ kind: 'pushed', source, change });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return false;
    } finally {
      await request.resolve(DEFERRED_TASK_LIST).run();
    }
    return true;
  }

  private token(owner: Owner, repository: number): string {
    const seconds = Math.floor(this.around.clock.now() / 1000);
    const name = `${owner.name}/r${repository}`;
    const claims = {
      iss: ACTIONS_ISSUER,
      sub: `repo:${name}:ref:refs/heads/main`,
      aud: STS_DOMAIN,
      iat: seconds,
      nbf: seconds,
      exp: seconds + TOKEN_SECONDS,
      repository: name,
      repository_id: String(repository + 1),
      repository_owner: owner.name,
      repository_owner_id: String(owner.index + 1),
      ref: 'refs/heads/main',
    };
    return `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AA`;
  }
}

const HEADER = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: '1' })).toString('base64url');
const UNHEARD = { record: () => Promise.resolve() };

function platformOf(store: CacheStore): Platform {
  return { store, rateLimiter: undefined, metrics: undefined, defer: () => undefined };
}

/** One request's store. */
class CountedReads implements CacheStore {
  reads = 0;

  constructor(private readonly store: CacheStore) {}

  get(key: string): Promise<StoreAnswer> {
    this.reads += 1;
    return this.store.get(key);
  }

  keys(prefix: string, most: number): Promise<KeysAnswer> {
    return this.store.keys(prefix, most);
  }

  put(key: string, record: CacheRecord<unknown>, keeping: Keeping): Promise<void> {
    return this.store.put(key, record, keeping);
  }
}

/** Gets the issuer's keys as the real verifier does, through the same cache, and believes every signature. */
class BelievingVerifier implements TokenVerifier {
  constructor(private readonly keys: KeyDirectory) {}

  async verify(token: UnverifiedToken): Promise<Verification | Unavailable> {
    const answer = await this.keys.keysOf(token.issuer, 'shared');
    return answer.kind === 'keys' ? believed(token) : answer;
  }

  async verifyWithCachedKeys(token: UnverifiedToken): Promise<Verification | { readonly kind: 'no_keys' }> {
    const keys = await this.keys.freshlyCached(token.issuer);
    return keys === undefined ? { kind: 'no_keys' } : believed(token);
  }

  async verifiesWithOldKeys(token: UnverifiedToken): Promise<boolean> {
    return (await this.keys.cached(token.issuer)) !== undefined;
  }

  verifyWithInlineKeys(token: UnverifiedToken): Promise<Verification> {
    return Promise.resolve(believed(token));
  }
}

function believed({ compact }: UnverifiedToken): Verification {
  return { kind: 'verified', claims: new Claims(decodeJwt(compact)) };
}
