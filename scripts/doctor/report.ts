import type { HealthReport } from '../../src/application/health/health-report.ts';
import { isHealthReport, HEALTH_REPORT_VERSION } from '../../src/infrastructure/cache/health-report-shape.ts';
import { member, parsedJson } from '../../src/infrastructure/json/untrusted-json.ts';
import { ill, note, well, type Finding } from './finding.ts';
import { plain } from './plain.ts';
import { isOlder, UPDATE } from './versions.ts';
import { visit } from './visit.ts';

/** A report is written at least hourly. */
const OLD_MS = 90 * 60_000;

/** @returns the report in what stands in the store; nothing where it is none that this version reads */
export function readReport(text: string): HealthReport | undefined {
  const json = parsedJson(text);
  const value = member(json, 'v') === HEALTH_REPORT_VERSION ? member(json, 'value') : undefined;
  return isHealthReport(value) ? value : undefined;
}

/** The scheduled check's whole report, in plain words. */
export async function lookIntoReport(
  report: HealthReport,
  service: URL,
  ownVersion: string,
): Promise<readonly Finding[]> {
  if (report.host !== service.host) {
    const sentence = `The report is about ${plain(report.host)}, and not about ${service.host}.`;
    return [
      ill('report', sentence, 'Give the report of this deployment; STS_DOMAIN may be another host than you asked for.'),
    ];
  }
  const told = report.subjects.flatMap(({ findings }) =>
    findings.map(({ severity, check, message, remedy, link }) => {
      const page = link === undefined || link === '' ? undefined : plain(link);
      return severity === 'failing'
        ? ill(plain(check), plain(message), plain(remedy), page)
        : note(plain(check), plain(message), plain(remedy), page);
    }),
  );
  return [...age(report), ...told, ...versionOf(report, ownVersion), ...facts(report), ...(await appPages(report))];
}

function age({ checkedAt }: HealthReport): readonly Finding[] {
  const minutes = Math.round((Date.now() - checkedAt) / 60_000);
  if (Date.now() - checkedAt < OLD_MS) return [well('report', `The scheduled check last reported ${minutes} min ago.`)];
  const remedy = 'See that the deployment has the cron trigger of wrangler.toml ([triggers]), and look into the log.';
  return [ill('report', `The scheduled check last reported ${minutes} min ago, and should every hour.`, remedy)];
}

function versionOf({ version }: HealthReport, own: string): readonly Finding[] {
  const sentence = `Version ${plain(version)} wrote the report; this checkout is ${own}.`;
  if (version === own) return [];
  return isOlder(version, own) === true ? [ill('version', sentence, UPDATE)] : [note('version', sentence)];
}

function facts({ subjects }: HealthReport): readonly Finding[] {
  return subjects.flatMap(({ kind, name, facts: known, findings }) => {
    if (findings.length > 0) return [];
    const shown = Object.entries(known).filter(([fact]) => FACTS.includes(fact));
    const text = shown.map(([fact, value]) => `${plain(fact).replaceAll('_', ' ')} ${plain(String(value))}`).join(', ');
    if (kind === 'app') return [well('app', `GitHub accepts the App ${plain(name)} (${text}).`)];
    if (kind === 'hook' && text !== '')
      return [well('webhook', `The webhook of ${plain(name)} is set up right (${text}).`)];
    return kind === 'installation'
      ? [well('installation', `${plain(name)}: installed, with what the service needs.`)]
      : [];
  });
}

const FACTS: readonly string[] = ['slug', 'owner', 'quota_left', 'deliveries', 'failed'];

/** Where organizations install the App. A private App has no public page. */
async function appPages({ subjects }: HealthReport): Promise<readonly Finding[]> {
  const pages = subjects.flatMap(({ kind, name, facts: { slug, page } }) => {
    const origin = typeof page === 'string' && URL.canParse(page) ? new URL(page) : undefined;
    if (kind !== 'app' || typeof slug !== 'string' || origin?.protocol !== 'https:') return [];
    return [{ name, url: new URL(`/apps/${encodeURIComponent(slug)}`, origin) }];
  });
  return Promise.all(
    pages.slice(0, MAX_PAGES).map(async ({ name, url }) => {
      const result = await visit(url);
      const isPublic = result.kind === 'answered' && result.status === 200;
      return isPublic
        ? well('app page', `${plain(name)} can be installed at ${plain(url.href)}.`)
        : note('app page', `${plain(url.href)} was not shown to anyone: a private App has no public page.`);
    }),
  );
}

const MAX_PAGES = 5;
