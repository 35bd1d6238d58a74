import type { Fault } from './fault.ts';
import { quoted } from './fault.ts';
import { hasOpenEnd, hasUnescapedHostDot, looksLikeGlob, looksLikePattern } from './pattern-style.ts';
import { ANYTHING, admits, type TextPart } from './pattern-language.ts';
import { Pattern } from './pattern.ts';
import { isOrganizationPermission, permissionDoubts } from './permission-set.ts';
import { ALLOWLIST_FILE, POLICY_FOLDER, POLICY_SUFFIX } from './policy-location.ts';
import { isIdentity, sameName } from './scope.ts';
import type { PolicyContext, PolicyFields } from './trust-policy.ts';

/** Where the file that is linted stands. */
export interface PolicyLintContext {
  /** In its repository: `.github/chainguard/deploy.sts.yaml`. */
  readonly path: string;
  /** The repository's name, without its owner. */
  readonly repository: string;
  /** The issuer of the configured GitHub server's Actions tokens. */
  readonly actionsIssuer: string;
}

/** A policy as the rules see it. Its patterns are compiled once for all rules. */
interface Linted {
  readonly fields: PolicyFields;
  readonly context: PolicyContext & PolicyLintContext;
  readonly patterns: ReadonlyMap<string, Pattern>;
}

type Rule = (policy: Linted) => readonly Fault[];

interface NamedPattern {
  readonly field: string;
  readonly path: Fault['path'];
  readonly source: string;
}

/** No useful pattern matches all of these texts. */
const UNLIKELY_TEXTS = ['x', 'https://q7.example/~z', 'repo:Zq/é 9:ref', '#{}|&'];
/** A branch that nobody thought of when writing a pattern. */
const UNLIKELY_BRANCH = 'refs/heads/Zq7-x_y';
const PULL_REQUEST_REF = 'refs/pull/7/merge';
const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_target'];
/** `repo:OWNER/NAME` without ids, and what follows it (GitHub, "OpenID Connect reference", subject claim). */
const SUBJECT_BY_NAME = /^repo:([^:@/]+)\/([^:@/]+):/;
/** After so many patterns that are far too big no others are compiled: each takes as long as a whole valid policy. */
const MAX_COSTLY_PATTERNS = 2;
const REWRITING_PERMISSIONS = ['contents', 'workflows'];

/** Warnings about a policy that is valid, or may become so. In the order of the rules; the caller finds the positions. */
export function lintPolicy(fields: PolicyFields, context: PolicyContext & PolicyLintContext): readonly Fault[] {
  const policy = { fields, context, patterns: compiledPatterns(fields) };
  return [...RULES.flatMap((rule) => rule(policy)), ...lintFileName(context.path)];
}

/** Warnings about the name of a file in the policies' folder. */
export function lintFileName(path: string): readonly Fault[] {
  if (!path.startsWith(`${POLICY_FOLDER}/`)) return [];
  const name = path.slice(POLICY_FOLDER.length + 1);
  if (!name.endsWith(POLICY_SUFFIX) || name === ALLOWLIST_FILE) return [];
  if (isIdentity(name.slice(0, -POLICY_SUFFIX.length))) return [];
  const message = `No request can name ${quoted(name)}: its name is no identity.`;
  return [
    warning(
      'file-name',
      [],
      message,
      'Use letters, digits, ".", "_" and "-", begin with a letter or digit, and avoid "..".',
    ),
  ];
}

const RULES: readonly Rule[] = [
  lintPatterns,
  lintUnescapedDots,
  lintExactValues,
  lintPullRequests,
  lintBranches,
  lintSubjectByName,
  lintRewriting,
  lintOrganizationWideWrite,
  lintPermissionDoubts,
  lintUnconfined,
];

