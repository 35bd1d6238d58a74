import { isOneEdit } from './edit-distance.ts';
import { POLICY_SUFFIX } from './policy-location.ts';
import { isIdentity } from './scope.ts';

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

/** What an author may have meant by an identity that has no policy. */
export type NearMiss =
  /** A policy, which is read under this identity. */
  | { readonly kind: 'policy'; readonly identity: string }
  /** A file that is no policy: another ending, or a symbolic link. */
  | { readonly kind: 'unread'; readonly name: string };

const MAX_NEAR_MISSES = 3;
/** Shorter names are nearly all one edit apart from each other. */
const MIN_MISSPELT_CHARACTERS = 4;
const POLICY_ENDING = /(\.sts)?\.ya?ml$|\.sts$/;

export function policyFile(files: readonly PolicyFile[], identity: string): PolicyFile | undefined {
  return files.find((one) => one.name === identity + POLICY_SUFFIX && one.kind === 'file');
}

/** The nearest first: the same name in other letters or with an ending, then names that are one edit away. */
export function nearMisses(files: readonly PolicyFile[], identity: string): readonly NearMiss[] {
  const wanted = stem(identity);
  const misspelt =
    wanted.length < MIN_MISSPELT_CHARACTERS ? [] : files.filter(({ name }) => isOneEdit(stem(name), wanted));
  return [
    ...files.filter(({ name }) => stem(name) === wanted || name === identity + POLICY_SUFFIX).map(nearMiss),
    ...misspelt.map(nearMiss).filter(({ kind }) => kind === 'policy'),
  ].slice(0, MAX_NEAR_MISSES);
}

/** Only plain characters: nobody who writes to the repository can put control characters into an answer. */
function nearMiss({ name, kind }: PolicyFile): NearMiss {
  const identity = name.endsWith(POLICY_SUFFIX) ? name.slice(0, -POLICY_SUFFIX.length) : '';
  if (kind === 'file' && isIdentity(identity)) return { kind: 'policy', identity };
  return { kind: 'unread', name: kind === 'symlink' ? `${name} (a symbolic link)` : name };
}

function stem(name: string): string {
  return name.toLowerCase().replace(POLICY_ENDING, '');
}
