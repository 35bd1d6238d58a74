import { nearestName } from '../edit-distance.ts';
import { quoted } from '../fault.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/providers.ts';
import { yamlText } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';

const MAX_NAME_EDITS = 2;

/** A claim that the provider's tokens don't have: such a policy never matches. */
export const claimUnknown: LintRule = ({ provider, claimPatterns }) => {
  if (provider === undefined) return [];
  return claimPatterns.flatMap(({ claim, path, text }) => {
    if (isClaimOf(provider, claim)) return [];
    const object = [...(provider.objectClaims ?? [])].find((one) => claim.startsWith(one));
    if (object !== undefined) {
      const message = `Tokens of ${provider.name} have no claim ${quoted(claim)}: it stands within the object ${quoted(object)}, which no pattern reaches.`;
      return [warning('claim-unknown', path, message, 'Take the line away, and say it with the subject.')];
    }
    const nearest = nearestClaim(provider, claim);
    if (nearest === undefined && !provider.claimsAreComplete) return [];
    const message = `Tokens of ${provider.name} have no claim ${quoted(claim)}, so the policy never matches.`;
    if (nearest === undefined) {
      return [warning('claim-unknown', path, message, `Name one that they have: ${someClaims(provider)}.`)];
    }
    if (nearest === 'sub') return [warning('claim-unknown', path, message, SUBJECT_ADVICE)];
    const of = PROVIDERS.find((one) => one.claims.has(claim));
    if (of !== undefined) {
      const advice = `${of.name} has it. Here ${nearest} says the like: write it with the value that stands there.`;
      return [warning('claim-unknown', path, message, advice)];
    }
    const advice = `Write: ${yamlText(nearest)}: ${yamlText(text)}`;
    return [warning('claim-unknown', path, message, advice, { path, key: nearest })];
  });
};

const SUBJECT_ADVICE = 'Take the line away: the subject says it already.';
const MAX_NAMED = 8;

export function isClaimOf({ claims, claimPrefixes = [], objectClaims }: Provider, name: string): boolean {
  return (
    claims.has(name) || objectClaims?.has(name) === true || claimPrefixes.some((prefix) => name.startsWith(prefix))
  );
}

function nearestClaim({ claims, claimAliases }: Provider, name: string): string | undefined {
  const likely = name.trim().toLowerCase().replaceAll('-', '_');
  return claimAliases?.get(name) ?? claimAliases?.get(likely) ?? nearestName(likely, claims.keys(), MAX_NAME_EDITS);
}

function someClaims({ claims }: Provider): string {
  return [...claims.keys()].slice(-MAX_NAMED).join(', ');
}
