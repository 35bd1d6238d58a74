import { POLICY_SUFFIX } from './policy-location.ts';

/** A file of a policy folder, as GitHub tells of it. */
export interface PolicyFile {
  readonly name: string;
  readonly kind: 'file' | 'symlink' | 'other';
  readonly bytes: number;
  /** Nothing for a binary file, or for one that was left out of a folder too big to be read at once. */
  readonly text?: string;
  /** Git's name of the content, where its text was left out. */
  readonly oid?: string;
}

/** A repository and its policy folder on the default branch. */
export interface PolicyFolder {
  readonly repositoryId: number;
  readonly accountId: number;
  readonly files: readonly PolicyFile[];
  /** The folder was too big to be read at once: texts are read one by one. */
  readonly listingOnly: boolean;
}

const MAX_NEAR_MISSES = 3;
const POLICY_ENDING = /(\.sts)?\.ya?ml$|\.sts$/;

export function policyFile(files: readonly PolicyFile[], identity: string): PolicyFile | undefined {
  return files.find((one) => one.name === identity + POLICY_SUFFIX && one.kind === 'file');
}

/** Files that an author may have meant: the name in other letters, with another ending, or not a file at all. */
export function nearMisses(files: readonly PolicyFile[], identity: string): readonly string[] {
  const wanted = stem(identity);
  return files
    .filter((file) => stem(file.name) === wanted || file.name === identity + POLICY_SUFFIX)
    .slice(0, MAX_NEAR_MISSES)
    .map((file) => (file.kind === 'symlink' ? `${file.name} (a symbolic link)` : file.name));
}

function stem(name: string): string {
  return name.toLowerCase().replace(POLICY_ENDING, '');
}
