export const MAX_ISSUER_LENGTH = 255;
/** With the underscore, which DNS allows and some issuers' hosts have (RFC 2181 §11). */
const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
/** The URL standard reads a host whose last label is numeric as an IPv4 address, in any notation. */
const NUMERIC_LABEL = /^([0-9]+|0[xX][0-9A-Fa-f]*)$/;
const PATH = /^[A-Za-z0-9._~/-]*$/;
const PORT = /^[0-9]{1,5}$/;

export interface IssuerUrlRules {
  /** Local development: also plain http on a loopback address. */
  readonly allowLoopbackHttp: boolean;
}

interface Authority {
  readonly host: string;
  readonly port: string | undefined;
}

/**
 * Judges an issuer by its raw text: a URL parser would normalize it and hide differences
 * (OpenID Connect Discovery 1.0 §2: https, no query, no fragment).
 *
 * @returns what is wrong, as half a sentence; nothing when it is acceptable.
 */
export function issuerUrlFault(raw: string, rules: IssuerUrlRules): string | undefined {
  if (raw.length > MAX_ISSUER_LENGTH) return `is longer than ${MAX_ISSUER_LENGTH} characters`;
  if (raw.startsWith('http://')) return loopbackFault(raw.slice('http://'.length), rules);
  if (!raw.startsWith('https://')) return 'must start with https://';
  const [authority, path] = splitAuthority(raw.slice('https://'.length));
  return hostFault(authority) ?? pathFault(path);
}

/** An address of this machine: what `ALLOW_LOOPBACK_HTTP` admits. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
}

function loopbackFault(rest: string, rules: IssuerUrlRules): string | undefined {
  const [authority, path] = splitAuthority(rest);
  const { host, port } = splitPort(authority);
  if (!rules.allowLoopbackHttp || !isLoopbackHost(host)) return 'must start with https://';
  return portFault(port) ?? pathFault(path);
}

function splitAuthority(rest: string): [string, string] {
  const slash = rest.indexOf('/');
  return slash === -1 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash)];
}

function splitPort(authority: string): Authority {
  // Within brackets it belongs to the address (RFC 3986 §3.2.2).
  const colon = authority.indexOf(':', authority.indexOf(']'));
  if (colon === -1) return { host: authority, port: undefined };
  return { host: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

/** The bound on an issuer's length keeps a host below the 253 characters that DNS allows. */
function hostFault(authority: string): string | undefined {
  const { host, port } = splitPort(authority);
  const labels = host.split('.');
  if (!labels.every((label) => LABEL.test(label))) return 'has no acceptable host name';
  if (labels.length < 2) return 'must have a host name of at least two labels';
  if (NUMERIC_LABEL.test(host.slice(host.lastIndexOf('.') + 1))) return 'must not be an IP address';
  return portFault(port);
}

function portFault(port: string | undefined): string | undefined {
  if (port === undefined) return undefined;
  const valid = PORT.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  return valid ? undefined : 'has no acceptable port';
}

function pathFault(path: string): string | undefined {
  if (path.includes('?')) return 'must not have a query';
  if (path.includes('#')) return 'must not have a fragment';
  if (!PATH.test(path)) return 'has a character in its path that is not a letter, a digit or one of -._~/';
  if (path.includes('..') || path.includes('//')) return 'must not hold ".." or "//" in its path';
  // URL parsers drop it (WHATWG URL, "single-dot URL path segment"), so two texts would be one address.
  if (path.split('/').includes('.')) return 'must not have "." as a part of its path';
  return undefined;
}

/** Why an issuer can't stand in an organization's list. */
export function listedIssuerFault(issuer: string, rules: IssuerUrlRules): string | undefined {
  return issuerUrlFault(issuer, rules) ?? caseFault(issuer);
}

/** Issuers compare byte for byte, and every issuer writes scheme and host in lower case: anything else would list nobody. */
function caseFault(issuer: string): string | undefined {
  const origin = issuer.split('/', 3);
  return origin.every((part) => part === part.toLowerCase()) ? undefined : 'must have its host in lower case';
}
