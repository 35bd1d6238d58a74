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

/** One character more, less or other, or two neighbours exchanged. */
function isOneEdit(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return short !== long;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}
