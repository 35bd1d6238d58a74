import { quoted } from '../fault.ts';
import { plainTextOf } from '../pattern-style.ts';
import { nearestIssuer } from '../providers/providers.ts';
import { escapedPattern, yamlText } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** An issuer that nobody has, a slash, a letter or two away from one that everybody means. */
export const issuerNearMiss: LintRule = ({ issuers, context }) =>
  issuers.flatMap(({ by, text, path, name }) => {
    const meant = by === 'value' ? text : plainTextOf(text);
    const nearest = meant === undefined ? undefined : nearestIssuer(meant, [context.actionsIssuer]);
    if (meant === undefined || nearest === undefined) return [];
    const value = by === 'value' ? nearest : escapedPattern(nearest);
    return [
      warning(
        'issuer-near-miss',
        path,
        `No token has the issuer ${quoted(meant)}, which is nearly that of a known provider.`,
        `Write: ${name}: ${yamlText(value)}`,
        /[A-Z]{4,}-/.test(nearest) ? undefined : { path, value },
      ),
    ];
  });