function lintPatterns({ fields, patterns }: Linted): readonly Fault[] {
  return namedPatterns(fields).flatMap(({ field, path, source }) => {
    if (matchesAll(patterns.get(source), UNLIKELY_TEXTS)) {
      return [
        warning(
          'pattern-matches-everything',
          path,
          `${field} matches everything.`,
          'Name what is meant, or leave the field out if it may be left out.',
        ),
      ];
    }
    const faults: Fault[] = [];
    if (hasOpenEnd(source)) {
      faults.push(
        warning(
          'pattern-open',
          path,
          `${field} begins or ends with .* or .+ and so admits anything there.`,
          'Name what may stand there: [^/:]+ keeps to one part.',
        ),
      );
    }
    if (looksLikeGlob(source)) {
      faults.push(
        warning(
          'pattern-like-glob',
          path,
          `${field} has a * as in a file glob; here it repeats the character before it.`,
          'Write [^/:]+ for any text within one part.',
        ),
      );
    }
    return faults;
  });
}

function lintUnescapedDots({ fields }: Linted): readonly Fault[] {
  return namedPatterns(fields)
    .filter(({ field, source }) => hasUnescapedHostDot(source, field === 'issuer_pattern'))
    .map(({ field, path }) =>
      warning(
        'unescaped-dot',
        path,
        `${field} has a dot in a host name that matches any character.`,
        'Write \\. for a dot.',
      ),
    );
}

function lintExactValues({ fields: { subject, audience, app } }: Linted): readonly Fault[] {
  return Object.entries({ subject, audience, app }).flatMap(([field, value]) => {
    if (value === undefined || !looksLikePattern(value)) return [];
    return [
      warning(
        'exact-like-pattern',
        [field],
        `${field} is compared exactly, and looks like a pattern.`,
        `Write ${field}_pattern if a pattern is meant.`,
      ),
    ];
  });
}

function lintPullRequests(policy: Linted): readonly Fault[] {
  if (!subjectAdmits(policy, ['repo:', { anyExcept: ':' }, ':pull_request'])) return [];
  if (claimRefuses(policy, 'event_name', PULL_REQUEST_EVENTS) || claimRefuses(policy, 'ref', [PULL_REQUEST_REF]))
    return [];
  const message = 'subject_pattern admits every pull request, whoever opens it.';
  return [
    warning(
      'subject-admits-pull-requests',
      ['subject_pattern'],
      message,
      'Name the branch, tag or environment that is meant, such as :ref:refs/heads/main.',
    ),
  ];
}

function lintBranches(policy: Linted): readonly Fault[] {
  if (!subjectAdmits(policy, ['repo:', { anyExcept: ':' }, `:ref:${UNLIKELY_BRANCH}`])) return [];
  if (claimRefuses(policy, 'ref', [UNLIKELY_BRANCH])) return [];
  const message = 'subject_pattern admits every branch: whoever can push one gets the token.';
  return [
    warning(
      'subject-admits-every-branch',
      ['subject_pattern'],
      message,
      'Name the branch that is meant, such as :ref:refs/heads/main.',
    ),
  ];
}

function lintSubjectByName(policy: Linted): readonly Fault[] {
  const { fields } = policy;
  if (!speaksOfActions(policy)) return [];
  const field = fields.subject === undefined ? 'subject_pattern' : 'subject';
  const byName = fields.subject === undefined ? isPatternByName(policy) : SUBJECT_BY_NAME.test(fields.subject);
  if (!byName) return [];
  const message = `${field} names the repository by names alone, which another account can take over once they are given up.`;
  const advice =
    'With immutable subjects switched on at GitHub, write repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID instead of repo:OWNER/NAME.';
  return [warning('subject-by-name', [field], message, advice)];
}

/** Admits subjects of repositories, and none with an id in it. */
function isPatternByName(policy: Linted): boolean {
  const part: TextPart = { anyExcept: ':' };
  if (!subjectAdmits(policy, ['repo:', part, ':', ANYTHING])) return false;
  return !subjectAdmits(policy, ['repo:', part, '@', part, ':', ANYTHING]);
}

function lintRewriting(policy: Linted): readonly Fault[] {
  if (!reachesOwnRepository(policy)) return [];
  const name = REWRITING_PERMISSIONS.find((one) => isWrite(policy.fields.permissions.get(one)));
  if (name === undefined) return [];
  const message = `With ${name}: write the identity can reach the repository that holds this policy, and rewrite the policy.`;
  return [
    warning(
      'policy-rewritable',
      ['permissions', name],
      message,
      'Protect the default branch, so that the change of a policy needs a review.',
    ),
  ];
}

