import { randomUUID } from 'node:crypto';
import type { AdjustableClock } from '../clock.ts';
import type { Json, JsonObject } from '../json.ts';
import { publicJwk, signToken } from '../signing-key.ts';
import type { SigningKey } from '../signing-key.ts';
import type { GitHubWorld, RepositoryRef } from './world.ts';
import type { Repository } from './world-model.ts';

/** GitHub's own tokens live that long. */
const LIFETIME_SECONDS = 300;
const NOT_BEFORE_SECONDS = 600;

export interface ActionsTokenOptions {
  readonly repository: RepositoryRef;
  readonly audience?: string;
  /** `refs/heads/<default branch>` unless given. */
  readonly ref?: string;
  readonly environment?: string;
  readonly eventName?: string;
  readonly actor?: string;
  /** The file of the workflow, `ci.yml` unless given. */
  readonly workflow?: string;
  /** `repo:OWNER@ID/REPO@ID:…`, the form of repositories made since July 2026. */
  readonly immutableSubject?: boolean;
  readonly expiresInSeconds?: number;
  /** Put over everything; `undefined` takes a claim away. */
  readonly claims?: Readonly<Record<string, Json | undefined>>;
}

/** The OIDC issuer of this server's Actions, at `/_services/token` as on an Enterprise Server. */
export class ActionsIssuer {
  readonly issuer: string;
  /** Answers everything with 503 while it is set. */
  isDown = false;
  readonly key: SigningKey;
  readonly #world: GitHubWorld;
  readonly #clock: AdjustableClock;

  constructor(issuer: string, world: GitHubWorld, clock: AdjustableClock, key: SigningKey) {
    this.key = key;
    this.issuer = issuer;
    this.#world = world;
    this.#clock = clock;
  }

  discovery(): JsonObject {
    return {
      issuer: this.issuer,
      jwks_uri: `${this.issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      claims_supported: ['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'ref', 'repository', 'repository_id'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    };
  }

  jwks(): JsonObject {
    return { keys: [publicJwk(this.key) as JsonObject] };
  }

  sign(options: ActionsTokenOptions): string {
    return signToken(this.key, { ...this.claims(options), ...options.claims });
  }

  /** Ids are strings, as in GitHub's tokens. */
  claims(options: ActionsTokenOptions): JsonObject {
    const repository = this.#world.repository(options.repository);
    const name = `${repository.owner.login}/${repository.name}`;
    const now = this.#clock.seconds();
    const ref = options.ref ?? `refs/heads/${repository.defaultBranch}`;
    const sha = this.#world.resolveCommit(repository, ref)?.sha ?? this.#world.head(repository) ?? '0'.repeat(40);
    const workflow = `${name}/.github/workflows/${options.workflow ?? 'ci.yml'}@${ref}`;
    const actor = options.actor ?? 'octocat';
    return {
      jti: randomUUID(),
      sub: subjectOf(repository, ref, options),
      aud: options.audience ?? `https://github.com/${repository.owner.login}`,
      ref,
      sha,
      repository: name,
      repository_owner: repository.owner.login,
      repository_owner_id: String(repository.owner.id),
      run_id: '9007199254',
      run_number: '42',
      run_attempt: '1',
      repository_visibility: repository.private ? 'private' : 'public',
      repository_id: String(repository.id),
      actor_id: String(this.#world.account(actor)?.id ?? 583_231),
      actor,
      workflow: 'ci',
      head_ref: '',
      base_ref: '',
      event_name: options.eventName ?? 'push',
      ref_protected: 'true',
      ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      workflow_ref: workflow,
      workflow_sha: sha,
      job_workflow_ref: workflow,
      job_workflow_sha: sha,
      runner_environment: 'github-hosted',
      ...(options.environment === undefined ? {} : { environment: options.environment }),
      iss: this.issuer,
      nbf: now - NOT_BEFORE_SECONDS,
      iat: now,
      exp: now + (options.expiresInSeconds ?? LIFETIME_SECONDS),
    };
  }
}

function subjectOf(repository: Repository, ref: string, options: ActionsTokenOptions): string {
  const { owner } = repository;
  const name = options.immutableSubject
    ? `${owner.login}@${owner.id}/${repository.name}@${repository.id}`
    : `${owner.login}/${repository.name}`;
  if (options.environment !== undefined) return `repo:${name}:environment:${options.environment}`;
  if (options.eventName === 'pull_request') return `repo:${name}:pull_request`;
  return `repo:${name}:ref:${ref}`;
}
