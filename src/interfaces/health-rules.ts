import { version } from '../../package.json';
import type { App } from '../domain/apps.ts';
import { isLoopbackHost } from '../domain/issuer-url.ts';
import type { HealthRules } from '../application/health/health-rules.ts';

import { servedHosts } from './served-hosts.ts';
import type { Settings } from './settings.ts';

/** @param configuredAt when the settings were checked, in milliseconds since the epoch */
export function healthRules(settings: Settings, configuredAt: number): HealthRules {
  const { pools, github, allowedIssuers, knownIssuers, webhookSecrets, quotaFloors } = settings;
  const apps = everyApp(settings);
  const isAdmitted = (issuer: string): boolean => allowedIssuers?.has(issuer) ?? true;
  const named = new Set([github.actionsIssuer, ...settings.namedIssuers, ...(allowedIssuers ?? [])]);
  const known = (own: readonly App[]): readonly App[] => apps.filter(({ id }) => own.some((one) => one.id === id));
  return {
    version,
    host: settings.stsDomain,
    configuredAt,
    apps,
    owners: [
      ...pools.filter(({ owner }) => owner !== EVERY_OTHER_OWNER),
      ...[...(settings.webhookOrganizations ?? [])].map((owner) => ({ owner, apps: appsOf(owner, settings) })),
    ].map((pool) => ({ owner: pool.owner, apps: known(pool.apps) })),
    webhookUrls: servedHosts(settings).map((host) => webhookUrl(host, settings)),
    hasWebhookSecret: ({ id }) => webhookSecrets.shared.length > 0 || webhookSecrets.byAppId.has(id),
    namedIssuers: [...named].filter(isAdmitted),
    defaultIssuers: [...knownIssuers].filter((issuer) => !named.has(issuer) && isAdmitted(issuer)),
    quotaFloor: quotaFloors.hard,
  };
}

const EVERY_OTHER_OWNER = '*';

/** Each once. Two of one name, in two pools, are told apart by their ids. */
function everyApp({ pools }: Settings): readonly App[] {
  const byId = new Map(pools.flatMap(({ apps }) => apps.map(({ id, name }) => [id, { id, name }] as const)));
  const all = [...byId.values()];
  return all.map(({ id, name }) => {
    const isAlone = all.filter((one) => one.name === name).length === 1;
    return { id, name: isAlone ? name : `${name}-${id}` };
  });
}

function appsOf(owner: string, { pools }: Settings): readonly App[] {
  const pool = pools.find((one) => one.owner === owner) ?? pools.find((one) => one.owner === EVERY_OTHER_OWNER);
  return pool?.apps ?? [];
}

function webhookUrl(host: string, { allowLoopbackHttp }: Settings): string {
  const name = host.replace(/:[0-9]+$/, '');
  const scheme = allowLoopbackHttp && isLoopbackHost(name) ? 'http' : 'https';
  return `${scheme}://${host}/webhook`;
}
