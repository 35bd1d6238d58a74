import type { Installation } from '../../domain/apps.ts';
import type { PolicyFile, PolicyFolder } from '../../domain/policy-folder.ts';
import type { Unavailable } from './unavailable.ts';
import { requestToken } from './token.ts';

export interface FoundFolder {
  readonly kind: 'found';
  readonly folder: PolicyFolder;
}

/** GitHub refuses this installation a token for the repository: 422, and no limit. */
export interface RefusedFolder {
  readonly kind: 'refused';
}

/** GitHub says that a repository does not exist, though it has just made a token for it. */
export interface NotFoundFolder {
  readonly kind: 'not_found';
}

/** GitHub says "missing" to a token that does not name the repository. So the repository may exist. */
export interface InvisibleFolder {
  readonly kind: 'invisible';
}

export interface FoldersRead {
  readonly kind: 'read';
  readonly target: FoundFolder | RefusedFolder | NotFoundFolder;
  /** The organization's policy repository; the same as `target` where that was asked for. */
  readonly organization: FoundFolder | RefusedFolder | NotFoundFolder | InvisibleFolder | Unavailable;
  /** Whether GitHub refused both together, and not the repository alone; nothing where that was not tried. */
  readonly pairRefused?: boolean;
}

/** Which repositories a read token is asked for: both together, or (as an earlier read has shown) the one alone. */
export type Asking = 'pair' | 'alone';

/** GitHub does not know the installation any more. */
export interface InstallationGone {
  readonly kind: 'gone';
}

/** Policy folders on default branches, as GitHub shows them now. Nothing is cached, and no age is judged here. */
export interface TrustPolicyRepository {
  /** The folders of a repository and of the organization's policy repository, in one read. */
  read(
    installation: Installation,
    repository: string,
    asking: Asking,
  ): Promise<FoldersRead | InstallationGone | Unavailable>;
  /** A file whose text was left out of its folder. */
  readText(
    installation: Installation,
    repository: string,
    repositoryId: number,
    file: PolicyFile,
  ): Promise<PolicyFile | Unavailable>;
}

export const TRUST_POLICY_REPOSITORY = requestToken<TrustPolicyRepository>('TrustPolicyRepository');
