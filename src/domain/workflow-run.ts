import type { Claims } from './claims.ts';

/** The job that asks, as GitHub's own token tells it (GitHub, "OpenID Connect reference"). What it does not tell is absent. */
export interface WorkflowRun {
  readonly runId?: string;
  readonly runAttempt?: string;
  /** The login of whoever set the run off. */
  readonly actor?: string;
  readonly jobWorkflowRef?: string;
  readonly jti?: string;
  /** `owner/name` of the repository whose workflow it is. */
  readonly repository?: string;
}

/** A repository's full name has 140 characters at most; ids and logins are shorter. */
const MAX_CHARACTERS = 140;
/** A repository, the path of a file, and a ref of up to 255 bytes. */
const MAX_REF_CHARACTERS = 600;

/** @param claims of a token that GitHub's Actions issuer signed. Whoever writes workflows chooses some of their texts */
export function workflowRun(claims: Claims): WorkflowRun {
  const run = {
    runId: cut(claims.text('run_id')),
    runAttempt: cut(claims.text('run_attempt')),
    actor: cut(claims.text('actor')),
    jobWorkflowRef: cut(claims.text('job_workflow_ref'), MAX_REF_CHARACTERS),
    jti: cut(claims.text('jti')),
    repository: cut(claims.text('repository')),
  };
  return Object.fromEntries(Object.entries(run).filter(([, text]) => text !== undefined));
}

function cut(text: string | undefined, maxCharacters = MAX_CHARACTERS): string | undefined {
  return text?.slice(0, maxCharacters);
}
