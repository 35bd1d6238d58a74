import type { Settings } from './settings.ts';

/** The service's own host, then the previous one while callers move. */
export function servedHosts({ stsDomain, previousStsDomain }: Settings): readonly string[] {
  return previousStsDomain === undefined ? [stsDomain] : [stsDomain, previousStsDomain];
}

/** Whether the service is served at this host: any, where the switch for local development says so. */
export function isServedHost(host: string, settings: Settings): boolean {
  return settings.allowLoopbackHttp || servedHosts(settings).includes(host.toLowerCase());
}
