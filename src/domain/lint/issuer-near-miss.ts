import { quoted } from '../fault.ts';
import { plainTextOf } from '../pattern-style.ts';
import { nearestIssuer } from '../providers/providers.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import type { Condition } from '../policy-conditions.ts';
import { GITLAB } from '../providers/gitlab.ts';
import type { Provider } from '../providers/provider.ts';
import { warning, type Doubt, type LintRule } from './lint-rule.ts';

/** An issuer that nobody has, a slash, a letter or two away from one that everybody means. */
export const issuerNearMiss: LintRule = ({ issuers, provider, context }) =>
  issuers.flatMap((issuer) => issuerDoubts(issuer, [context.actionsIssuer], provider));

/** One place where an issuer stands: in a policy, an allowlist, guardrails. */
export type IssuerPlace = Pick<Condition, 'by' | 'text' | 'path' | 'name'>;

/**
 * @param others exact issuers that are known beside the providers'
 * @param provider whose tokens are meant, where something else tells it
 */
export function issuerDoubts(
  { by, text, path, name }: IssuerPlace,
  others: readonly string[],
  provider?: Provider,
): readonly Doubt[] {
  const meant = by === 'value' ? text : plainTextOf(text);
  if (meant === undefined) return [];
  const nearest = nearestIssuer(meant, others) ?? withoutSlash(meant, provider);
  if (nearest === undefined) return [];
  const value = by === 'value' ? nearest : escapedPattern(nearest);
  return [
    warning(
      'issuer-near-miss',
      path,
      `No token has the issuer ${quoted(meant)}, which is nearly that of a known provider.`,
      `Write: ${typeof path.at(-1) === 'number' ? '-' : `${name}:`} ${yamlText(value)}`,
      TO_FILL_IN.test(nearest) ? undefined : { path, value },
    ),
  ];
}

/** Only its author can tell: `ORGANIZATION-ID`. */
const TO_FILL_IN = /(?<![0-9A-Za-z])[A-Z]{4,}(?![0-9A-Za-z])/;

/** A server of GitLab's with a host of its own: its issuer is its address, which ends in no slash. */
function withoutSlash(issuer: string, provider: Provider | undefined): string | undefined {
  return provider === GITLAB && /[^/]\/$/.test(issuer) ? issuer.slice(0, -1) : undefined;
}
