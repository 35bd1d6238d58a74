import { basename } from 'node:path';
import { explainMismatch } from '../../application/exchange/explanation.ts';
import { Claims, type RawClaims } from '../../domain/claims.ts';
import { POLICY_SUFFIX } from '../../domain/policy-location.ts';
import type { TrustPolicy, Verdict } from '../../domain/trust-policy.ts';
import { parsedJson } from '../../infrastructure/json/untrusted-json.ts';
import { readPolicyFile } from '../../infrastructure/yaml/policy-file.ts';
import { pathFromRoot } from './clone.ts';
import { explanationText } from './explanation-text.ts';
import { humanReport } from './finding-reports.ts';
import { readText } from './input-files.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { PolicySetting, type SettingOptions } from './policy-setting.ts';

export interface ExplainOptions extends SettingOptions {
  readonly policy?: string | undefined;
  readonly token?: string | undefined;
  readonly claims?: string | undefined;
  readonly audience?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `explain`: what the service would say to this token under this policy. Contacts nobody, verifies no signature. */
export function explain(options: ExplainOptions): Outcome {
  const { policy: path, audience } = options;
  if (path === undefined) throw new UsageError('explain needs --policy FILE.');
  if (audience === undefined)
    throw new UsageError("explain needs --audience: the service's host, such as sts.example.com.");
  const setting = new PolicySetting(options);
  const reading = readPolicyFile(readText(path), { ...setting.context, level: setting.levelOf(path) });
  const claims = claimsOf(options);
  if (reading.kind === 'invalid') {
    const faults = humanReport([{ path, pathFromRoot: pathFromRoot(path), findings: reading.findings }]);
    return {
      exitCode: EXIT.refused,
      output: '',
      remarks: `The policy is invalid, so every exchange is refused.\n${faults}`,
    };
  }
  return explained(reading.policy, claims, options, { path, audience, setting });
}

interface Judged {
  readonly path: string;
  readonly audience: string;
  readonly setting: PolicySetting;
}

function explained(
  policy: TrustPolicy,
  claims: Claims,
  options: ExplainOptions,
  { path, audience, setting }: Judged,
): Outcome {
  const verdict = policy.judge(claims, [audience, `https://${audience}`]);
  const { isActionsIssuer } = setting.context;
  const identity = basename(path).replace(POLICY_SUFFIX, '');
  const explanation = explainMismatch({ identity }, verdict, claims, { serviceAudience: audience, isActionsIssuer });
  const exitCode = verdict.matched ? EXIT.ok : EXIT.refused;
  const permissions = policy.permissions.toRecord();
  if (options.json === true) {
    return { exitCode, output: `${JSON.stringify({ matched: verdict.matched, permissions, explanation }, null, 2)}\n` };
  }
  const conclusion = verdict.matched ? grantText(policy) : mismatchText(verdict);
  return { exitCode, output: `${explanationText(explanation)}\n\n${conclusion}\n`, remarks: doubts(claims) };
}

function grantText(policy: TrustPolicy): string {
  const held = Object.entries(policy.permissions.toRecord()).map(([name, level]) => `${name}: ${level}`);
  return `The token matches. It would be granted ${held.join(', ')}${reach(policy)}.`;
}

function reach({ callerRepositoryOnly, repositories = [] }: TrustPolicy): string {
  if (callerRepositoryOnly) return ", on the caller's own repository alone";
  return repositories.length > 0 ? ` on ${repositories.join(', ')}` : '';
}

function mismatchText({ fields }: Verdict): string {
  const names = fields.filter(({ matched }) => !matched).map(({ field }) => field);
  return `The token does not match the trust policy: ${names.join(', ')}.`;
}

/** What the service also checks, and this command can't. */
function doubts(claims: Claims): string {
  const expiry = claims.get('exp');
  const isPast = typeof expiry === 'number' && expiry * 1000 < Date.now();
  const past = isPast ? 'This token has expired: the service would refuse it for that first.\n' : '';
  return `${past}Not checked here: signature and times of the token, the organization's issuer allowlist.\n`;
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
