/** The Worker's bindings, each checked to be of its kind. */
export interface Bindings {
  readonly kv: KVNamespace;
  readonly metrics: AnalyticsEngineDataset | undefined;
  readonly rateLimiter: RateLimit | undefined;
  readonly assets: Fetcher | undefined;
}

/** A binding that is missing or of another kind, by the setting's name. */
export interface BindingFault {
  readonly setting: string;
  readonly problem: string;
}

export type BindingsResult =
  | { readonly kind: 'valid'; readonly bindings: Bindings }
  | { readonly kind: 'invalid'; readonly faults: readonly BindingFault[] };

type Environment = Readonly<Record<string, unknown>>;

const KV = 'OCTO_STS_KV';
const METRICS = 'EXCHANGE_METRICS';
const RATE_LIMITER = 'EXCHANGE_RATE_LIMITER';
const ASSETS = 'ASSETS';

/** Checks the bindings in `env`. */
export function readBindings(env: Environment): BindingsResult {
  const kv = bound(env, KV, 'get');
  const faults = [
    ...(kv === undefined ? [{ setting: KV, problem: 'is required: a KV namespace' }] : []),
    ...optionalFault(env, METRICS, 'writeDataPoint'),
    ...optionalFault(env, RATE_LIMITER, 'limit'),
    ...optionalFault(env, ASSETS, 'fetch'),
  ];
  if (kv === undefined || faults.length > 0) return { kind: 'invalid', faults };
  const bindings = {
    kv: kv as KVNamespace,
    metrics: bound(env, METRICS, 'writeDataPoint') as AnalyticsEngineDataset | undefined,
    rateLimiter: bound(env, RATE_LIMITER, 'limit') as RateLimit | undefined,
    assets: bound(env, ASSETS, 'fetch') as Fetcher | undefined,
  };
  return { kind: 'valid', bindings };
}

function optionalFault(env: Environment, setting: string, method: string): readonly BindingFault[] {
  const isUnset = !Object.hasOwn(env, setting) || env[setting] === undefined || env[setting] === '';
  return isUnset || bound(env, setting, method) !== undefined
    ? []
    : [{ setting, problem: 'must be a binding of its kind' }];
}

/** A binding of a kind has a method that no other kind has. */
function bound(env: Environment, name: string, method: string): object | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return typeof (value as Record<string, unknown>)[method] === 'function' ? value : undefined;
}
