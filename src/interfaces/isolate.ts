import type { Clock } from '../application/ports/clock.ts';
import { compose, appSigner } from './container.ts';
import type { Composition } from './composition.ts';
import { privateKeyFaults, readSettings, type SettingFault, type Settings } from './settings.ts';

/** What lives as long as an isolate: its settings and all that it remembers, or why it can't serve. */
export type Isolate =
  | { readonly kind: 'ready'; readonly settings: Settings; readonly composition: Composition }
  | { readonly kind: 'misconfigured'; readonly faults: readonly SettingFault[] };

/**
 * Reads the settings whole, so that every fault is named at once.
 *
 * @param values variables and secrets by name
 * @param platformFaults what the runtime itself lacks
 */
export async function makeIsolate(
  values: Readonly<Record<string, unknown>>,
  clock: Clock,
  platformFaults: readonly SettingFault[],
): Promise<Isolate> {
  const result = readSettings(values);
  const pools = result.kind === 'valid' ? result.settings.pools : result.pools;
  const signer = appSigner(pools);
  const keyFaults = await privateKeyFaults(pools, (app) => signer.canSign(app));
  const faults = [...(result.kind === 'invalid' ? result.faults : []), ...platformFaults, ...keyFaults];
  if (result.kind === 'invalid' || faults.length > 0) return misconfigured(faults);
  return { kind: 'ready', settings: result.settings, composition: compose(result.settings, clock, signer) };
}

function misconfigured(faults: readonly SettingFault[]): Isolate {
  // eslint-disable-next-line no-console -- there is no request's log yet
  console.error(JSON.stringify({ level: 'error', event: 'misconfigured', faults }));
  return { kind: 'misconfigured', faults };
}
