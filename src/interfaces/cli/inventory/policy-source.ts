import type { PolicyFile } from '../../../domain/policy-folder.ts';

/** The policy folder of one repository. */
export interface RepositoryFolder {
  readonly owner: string;
  /** Its name, without the owner. */
  readonly repository: string;
  /** Nothing where it could not be read: then what it holds is not known. */
  readonly files: readonly PolicyFile[] | undefined;
}

export interface PolicySource {
  readonly folders: readonly RepositoryFolder[];
  /** What a person should know of the reading, a sentence each. */
  readonly remarks: readonly string[];
}
