import { isLoopbackHost } from './issuer-url.ts';

/** The addresses that follow from `GITHUB_BASE_URL`, the root of a GitHub server's REST API. */
export interface GitHubServer {
  /** REST root, without a trailing slash. */
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** Where people see repositories: `https://github.com`. */
  readonly webUrl: string;
  /** The issuer of this server's own GitHub Actions tokens. */
  readonly actionsIssuer: string;
}

const BASE_URL = /^(https?):\/\/(\[::1\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\/[A-Za-z0-9._~/-]*)?$/;
const ENTERPRISE_SERVER_PATH = '/api/v3';
/** GitHub with data residency: an enterprise's own host below ghe.com. */
const DATA_RESIDENCY_HOST = /^api\.([a-z0-9-]+\.ghe\.com)$/;

/** @returns nothing where the text is no address of a GitHub API that this service may call. */
export function githubServer(baseUrl: string, allowLoopbackHttp: boolean): GitHubServer | undefined {
  const match = BASE_URL.exec(baseUrl.replace(/\/+$/, ''));
  if (match === null) return undefined;
  const [, scheme = '', host = '', port = '', path = ''] = match;
  const loopback = isLoopbackHost(host.toLowerCase());
  if (scheme === 'http' && !(loopback && allowLoopbackHttp)) return undefined;
  if (path !== '' && path !== ENTERPRISE_SERVER_PATH) return undefined;
  const origin = `${scheme}://${host.toLowerCase()}${port}`;
  const addresses = {
    apiUrl: `${origin}${path}`,
    graphqlUrl: path === '' ? `${origin}/graphql` : `${origin}/api/graphql`,
  };
  const web = webAddresses(origin, host.toLowerCase(), path !== '' || loopback);
  return web === undefined ? undefined : { ...addresses, ...web };
}

/** Whether an issuer is the server's own for Actions, or that of an enterprise on it: one more path segment. */
export function isActionsIssuerOf(server: GitHubServer, issuer: string): boolean {
  if (issuer === server.actionsIssuer) return true;
  if (!issuer.startsWith(`${server.actionsIssuer}/`)) return false;
  return /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(issuer.slice(server.actionsIssuer.length + 1));
}

/** The host decides whose tokens can make an insider, so an unknown kind of host is not accepted. */
function webAddresses(
  origin: string,
  host: string,
  servesItself: boolean,
): Pick<GitHubServer, 'webUrl' | 'actionsIssuer'> | undefined {
  if (servesItself) return { webUrl: origin, actionsIssuer: `${origin}/_services/token` };
  if (host === 'api.github.com') {
    return { webUrl: 'https://github.com', actionsIssuer: 'https://token.actions.githubusercontent.com' };
  }
  const tenant = DATA_RESIDENCY_HOST.exec(host)?.[1];
  return tenant === undefined
    ? undefined
    : { webUrl: `https://${tenant}`, actionsIssuer: `https://token.actions.${tenant}` };
}
