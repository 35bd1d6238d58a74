/** Every rule, a file each. The linter runs what is exported here: to add a rule, add its line. */
export { exactLikePattern } from './exact-like-pattern.ts';
export { fileName } from './file-name.ts';
export { organizationWideWrite } from './organization-wide-write.ts';
export { patternLikeGlob } from './pattern-like-glob.ts';
export { patternMatchesEverything } from './pattern-matches-everything.ts';
export { patternOpen } from './pattern-open.ts';
export { permissionLevel } from './permission-level.ts';
export { permissionOrganization } from './permission-organization.ts';
export { permissionUnconfined } from './permission-unconfined.ts';
export { policyRewritable } from './policy-rewritable.ts';
export { subjectAdmitsEveryBranch } from './subject-admits-every-branch.ts';
export { subjectAdmitsPullRequests } from './subject-admits-pull-requests.ts';
export { subjectByName } from './subject-by-name.ts';
export { unescapedDot } from './unescaped-dot.ts';
