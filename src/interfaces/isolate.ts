import type { Clock } from '../application/ports/clock.ts';
import type { AppSigner } from '../application/ports/app-signer.ts';
import { appSigner } from '../infrastructure/app-keys/app-keys.ts';
import type { AppPoolSettings } from '../infrastructure/yaml/app-config.ts';
import { compose } from './container.ts';
import type { Composition } from './composition.ts';
import { readSettings, type SettingFault, type Settings } from './settings.ts';

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
  const configured = result.kind === 'valid' ? result.settings : result;
  const signer = appSigner(configured);
  const faults = [
    ...(result.kind === 'invalid' ? result.faults : []),
    ...platformFaults,
    ...(await keyFaults(configured.pools, signer)),
  ];
  if (result.kind === 'invalid' || faults.length > 0) return misconfigured(faults);
  return { kind: 'ready', settings: result.settings, composition: compose(result.settings, clock, signer) };
}

/** Keys that can't be used, though their settings have the right form. */
export async function keyFaults(
  pools: readonly AppPoolSettings[],
  signer: AppSigner,
): Promise<readonly SettingFault[]> {
  const faults = new Map<string, SettingFault>();
  for (const app of pools.flatMap(({ apps }) => apps)) {
    const check = await signer.check(app);
    // A key service that gives no answer now may give one to the next request.
    if (check.kind !== 'unusable_key') continue;
    faults.set(app.keySetting, { setting: app.keySetting, problem: check.problem });
  }
  return [...faults.values()];
}

function misconfigured(faults: readonly SettingFault[]): Isolate {
  // eslint-disable-next-line no-console -- there is no request's log yet
  console.error(JSON.stringify({ level: 'error', event: 'misconfigured', faults }));
  return { kind: 'misconfigured', faults };
}
