import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { member } from '../json/untrusted-json.ts';

/** An issuer's public keys as plain data (RFC 7517 §5). */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export type KeyResolver = ReturnType<typeof createLocalJWKSet>;

export function isKeySet(value: unknown): value is KeySet {
  const keys = member(value, 'keys');
  return (
    Array.isArray(keys) && keys.every((key: unknown) => typeof key === 'object' && key !== null && !Array.isArray(key))
  );
}

/** Imported keys are kept with the list that they came in, because importing costs more than verifying. */
const resolvers = new WeakMap<KeySet['keys'], KeyResolver>();

export function resolverOf(keySet: KeySet): KeyResolver {
  const known = resolvers.get(keySet.keys);
  if (known !== undefined) return known;
  const resolver = createLocalJWKSet(keySet as unknown as JSONWebKeySet);
  resolvers.set(keySet.keys, resolver);
  return resolver;
}
