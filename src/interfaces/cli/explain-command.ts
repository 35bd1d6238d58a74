import { basename } from 'node:path';
import { explainMismatch } from '../../application/exchange/explanation.ts';
import { Claims, type RawClaims } from '../../domain/claims.ts';
import { shownTokenFaults } from '../../domain/guarded-token.ts';
import type { Guardrails, TokenFault } from '../../domain/guardrails.ts';
import {
  narrow,
  selectedRepositories,
  type Grant,
  type NarrowedGrant,
  type Narrowing,
  type RepositorySelection,
} from '../../domain/narrowing.ts';
import { POLICY_SUFFIX } from '../../domain/policy-location.ts';
import type { TrustPolicy, Verdict } from '../../domain/trust-policy.ts';
import { parsedJson } from '../../infrastructure/json/untrusted-json.ts';
import { readPolicyFile, type Guarding, type PolicyFileReading } from '../../infrastructure/yaml/policy-file.ts';
import { HttpRefusal } from '../http-refusal.ts';
import { Parameters } from '../http/parameters.ts';
import { pathFromRoot } from './clone.ts';
import { explanationText } from './explanation-text.ts';
import { guardrailsOption } from './guardrails-option.ts';
import { humanReport } from './finding-reports.ts';
import { readText } from './input-files.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { PolicySetting, type SettingOptions } from './policy-setting.ts';
import { terminalText } from './terminal-text.ts';

