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
    known.find((one) => sameButForm(one, cleaned) || (one === cleaned && one !== issuer)) ??
    mended(cleaned) ??
    (cleaned !== issuer && providerOf(cleaned) !== undefined ? cleaned : undefined) ??
    known.find((one) => one.startsWith(`${cleaned}.`)) ??
    misspelt(cleaned.toLowerCase().replace(/\/+$/, ''), known) ??
    withMendedHost(cleaned)
  );
}

function mended(text: string): string | undefined {
  return PROVIDERS.map((one) => aliasOf(one, text) ?? one.mendIssuer?.(text)).find((one) => one !== undefined);
}

/** Without what stands around an issuer elsewhere: quotes, an ARN of AWS, the port, the path to its metadata. */
function withoutForm(text: string): string {
  const bare = text
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '')
    .replace(/^arn:aws[a-z-]*:iam::\d*:oidc-provider\//, '');
  const plain = withScheme(bare)
    .replace(/\/\.well-known(?:\/.*)?$/, '')
    .replace(/^(https:\/\/[^/]+):443(?=\/|$)/, '$1');
  return plain.replace(/^https:\/\/[^/]+/, (host) => host.toLowerCase());
}

/** A typing error in the host of an issuer that goes on with an id. */
function withMendedHost(text: string): string | undefined {
  const [, host = '', path = ''] = /^https:\/\/([^/]+)(\/.*)?$/.exec(text) ?? [];
  const near = HOSTS.find((one) => one !== host && editDistance(one, host) <= MAX_EDITS);
  if (near === undefined) return undefined;
  const meant = `https://${near}${path}`;
  return providerOf(meant) === undefined ? mended(meant) : meant;
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
