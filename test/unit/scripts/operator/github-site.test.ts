import { describe, expect, it } from '@jest/globals';
import { appSettingsPage, githubSite, registrationPage } from '../../../../scripts/operator/github-site.ts';

const ACME = { kind: 'organization', name: 'acme' } as const;

describe('a GitHub as people name it', () => {
  it.each([
    ['https://github.com', 'https://api.github.com', 'https://github.com'],
    ['https://github.com/', 'https://api.github.com', 'https://github.com'],
    ['https://api.github.com', 'https://api.github.com', 'https://github.com'],
    ['https://acme.ghe.com', 'https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['https://api.acme.ghe.com', 'https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['https://git.acme.dev', 'https://git.acme.dev/api/v3', 'https://git.acme.dev'],
    ['https://git.acme.dev/api/v3', 'https://git.acme.dev/api/v3', 'https://git.acme.dev'],
    ['http://127.0.0.1:8790', 'http://127.0.0.1:8790', 'http://127.0.0.1:8790'],
  ])('has its addresses: %s', (address, apiUrl, webUrl) => {
    expect(githubSite(address)?.server).toMatchObject({ apiUrl, webUrl });
  });

  it.each([
    '',
    'github.com',
    'http://github.com',
    'https://github.com?x=1',
    'https://a:b@github.com',
    'ftp://127.0.0.1',
  ])('is none: %j', (address) => {
    expect(githubSite(address)).toBeUndefined();
  });

  it('has pages for Apps of users, of organizations and of enterprises', () => {
    const site = githubSite('https://github.com')!;
    expect(registrationPage(site, ACME)).toBe('https://github.com/organizations/acme/settings/apps/new');
    expect(registrationPage(site, { kind: 'user', name: 'octocat' })).toBe('https://github.com/settings/apps/new');
    expect(appSettingsPage(site, ACME, 'acme-sts')).toBe(
      'https://github.com/organizations/acme/settings/apps/acme-sts',
    );
    expect(appSettingsPage(site, { kind: 'enterprise', name: 'acme-group' }, 'acme-sts')).toBe(
      'https://github.com/enterprises/acme-group/settings/apps/acme-sts',
    );
  });
});
