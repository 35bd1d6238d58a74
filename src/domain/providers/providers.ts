import { editDistance } from '../edit-distance.ts';
import { AWS_STS } from './aws-sts.ts';
import { AZURE } from './azure.ts';
import { BUILDKITE } from './buildkite.ts';
import { CIRCLECI } from './circleci.ts';
import { GITHUB_ACTIONS } from './github-actions.ts';
import { GITLAB } from './gitlab.ts';
import { GOOGLE } from './google.ts';
import { AWS_EKS, KUBERNETES } from './kubernetes.ts';
import type { Provider } from './provider.ts';
import { TERRAFORM } from './terraform.ts';

export const PROVIDERS: readonly Provider[] = [
  GITHUB_ACTIONS,
  GITLAB,
  GOOGLE,
  AWS_EKS,
  AWS_STS,
  AZURE,
  KUBERNETES,
  BUILDKITE,
  CIRCLECI,
  TERRAFORM,
];

/** Shorter ones are nearly all a few edits apart. */
const MAX_EDITS = 2;

/** Whose issuer this is; nothing for one that is not known here, which may be anybody's. */
export function providerOf(issuer: string): Provider | undefined {
  return PROVIDERS.find((one) => one.issuer.holds(issuer));
}

/**
 * The issuer that was meant: one without a typing error, without a slash too many or too few, in the right letters.
 * Nothing where the issuer is a known one, or like none.
 *
 * @param others further exact issuers that are known to whoever asks, such as the configured server's
 */
export function nearestIssuer(issuer: string, others: readonly string[]): string | undefined {
  if (others.includes(issuer) || (providerOf(issuer) !== undefined && !isAlias(issuer))) return undefined;
  const cleaned = withScheme(issuer.trim()).replace(/\/\.well-known\/.*$/, '');
  const known = [...PROVIDERS.flatMap((one) => one.issuers), ...others];
  return (
    known.find((one) => sameButForm(one, cleaned)) ??
    PROVIDERS.map((one) => aliasOf(one, cleaned) ?? one.mendIssuer?.(cleaned)).find((one) => one !== undefined) ??
    (cleaned !== issuer && providerOf(cleaned) !== undefined ? cleaned : undefined) ??
    misspelt(cleaned.toLowerCase().replace(/\/+$/, ''), known)
  );
}

function isAlias(issuer: string): boolean {
  return PROVIDERS.some((one) => one.issuerAliases?.has(issuer) === true);
}

function aliasOf({ issuerAliases }: Provider, text: string): string | undefined {
  return issuerAliases?.get(text.toLowerCase()) ?? issuerAliases?.get(text.toLowerCase().replace(/\/+$/, ''));
}

function withScheme(text: string): string {
  if (/^http:\/\//i.test(text)) return text.replace(/^http:/i, 'https:');
  return /^https:\/\//i.test(text) ? text : `https://${text.replace(/^https?:?\/*/i, '')}`;
}

function sameButForm(known: string, text: string): boolean {
  return known.toLowerCase().replace(/\/+$/, '') === text.toLowerCase().replace(/\/+$/, '') && known !== text;
}

function misspelt(text: string, known: readonly string[]): string | undefined {
  return known
    .map((one) => ({ one, distance: editDistance(text, one.toLowerCase()) }))
    .filter(({ distance }) => distance > 0 && distance <= MAX_EDITS)
    .toSorted((a, b) => a.distance - b.distance)[0]?.one;
}
