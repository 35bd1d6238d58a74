import { HEALTH_REPORT_KEY } from '../../src/infrastructure/cache/health-report-shape.ts';
import type { HealthReport } from '../../src/application/health/health-report.ts';
import type { Wrangler } from '../operator/wrangler.ts';
import { readReport } from './report.ts';

/** What wrangler calls a namespace that it makes for the binding, and what `kv namespace create` is told in our documents. */
const TITLE = /(^|-)octo[-_]sts[-_]kv$/i;
const MAX_NAMESPACES = 10;
const MAX_ACCOUNTS = 5;
const ACCOUNT_VARIABLE = 'CLOUDFLARE_ACCOUNT_ID';

export type ReportSearch =
  { readonly kind: 'found'; readonly report: HealthReport } | { readonly kind: 'none'; readonly reason: string };

interface Place {
  readonly namespaceId: string;
  /** Nothing where wrangler knows the account by itself. */
  readonly accountId: string | undefined;
}

/** Where to look, or why there is nowhere. */
type Places =
  { readonly kind: 'known'; readonly places: readonly Place[] } | { readonly kind: 'unknown'; readonly reason: string };

/**
 * The report of this host, among the KV namespaces that wrangler may read.
 *
 * @param namespaceId the namespace to look into; the accounts' are searched unless given
 */
export async function searchWithWrangler(
  wrangler: Wrangler,
  host: string,
  namespaceId: string | undefined,
): Promise<ReportSearch> {
  const found = await placesOf(wrangler, namespaceId);
  if (found.kind === 'unknown') return { kind: 'none', reason: found.reason };
  const places = found.places.slice(0, MAX_NAMESPACES);
  for (const place of places) {
    const stored = await wrangler.storedText(place.namespaceId, HEALTH_REPORT_KEY, place.accountId);
    const report = stored.kind === 'found' ? readReport(stored.text) : undefined;
    if (report?.host === host) return { kind: 'found', report };
  }
  const count = namespaceId === undefined ? places.length : 1;
  const left = found.places.length - places.length;
  const more = left > 0 ? `, and ${left} more were not read: name one with --namespace` : '';
  return { kind: 'none', reason: `no report about ${host} in ${count} KV namespace${count === 1 ? '' : 's'}${more}` };
}

async function placesOf(wrangler: Wrangler, namespaceId: string | undefined): Promise<Places> {
  const accounts = await accountIds(wrangler);
  if (accounts === 'logged-out') return { kind: 'unknown', reason: 'wrangler is not logged in' };
  if (namespaceId !== undefined)
    return { kind: 'known', places: accounts.map((accountId) => ({ namespaceId, accountId })) };
  const places: Place[] = [];
  let isListed = false;
  for (const accountId of accounts) {
    const result = await wrangler.namespaces(accountId);
    if (result.kind === 'failed') continue;
    isListed = true;
    const fitting = result.namespaces.filter(({ title }) => TITLE.test(title));
    places.push(...fitting.map(({ id }) => ({ namespaceId: id, accountId })));
  }
  return isListed ? { kind: 'known', places } : { kind: 'unknown', reason: 'wrangler can’t list KV namespaces' };
}

/** The login's accounts, where it has several and the environment does not say which. */
async function accountIds(wrangler: Wrangler): Promise<readonly (string | undefined)[] | 'logged-out'> {
  if ((process.env[ACCOUNT_VARIABLE] ?? '') !== '') return [undefined];
  const result = await wrangler.accounts();
  switch (result.kind) {
    case 'logged-in':
      return result.accounts.length > 1 ? result.accounts.slice(0, MAX_ACCOUNTS).map(({ id }) => id) : [undefined];
    case 'logged-out':
      return 'logged-out';
    // A token may be allowed to read KV, and not to say whose it is.
    case 'failed':
      return [undefined];
  }
}