function reachesOwnRepository({ fields: { repositories = [], callerRepositoryOnly }, context }: Linted): boolean {
  if (context.level === 'repository') return true;
  if (callerRepositoryOnly && repositories.length === 0) return false;
  return repositories.length === 0 || repositories.some((one) => sameName(one, context.repository));
}

function lintOrganizationWideWrite({ fields, context }: Linted): readonly Fault[] {
  if (context.level !== 'organization' || namesRepositories(fields) || fields.callerRepositoryOnly) return [];
  const write = [...fields.permissions].find(([, level]) => isWrite(level));
  if (write === undefined) return [];
  const message = `${quoted(write[0])} can be written in every repository of the organization that the App sees.`;
  return [
    warning(
      'organization-wide-write',
      ['permissions', write[0]],
      message,
      'Name the repositories that are meant in repositories.',
    ),
  ];
}

function lintPermissionDoubts({ fields, context }: Linted): readonly Fault[] {
  return permissionDoubts(fields.permissions, context.level);
}

function lintUnconfined({ fields }: Linted): readonly Fault[] {
  if (!namesRepositories(fields)) return [];
  return [...fields.permissions.keys()]
    .filter(isOrganizationPermission)
    .map((name) =>
      warning(
        'permission-unconfined',
        ['permissions', name],
        `${name} reaches the whole organization: repositories does not confine it.`,
        'Grant it in a policy of its own, for fewer callers.',
      ),
    );
}

function namesRepositories({ repositories = [] }: PolicyFields): boolean {
  return repositories.length > 0;
}

function isWrite(level: string | undefined): boolean {
  return level === 'write' || level === 'admin';
}

function subjectAdmits(policy: Linted, parts: readonly TextPart[]): boolean {
  const pattern = policy.patterns.get(policy.fields.subjectPattern ?? '');
  return pattern !== undefined && speaksOfActions(policy) && admits(pattern.automaton, parts);
}

function speaksOfActions({ fields, context, patterns }: Linted): boolean {
  if (fields.issuer !== undefined) return context.isActionsIssuer(fields.issuer);
  return matchesAll(patterns.get(fields.issuerPattern ?? ''), [context.actionsIssuer]);
}

/** Whether another field of the policy refuses these values of a claim anyway. */
function claimRefuses({ fields, patterns }: Linted, claim: string, values: readonly string[]): boolean {
  const source = fields.claimPatterns.get(claim);
  const pattern = source === undefined ? undefined : patterns.get(source);
  return pattern !== undefined && !values.some((value) => pattern.matches(value));
}

function matchesAll(pattern: Pattern | undefined, values: readonly string[]): boolean {
  return pattern !== undefined && values.every((value) => pattern.matches(value));
}

function compiledPatterns(fields: PolicyFields): ReadonlyMap<string, Pattern> {
  const compiled = new Map<string, Pattern>();
  let costly = 0;
  for (const { source } of namedPatterns(fields)) {
    if (costly >= MAX_COSTLY_PATTERNS || compiled.has(source)) continue;
    const result = Pattern.compile(source);
    if (result.kind === 'compiled') compiled.set(source, result.pattern);
    else if (result.costly) costly += 1;
  }
  return compiled;
}

function namedPatterns(fields: PolicyFields): readonly NamedPattern[] {
  const { issuerPattern, subjectPattern, audiencePattern, appPattern, claimPatterns } = fields;
  const single = {
    issuer_pattern: issuerPattern,
    subject_pattern: subjectPattern,
    audience_pattern: audiencePattern,
    app_pattern: appPattern,
  };
  const named = Object.entries(single).flatMap(([field, source]) =>
    source === undefined ? [] : [{ field, path: [field], source }],
  );
  const claims = [...claimPatterns].map(([name, source]) => ({
    field: `claim_pattern for ${quoted(name)}`,
    path: ['claim_pattern', name],
    source,
  }));
  return [...named, ...claims];
}

function warning(rule: string, path: Fault['path'], message: string, advice: string): Fault {
  return { rule, path, message, advice };
}
