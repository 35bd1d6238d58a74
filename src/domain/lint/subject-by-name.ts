import { ANYTHING, type TextPart } from '../pattern-language.ts';
import type { Condition } from '../policy-conditions.ts';
import { notice, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** `repo:OWNER/NAME` without ids, and what follows it (GitHub, "OpenID Connect reference", subject claim). */
const SUBJECT_BY_NAME = /^repo:([^:@/]+)\/([^:@/]+):/;

/** Claims that nobody can take over with a name: ids, and a workflow of somebody who checks for whom it runs. */
const CLAIMS_IN_ITS_PLACE = ['repository_id', 'repository_owner_id', 'job_workflow_ref'];

export const subjectByName: LintRule = (policy) => {
  if (!policy.isForActions) return [];
  if (CLAIMS_IN_ITS_PLACE.some((claim) => policy.claimRefuses(claim, ['Zq7']))) return [];
  return policy.subjects
    .filter((subject) => isByName(policy, subject))
    .map(({ path, name }) =>
      notice(
        'subject-by-name',
        path,
        `${name} names the repository by names alone, which another account can take over once they are given up.`,
        'With immutable subjects switched on at GitHub, write repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID instead of repo:OWNER/NAME.',
      ),
    );
};

/** A pattern is by name if it admits subjects of repositories, and none with an id in it. */
function isByName(policy: LintedPolicy, subject: Condition): boolean {
  if (subject.by === 'value') return SUBJECT_BY_NAME.test(subject.text);
  const part: TextPart = { anyExcept: ':' };
  if (!policy.mayAdmit(subject, ['repo:', part, ':', ANYTHING])) return false;
  return !policy.admits(subject, ['repo:', part, '@', part, ':', ANYTHING]);
}
