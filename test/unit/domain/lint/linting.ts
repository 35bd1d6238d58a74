import type { Doubt, LintRule } from '../../../../src/domain/lint/lint-rule.ts';
import { LintedPolicy, type LintContext, type PolicyLintContext } from '../../../../src/domain/lint/linted-policy.ts';
import { ACTIONS_ISSUER, fieldsOf, organizationLevel, repositoryLevel } from '../policies.ts';

export type Changes = NonNullable<Parameters<typeof fieldsOf>[0]>;

const place: PolicyLintContext = {
  path: '.github/chainguard/deploy.sts.yaml',
  repository: 'app',
  actionsIssuer: ACTIONS_ISSUER,
};
export const inRepository: LintContext = { ...repositoryLevel, ...place };
export const inOrganization: LintContext = { ...organizationLevel, ...place, repository: '.github' };

export const GOOGLE = 'https://accounts.google.com';
/** A repository in GitHub's immutable form. */
export const WITH_IDS = 'repo:octo-org@1/app@2';

/** A policy for a service account of Google's, some of its fields replaced. */
export const ofGoogle = (changes: Changes = {}): Changes => ({
  issuer: GOOGLE,
  subject: '117012345678901234567',
  ...changes,
});
export const bySubject = (subjectPattern: string): Changes => ({ subject: undefined, subjectPattern });
export const claim = (name: string, pattern: string): ReadonlyMap<string, string> => new Map([[name, pattern]]);
export const may = (level: string, ...names: readonly string[]): Changes => ({
  permissions: new Map(names.map((name) => [name, level])),
});

/** What one rule finds in a policy. */
export function doubts(rule: LintRule, changes: Changes, context: LintContext = inRepository): readonly Doubt[] {
  return rule(new LintedPolicy(fieldsOf(changes), context));
}

/** Where one rule finds something: `warning subject_pattern`, `notice permissions.contents`. */
export function places(rule: LintRule, changes: Changes, context: LintContext = inRepository): readonly string[] {
  return doubts(rule, changes, context).map(({ severity, path }) => `${severity} ${path.join('.')}`);
}
