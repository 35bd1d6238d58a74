import { isOneEdit } from '../domain/edit-distance.ts';
import { settingText, SettingValues, type SettingFault } from './setting-values.ts';

/** Every name that is read as a setting or a binding. */
const NAMES: readonly string[] = [
  ...Object.keys(new SettingValues()),
  'OCTO_STS_KV',
  'EXCHANGE_METRICS',
  'EXCHANGE_RATE_LIMITER',
];

/**
 * Names that are no setting but one typing error away from one. Without this a typing error silently switches a
 * protection off.
 *
 * @param meant names that the operator chose: the secrets that `APP_CONFIG` refers to
 */
export function misspelled(
  env: Readonly<Record<string, unknown>>,
  meant: ReadonlySet<string>,
): readonly SettingFault[] {
  return Object.keys(env).flatMap((name) => {
    if (NAMES.includes(name) || meant.has(name) || settingText(env, name) === undefined) return [];
    const near = NAMES.find((one) => isOneEdit(one, name));
    return near === undefined ? [] : [{ setting: name, problem: `is no setting; did you mean ${near}?` }];
  });
}
