import { isLoopbackHost } from '../../src/domain/issuer-url.ts';
import { githubServer, type GitHubServer } from '../../src/domain/github-server.ts';

/** A GitHub as people name it: `https://github.com`, `https://acme.ghe.com`, `https://github.acme.example`. */
export interface GitHubSite {
  readonly server: GitHubServer;
  /** On this machine and without TLS: an emulator, for a rehearsal. */
  readonly isLoopback: boolean;
}

/** Whose settings an App is among. */
export interface AppOwner {
  readonly kind: 'organization' | 'user' | 'enterprise';
  readonly name: string;
}

export const GITHUB_COM = 'https://github.com';

/** @returns nothing where the text is no address of a GitHub */
export function githubSite(address: string): GitHubSite | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // No name, no password, no query and no fragment.
  if (url === undefined || `${url.username}${url.password}${url.search}${url.hash}` !== '') return undefined;
  const isLoopback = url.protocol === 'http:' && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !isLoopback) return undefined;
  const server = githubServer(apiAddress(url), true);
  return server === undefined ? undefined : { server, isLoopback };
}

/** REST API of a site (GitHub's documentation, "Getting started with the REST API"); the address of an API stays. */
function apiAddress(url: URL): string {
  const { host, origin, pathname, protocol } = url;
  if (host === 'github.com' || host === 'api.github.com') return 'https://api.github.com';
  if (/^api\.[a-z0-9-]+\.ghe\.com$/.test(host)) return origin;
  if (/^[a-z0-9-]+\.ghe\.com$/.test(host)) return `${protocol}//api.${host}`;
  if (protocol === 'http:') return origin + pathname.replace(/\/$/, '');
  return pathname === '/' ? `${origin}/api/v3` : origin + pathname.replace(/\/$/, '');
}

/** Where an owner registers Apps. */
export function registrationPage({ server }: GitHubSite, owner: AppOwner): string {
  return `${appSettings(server, owner)}/new`;
}

/** Where an owner finds an App's keys and permissions. */
export function appSettingsPage({ server }: GitHubSite, owner: AppOwner, slug: string): string {
  return `${appSettings(server, owner)}/${encodeURIComponent(slug)}`;
}

function appSettings({ webUrl }: GitHubServer, { kind, name }: AppOwner): string {
  switch (kind) {
    case 'user':
      return `${webUrl}/settings/apps`;
    case 'organization':
      return `${webUrl}/organizations/${encodeURIComponent(name)}/settings/apps`;
    case 'enterprise':
      return `${webUrl}/enterprises/${encodeURIComponent(name)}/settings/apps`;
  }
}
