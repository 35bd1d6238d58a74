/** A step's `uses:`, in a workflow or in prose. */
const USES = /\buses:\s*["']?([\w.-]+\/[\w./-]+)@([^\s"'`]+)/g;
/** A commit's full name, or the place where the reader puts one: a tag can be moved to other code. */
const PINNED = /^(?:[0-9a-f]{40}|<commit>)$/;

/** Actions in an example that are not pinned by commit. Readers copy examples as they stand. */
export function unpinnedActions(text: string): readonly string[] {
  return [...text.matchAll(USES)].flatMap(([, action = '', ref = '']) =>
    PINNED.test(ref) ? [] : [`${action}@${ref}`],
  );
}