export interface ExplainOptions extends SettingOptions {
  readonly policy?: string | undefined;
  readonly token?: string | undefined;
  readonly claims?: string | undefined;
  readonly audience?: string | undefined;
  readonly guardrails?: string | undefined;
  /** What the request asks for, as the exchange takes it: less than the policy grants. */
  readonly permissions?: string | undefined;
  readonly repositories?: string | undefined;
  /** GitHub's number of the organization. */
  readonly 'owner-id'?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `explain`: what the service would say to this token under this policy. Contacts nobody, verifies no signature. */
export function explain(options: ExplainOptions): Outcome {
  const { policy: path, audience } = options;
  if (path === undefined) throw new UsageError('explain needs --policy FILE.');
  if (audience === undefined)
    throw new UsageError("explain needs --audience: the service's host, such as sts.example.com.");
  const setting = new PolicySetting(options);
  const narrowing = narrowingOf(options);
  const guarding = guardingOf(path, options, setting);
  const reading = readPolicyFile(readText(path), { ...setting.context, level: setting.levelOf(path) }, guarding);
  const claims = claimsOf(options);
  if (reading.kind === 'invalid') {
    const faults = humanReport([{ path, pathFromRoot: pathFromRoot(path), findings: reading.findings }]);
    return {
      exitCode: EXIT.refused,
      output: '',
      remarks: `The policy is invalid, so every exchange is refused.\n${faults}`,
    };
  }
  return explained(reading, claims, options, { path, audience, setting, narrowing, guardrails: guarding?.guardrails });
}

interface Judged {
  readonly path: string;
  readonly audience: string;
  readonly setting: PolicySetting;
  readonly narrowing: Narrowing;
  readonly guardrails: Guardrails | undefined;
}

function explained(
  { policy, outside }: Extract<PolicyFileReading, { kind: 'valid' }>,
  claims: Claims,
  options: ExplainOptions,
  judged: Judged,
): Outcome {
  const { path, audience, setting, guardrails } = judged;
  const verdict = policy.judge(claims, [audience, `https://${audience}`]);
  const { isActionsIssuer } = setting.context;
  const identity = basename(path).replace(POLICY_SUFFIX, '');
  const explanation = explainMismatch({ identity }, verdict, claims, { serviceAudience: audience, isActionsIssuer });
  const faults = verdict.matched ? tokenFaults(policy, claims, options, judged) : [];
  const narrowed = narrow(grantOf(policy, claims, judged), judged.narrowing);
  const isRefused = guardrails?.mode === 'enforce' && faults.length > 0;
  const isGranted = verdict.matched && !isRefused && narrowed.kind === 'granted';
  const exitCode = isGranted ? EXIT.ok : EXIT.refused;
  const permissions = policy.permissions.toRecord();
  const held = [...outside.map(({ rule, message }) => ({ rule, message })), ...faults];
  const guarded = guardrails === undefined ? {} : { guardrails: { mode: guardrails.mode, outside: held } };
  if (options.json === true) {
    const asked = askedFor(judged.narrowing, isGranted ? narrowed : undefined);
    const whole = { matched: verdict.matched, permissions, explanation, ...guarded, ...asked };
    return { exitCode, output: `${JSON.stringify(whole, null, 2)}\n` };
  }
  const conclusion = isRefused ? '' : `${verdict.matched ? grantText(policy, narrowed) : mismatchText(verdict)}\n`;
  const output = `${explanationText(explanation)}\n\n${heldText(held, guardrails)}${conclusion}`;
  return { exitCode, output, remarks: doubts(claims, guardrails, options) };
}

/** In the service's own words where it is more than the policy grants. */
function grantText(policy: TrustPolicy, narrowed: NarrowedGrant): string {
  if (narrowed.kind === 'exceeds') return `The token matches. The trust policy does not grant these ${narrowed.what}.`;
  const { permissions, repositories } = narrowed.grant;
  const held = Object.entries(permissions.toRecord()).map(([name, level]) => `${name}: ${level}`);
  return `The token matches. It would be granted ${held.join(', ')}${reach(policy, repositories)}.`;
}

function reach({ callerRepositoryOnly }: TrustPolicy, selection: RepositorySelection): string {
  if (callerRepositoryOnly) return ", on the caller's own repository alone";
  return selection.kind === 'names' ? ` on ${selection.names.join(', ')}` : '';
}

/** Before it is narrowed. A repository's id, which only GitHub tells, decides nothing of it. */
function grantOf(
  { permissions, repositories, callerRepositoryOnly }: TrustPolicy,
  claims: Claims,
  judged: Judged,
): Grant {
  if (callerRepositoryOnly) {
    const [, name = ''] = (claims.text('repository') ?? '').split('/');
    return { permissions, repositories: { kind: 'names', names: [name] } };
  }
  const { path, setting } = judged;
  const repository = setting.repositoryOf(path);
  if (repository === '' && judged.narrowing.repositories !== undefined)
    throw new UsageError('--repositories needs --repository OWNER/NAME: the repository that holds the policy.');
  const isOfOrganization = setting.levelOf(path) === 'organization' || repository === '';
  const scope = isOfOrganization ? { owner: '-' } : { owner: '-', repository };
  return { permissions, repositories: selectedRepositories(repositories, scope, 0) };
}

/** By the exchange's own reading of these parameters. */
function narrowingOf({ permissions, repositories }: ExplainOptions): Narrowing {
  const given = new URLSearchParams();
  for (const [name, text] of Object.entries({ permissions, repositories }))
    if (text !== undefined) given.set(name, text);
  try {
    return new Parameters([given]).narrowing();
  } catch (error) {
    if (error instanceof HttpRefusal) throw new UsageError(`--${error.message}.`);
    throw error;
  }
}

/** For scripts: what was asked for, and what of it would be granted. */
function askedFor({ permissions, repositories }: Narrowing, narrowed: NarrowedGrant | undefined): object {
  if (permissions === undefined && repositories === undefined) return {};
  const granted = narrowed?.kind === 'granted' ? narrowed.grant : undefined;
  const names = granted?.repositories.kind === 'names' ? { repositories: granted.repositories.names } : {};
  return { granted: granted === undefined ? null : { permissions: granted.permissions.toRecord(), ...names } };
}

function mismatchText({ fields }: Verdict): string {
  const names = fields.filter(({ matched }) => !matched).map(({ field }) => field);
  return `The token does not match the trust policy: ${names.join(', ')}.`;
}

/** What the service also checks, and this command can't. */
function doubts(claims: Claims, guardrails: Guardrails | undefined, options: ExplainOptions): string {
  const expiry = claims.get('exp');
  const isPast = typeof expiry === 'number' && expiry * 1000 < Date.now();
  const past = isPast ? 'This token has expired: the service would refuse it for that first.\n' : '';
  const unchecked = [
    'signature and times of the token',
    "the organization's issuer allowlist",
    ...(guardrails === undefined ? ['its guardrails (--guardrails FILE)'] : []),
    ...(guardrails !== undefined && options['owner-id'] === undefined ? ['whose workflow it is (--owner-id)'] : []),
  ];
  return `${past}Not checked here: ${unchecked.join(', ')}.\n`;
}

function guardingOf(path: string, options: ExplainOptions, setting: PolicySetting): Guarding | undefined {
  const ownerId = options['owner-id'];
  if (ownerId !== undefined && !/^[1-9]\d{0,15}$/.test(ownerId))
    throw new UsageError("--owner-id must be GitHub's number.");
  const guardrails = guardrailsOption(options.guardrails, setting);
  if (guardrails === undefined) return undefined;
  const place = { path, repository: setting.repositoryOf(path), actionsIssuer: setting.server.actionsIssuer };
  return { guardrails, place };
}

/** What the guardrails have against the token. Whose workflow it is can't be told without the organization's number. */
function tokenFaults(
  policy: TrustPolicy,
  claims: Claims,
  options: ExplainOptions,
  { path, setting, guardrails }: Judged,
): readonly TokenFault[] {
  if (guardrails === undefined) return [];
  const ownerId = options['owner-id'];
  return shownTokenFaults(guardrails, {
    policy,
    claims,
    level: setting.levelOf(path),
    isActionsIssuer: setting.context.isActionsIssuer,
    ownerId: ownerId === undefined ? undefined : Number(ownerId),
    nowSeconds: Date.now() / 1000,
  });
}

function heldText(held: readonly TokenFault[], guardrails: Guardrails | undefined): string {
  if (held.length === 0) return '';
  const head = guardrails?.mode === 'enforce' ? 'Outside the guardrails' : 'Enforcing guardrails would refuse it';
  return [`${head}:`, ...held.map(({ rule, message }) => `  ${terminalText(message)} (${rule})`), ''].join('\n');
}

function claimsOf({ token, claims }: ExplainOptions): Claims {
  if ((token === undefined) === (claims === undefined)) {
    throw new UsageError(
      'explain needs either --token FILE (a JWT) or --claims FILE (its claims as JSON); - is standard input.',
    );
  }
  const json = token === undefined ? readText(claims ?? '') : payloadOf(readText(token));
  const value = parsedJson(json);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Claims(value as RawClaims);
  throw new UsageError(
    token === undefined
      ? '--claims must hold a JSON object.'
      : '--token must hold a JWT: three parts with dots between them.',
  );
}

function payloadOf(text: string): string {
  const parts = text
    .trim()
    .replace(/^bearer\s+/i, '')
    .split('.');
  return parts.length === 3 ? Buffer.from(parts[1] ?? '', 'base64url').toString('utf8') : '';
}
