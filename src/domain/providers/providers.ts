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
  KUBERNETES,
  AWS_EKS,
  AWS_STS,
  AZURE,
  BUILDKITE,
  CIRCLECI,
  TERRAFORM,
];

/** Hosts of providers whose issuers go on with an id. */
const HOSTS: readonly string[] = [
  'token.actions.githubusercontent.com',
  'login.microsoftonline.com',
  'sts.windows.net',
  'oidc.circleci.com',
  'container.googleapis.com',
];

/** An issuer has 255 at most; the rest is for what may stand around one. */
const MAX_ISSUER_CHARACTERS = 400;

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
  if (issuer.length > MAX_ISSUER_CHARACTERS) return undefined;
  if (others.includes(issuer) || (providerOf(issuer) !== undefined && !isAlias(issuer))) return undefined;
  const cleaned = withoutForm(issuer);
  const known = [...PROVIDERS.flatMap((one) => one.issuers), ...others];
  return (
    known.find((one) => bare(one) === bare(cleaned)) ??
    mended(cleaned) ??
    (providerOf(cleaned) === undefined ? undefined : cleaned) ??
    known.find((one) => one.startsWith(`${cleaned}.`)) ??
    misspelt(bare(cleaned), known) ??
    withMendedHost(cleaned)
  );
}

function mended(text: string): string | undefined {
  return PROVIDERS.map((one) => aliasOf(one, text) ?? one.mendIssuer?.(text)).find((one) => one !== undefined);
}

/** Without what stands around an issuer elsewhere: quotes, an ARN of AWS, the port, the path to its metadata. */
function withoutForm(text: string): string {
  const unquoted = text
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '')
    .replace(/^arn:aws[a-z-]*:iam::\d*:oidc-provider\//, '');
  const plain = withScheme(unquoted)
    .replace(/\/\.well-known(?:\/.*)?$/, '')
    .replace(/^(https:\/\/[^/]+):443(?=\/|$)/, '$1');
  return plain.replace(/^https:\/\/[^/]+/, (host) => host.toLowerCase());
}

/** A typing error in the host of an issuer that goes on with an id. */
function withMendedHost(text: string): string | undefined {
  const [, host = '', path = ''] = /^https:\/\/([^/]+)(\/.*)?$/.exec(text) ?? [];
  const near = HOSTS.find((one) => editDistance(one, host) <= MAX_EDITS);
  if (near === undefined) return undefined;
  const meant = `https://${near}${path}`;
  return providerOf(meant) === undefined ? mended(meant) : meant;
}

function isAlias(issuer: string): boolean {
  return PROVIDERS.some((one) => aliasOf(one, issuer) !== undefined);
}

function aliasOf({ issuerAliases }: Provider, text: string): string | undefined {
  return issuerAliases?.get(bare(text));
}

function withScheme(text: string): string {
  return `https://${text.replace(/^https?[:/]+/i, '')}`;
}

/** Issuers that differ in letters' size or in slashes at the end alone are one. */
function bare(issuer: string): string {
  return issuer.toLowerCase().replace(/\/+$/, '');
}

function misspelt(text: string, known: readonly string[]): string | undefined {
  return known
    .map((one) => ({ one, distance: editDistance(text, one.toLowerCase()) }))
    .filter(({ distance }) => distance <= MAX_EDITS)
    .toSorted((a, b) => a.distance - b.distance)[0]?.one;
}
