import { SHARED_CHECKS } from '../../domain/health.ts';
import type { HealthReport } from '../../application/health/health-report.ts';
import { member } from '../json/untrusted-json.ts';

/** Where the last report stands. The doctor asks for it by this name. */
export const HEALTH_REPORT_KEY = 'health|report';
export const HEALTH_REPORT_VERSION = 1;

/** What stands in the store may be another version's, or somebody's own. */
export function isHealthReport(value: unknown): value is HealthReport {
  const health = member(value, 'health');
  const shared = member(health, 'shared');
  return (
    isText(member(value, 'version')) &&
    isText(member(value, 'host')) &&
    isTime(member(value, 'checkedAt')) &&
    areAll(member(health, 'apps'), isAppHealth) &&
    SHARED_CHECKS.every((name) => isState(member(shared, name))) &&
    typeof member(health, 'noInstallationUsable') === 'boolean' &&
    areAll(member(value, 'subjects'), isSubject)
  );
}

function isAppHealth(value: unknown): boolean {
  return isText(member(value, 'name')) && isState(member(value, 'credentials')) && isState(member(value, 'quota'));
}

function isSubject(value: unknown): boolean {
  const permissions = member(value, 'permissions');
  return (
    isText(member(value, 'kind')) &&
    isText(member(value, 'name')) &&
    isTime(member(value, 'askedAt')) &&
    typeof member(value, 'used') === 'boolean' &&
    typeof member(value, 'usable') === 'boolean' &&
    areAll(member(value, 'findings'), isFinding) &&
    isRecord(member(value, 'facts'), (one) => isText(one) || typeof one === 'number') &&
    (permissions === undefined || isRecord(permissions, isText))
  );
}

function isFinding(value: unknown): boolean {
  const link = member(value, 'link');
  const severity = member(value, 'severity');
  const texts = ['rule', 'check', 'message', 'remedy'].map((name) => member(value, name));
  return texts.every(isText) && (severity === 'failing' || severity === 'note') && (link === undefined || isText(link));
}

function isState(value: unknown): boolean {
  return value === 'ok' || value === 'failing' || value === 'unknown';
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isRecord(value: unknown, isMember: (one: unknown) => boolean): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isMember);
}

function areAll(value: unknown, is: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
