import { describe, expect, it } from '@jest/globals';
import { readBindings } from '../../../../src/infrastructure/cloudflare/bindings.ts';

const KV = { get: () => undefined };
const METRICS = { writeDataPoint: () => undefined };
const RATE_LIMITER = { limit: () => undefined };
const ASSETS = { fetch: () => undefined };

describe('the bindings of a Worker', () => {
  it('are what their names say, and only KV is needed', () => {
    expect(readBindings({ OCTO_STS_KV: KV })).toEqual({
      kind: 'valid',
      bindings: { kv: KV, metrics: undefined, rateLimiter: undefined, assets: undefined },
    });
    const all = { OCTO_STS_KV: KV, EXCHANGE_METRICS: METRICS, EXCHANGE_RATE_LIMITER: RATE_LIMITER, ASSETS };
    expect(readBindings(all)).toEqual({
      kind: 'valid',
      bindings: { kv: KV, metrics: METRICS, rateLimiter: RATE_LIMITER, assets: ASSETS },
    });
  });

  it('that are empty texts count as unset', () => {
    expect(readBindings({ OCTO_STS_KV: KV, EXCHANGE_METRICS: '', EXCHANGE_RATE_LIMITER: undefined }).kind).toBe(
      'valid',
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['OCTO_STS_KV', {}],
    ['OCTO_STS_KV', { OCTO_STS_KV: 'text' }],
    ['OCTO_STS_KV', { OCTO_STS_KV: null }],
    ['OCTO_STS_KV', { OCTO_STS_KV: METRICS }],
    ['OCTO_STS_KV', Object.create({ OCTO_STS_KV: KV }) as Record<string, unknown>],
    ['EXCHANGE_METRICS', { OCTO_STS_KV: KV, EXCHANGE_METRICS: 'text' }],
    ['EXCHANGE_METRICS', { OCTO_STS_KV: KV, EXCHANGE_METRICS: KV }],
    ['EXCHANGE_RATE_LIMITER', { OCTO_STS_KV: KV, EXCHANGE_RATE_LIMITER: {} }],
    ['ASSETS', { OCTO_STS_KV: KV, ASSETS: KV }],
  ])('are at fault in %s alone: %j', (setting, env) => {
    const result = readBindings(env);
    expect(result.kind === 'invalid' ? result.faults.map((fault) => fault.setting) : result.kind).toEqual([setting]);
  });

  it('are all named at once, and no value is told', () => {
    const result = readBindings({ EXCHANGE_METRICS: 'c@nary', EXCHANGE_RATE_LIMITER: 'c@nary' });
    expect(result).toMatchObject({ kind: 'invalid', faults: [{}, {}, {}] });
    expect(JSON.stringify(result)).not.toContain('c@nary');
  });
});
