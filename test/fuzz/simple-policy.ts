import { parse } from 'yaml';
import { isJsonObject } from '../support/json.ts';
import { asText } from './hostile.ts';
import type { AccessToken } from '../support/github/access-tokens.ts';

/**
 * A policy file as a reader sees it who knows YAML and the specification's table, and nothing of the code under test. Every
 * scalar is text (YAML's failsafe schema).
 */
export type SimplePolicy = Readonly<Record<string, unknown>>;

export type Answer3 = 'yes' | 'no' | 'unknown';

/** @returns nothing where it is no map */
export function simpleReading(text: string): SimplePolicy | undefined {
  try {
    const options = { schema: 'failsafe', uniqueKeys: false, maxAliasCount: 100, logLevel: 'silent' } as const;
    const value: unknown = parse(text, options);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function text(policy: SimplePolicy, name: string): string | undefined {
  const value = Object.hasOwn(policy, name) ? policy[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** JavaScript's engine goes back and forth: a few repetitions are bounded, nested ones are not. */
const MOST_REPETITIONS = 6;
const NESTED_REPETITION = /\)[*+?{]/;
/** RE2's own syntax, or another meaning of the same text. */
const OTHER_SYNTAX = /\\[QEpPzAC]|\(\?|\[\[|\\$/;

/** `unknown` where JavaScript can't tell, or not in bounded time. */
export function wholeMatch(pattern: string, value: string): Answer3 {
  const repetitions = pattern.match(/[*+?{]/g) ?? [];
  if (OTHER_SYNTAX.test(pattern) || repetitions.length > MOST_REPETITIONS) return 'unknown';
  if (NESTED_REPETITION.test(pattern) && repetitions.length > 1) return 'unknown';
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(value) ? 'yes' : 'no';
  } catch {
    return 'unknown';
  }
}

function fieldHolds(policy: SimplePolicy, name: string, values: readonly string[], otherwise?: string): Answer3 {
  const exact = text(policy, name);
  const pattern = text(policy, `${name}_pattern`);
  if (pattern !== undefined) return any(values.map((value) => wholeMatch(pattern, value)));
  return values.includes(exact ?? otherwise ?? '') ? 'yes' : 'no';
}

/** One of two lists, or a single text or pattern. */
function subjectHolds(policy: SimplePolicy, values: readonly string[]): Answer3 {
  const { subjects, subject_patterns: patterns } = policy;
  if (Array.isArray(subjects)) return values.some((value) => subjects.map(asText).includes(value)) ? 'yes' : 'no';
  if (!Array.isArray(patterns)) return fieldHolds(policy, 'subject', values);
  return any(values.flatMap((value) => patterns.map((pattern) => wholeMatch(asText(pattern), value))));
}

/** Whether the policy names the issuer. */
export function namesIssuer(policy: SimplePolicy, issuer: string): Answer3 {
  return fieldHolds(policy, 'issuer', [issuer]);
}

/** Whether the policy admits a token with these claims, which the issuer signed. */
export function admits(policy: SimplePolicy, claims: unknown, audience: string): Answer3 {
  const own = (name: string): unknown =>
    typeof claims === 'object' && claims !== null && Object.hasOwn(claims, name)
      ? (claims as Record<string, unknown>)[name]
      : undefined;
  const patterns = Object.entries(isJsonObject(policy.claim_pattern) ? policy.claim_pattern : {});
  return all([
    namesIssuer(policy, asText(own('iss'))),
    subjectHolds(policy, texts(own('sub'))),
    fieldHolds(policy, 'audience', texts(own('aud')), audience),
    ...patterns.map(([name, pattern]) => any(texts(own(name)).map((one) => wholeMatch(asText(pattern), one)))),
  ]);
}

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => {
    if (typeof one === 'string') return [one];
    if (typeof one === 'boolean') return [String(one)];
    return typeof one === 'number' && Number.isSafeInteger(one) ? [one.toFixed(0)] : [];
  });
}

function any(answers: readonly Answer3[]): Answer3 {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

function all(answers: readonly Answer3[]): Answer3 {
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

const LEVELS = ['read', 'write', 'admin'];

/** What of these permissions the policy does not grant. An empty set would be everything. */
export function permissionsBeyond(policy: SimplePolicy, permissions: unknown): readonly string[] {
  const granted = isJsonObject(policy.permissions) ? policy.permissions : {};
  const asked = Object.entries(isJsonObject(permissions) ? permissions : {}).filter(([name]) => name !== 'metadata');
  if (asked.length === 0 && granted.metadata === undefined) return ['no permission at all, which means all of them'];
  return asked
    .filter(([name, level]) => {
      const most = Object.hasOwn(granted, name) ? LEVELS.indexOf(asText(granted[name])) : -1;
      return !LEVELS.includes(asText(level)) || LEVELS.indexOf(asText(level)) > most;
    })
    .map(([name, level]) => `${name}: ${asText(level)} beyond the policy`);
}

/** Where the policy was read for: a repository, the organization, or the policy repository by its own name. */
export type Scope = 'acme/app' | 'acme' | 'acme/.github';

/** The repositories that the policy grants; `all` means those of the installation. */
export function repositoriesOf(policy: SimplePolicy, scope: Scope): 'all' | readonly string[] {
  const { repositories } = policy;
  if (scope === 'acme/app') return ['app'];
  if (Array.isArray(repositories) && repositories.length > 0) return repositories.map(asText);
  return scope === 'acme' || repositories !== undefined ? 'all' : ['.github'];
}

/** What of the token's repositories the policy does not grant. */
export function repositoriesBeyond(
  token: AccessToken,
  granted: 'all' | readonly string[],
  nameOf: (id: number) => string,
): readonly string[] {
  if (granted === 'all') return [];
  if (token.repositoryIds === 'all') return ['all repositories, beyond the policy'];
  const lower = granted.map((one) => one.toLowerCase());
  const names = [...token.repositoryIds].map(nameOf);
  return names.filter((name) => !lower.includes(name.toLowerCase())).map((name) => `${name}, beyond the policy`);
}
