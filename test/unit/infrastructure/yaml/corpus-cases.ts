import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { RawClaims } from '../../../../src/domain/claims.ts';
import type { PolicyLintContext } from '../../../../src/domain/lint/linted-policy.ts';
import type { PolicyLevel } from '../../../../src/domain/permission-set.ts';
import type { PolicyContext } from '../../../../src/domain/trust-policy.ts';

/** A case as the files of `test/corpus` hold it; its README explains the keys. */
export interface CorpusCase {
  readonly file: string;
  readonly title: string;
  readonly kind?: 'allowlist' | 'guardrails';
  /** Those that the policy is judged by. */
  readonly guardrails?: string;
  readonly outside?: readonly string[];
  readonly text?: string;
  readonly minimal_plus?: string;
  readonly more_permissions?: string;
  readonly recipe?: {
    readonly before: string;
    readonly repeat: string;
    readonly times: number;
    readonly after?: string;
  };
  readonly newlines?: 'crlf';
  readonly bom?: boolean;
  readonly level?: PolicyLevel;
  readonly settings?: { readonly operator_lists_issuers?: boolean; readonly allow_loopback_http?: boolean };
  readonly invalid?: readonly string[];
  readonly invalid_somehow?: boolean;
  readonly warnings?: readonly string[];
  readonly notices?: readonly string[];
  readonly named?: string;
  readonly write?: string;
  readonly schema_accepts?: string;
  readonly schema_refuses?: string;
  readonly tokens?: readonly CorpusToken[];
  readonly issuers?: Readonly<Record<string, 'listed' | 'not'>>;
}

export interface CorpusToken {
  readonly claims?: RawClaims;
  readonly without?: readonly string[];
  readonly matches: boolean;
  readonly mismatched?: readonly string[];
}

export const ACTIONS_ISSUER = 'https://token.actions.githubusercontent.com';
export const SERVICE_AUDIENCE = 'sts.example.com';

const MINIMAL = `issuer: ${ACTIONS_ISSUER}
subject: repo:octo-org/app:ref:refs/heads/main
permissions:
  contents: read
`;
const TOKEN_CLAIMS: RawClaims = {
  iss: ACTIONS_ISSUER,
  sub: 'repo:octo-org/app:ref:refs/heads/main',
  aud: SERVICE_AUDIENCE,
};
const GUARDRAILS = 'guardrails.yaml';
const CORPUS = join(import.meta.dirname, '../../../corpus');

/** Policies and allowlists. */
export function corpusCases(): readonly CorpusCase[] {
  return casesIn(readdirSync(CORPUS).filter((name) => name.endsWith('.yaml') && name !== GUARDRAILS));
}

/** Guardrails, and policies under guardrails. */
export function guardrailCases(): readonly CorpusCase[] {
  return casesIn([GUARDRAILS]);
}

function casesIn(files: readonly string[]): readonly CorpusCase[] {
  return files.flatMap((file) => {
    const cases = parse(readFileSync(join(CORPUS, file), 'utf8')) as readonly Omit<CorpusCase, 'file'>[];
    return cases.map((one) => ({ ...one, file }));
  });
}

export function fileText(one: CorpusCase): string {
  const text = one.text ?? recipeText(one) ?? MINIMAL + indented(one.more_permissions ?? '') + (one.minimal_plus ?? '');
  const lines = one.newlines === 'crlf' ? text.replaceAll('\n', '\r\n') : text;
  return one.bom === true ? `\ufeff${lines}` : lines;
}

function indented(lines: string): string {
  return lines.replace(/^(?=.)/gm, '  ');
}

function recipeText({ recipe }: CorpusCase): string | undefined {
  if (recipe === undefined) return undefined;
  const { before, repeat, times, after = '' } = recipe;
  return before + Array.from({ length: times }, (_, n) => repeat.replaceAll('{n}', String(n))).join('') + after;
}

export function policyContext({ level = 'repository', settings = {} }: Partial<CorpusCase> = {}): PolicyContext {
  return {
    level,
    allowLoopbackHttp: settings.allow_loopback_http ?? false,
    isActionsIssuer: (issuer) => issuer === ACTIONS_ISSUER || issuer.startsWith(`${ACTIONS_ISSUER}/`),
    operatorListsIssuers: settings.operator_lists_issuers ?? false,
  };
}

export function lintContext({ level }: Partial<CorpusCase> = {}): PolicyLintContext {
  return {
    path: '.github/chainguard/corpus.sts.yaml',
    repository: level === 'organization' ? '.github' : 'app',
    actionsIssuer: ACTIONS_ISSUER,
  };
}

export function tokenClaims({ claims = {}, without = [] }: CorpusToken): RawClaims {
  const all = Object.entries({ ...TOKEN_CLAIMS, ...claims });
  return Object.fromEntries(all.filter(([name]) => !without.includes(name)));
}
