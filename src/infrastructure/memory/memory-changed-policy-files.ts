import type { GuardrailsReading } from '../../domain/guardrails.ts';
import { GUARDRAILS_FILE, POLICY_FOLDER } from '../../domain/policy-location.ts';
import type {
  ChangedPaths,
  ChangedPolicyFiles,
  ChangeList,
  CheckedFile,
  CheckedFiles,
  CommitPlace,
  JudgingGuardrails,
} from '../../application/ports/changed-policy-files.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

/** Commits by their paths and texts. A pull request changes the files that differ from its base. */
export class MemoryChangedPolicyFiles implements ChangedPolicyFiles {
  /** Answered to everything, while it is set. */
  failure: Unavailable | undefined;
  readonly lists: ChangeList[] = [];
  private readonly commits = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly judge: (name: string, text: string, guardrails: GuardrailsReading) => CheckedFile,
    /** Reads the guardrails that a commit holds. */
    private readonly readGuardrails: (text: string) => GuardrailsReading = () => ({ kind: 'invalid' }),
  ) {}

  given(commit: string, files: Readonly<Record<string, string>>): void {
    this.commits.set(commit, new Map(Object.entries(files)));
  }

  list({ commit }: CommitPlace, changes: ChangeList): Promise<ChangedPaths> {
    this.lists.push(changes);
    if (this.failure !== undefined) return Promise.resolve(this.failure);
    const before = changes.kind === 'everything' ? new Map<string, string>() : this.filesOf(changes.base);
    const changed = [...this.filesOf(commit)].filter(([path, text]) => before.get(path) !== text);
    return Promise.resolve({ kind: 'listed', paths: changed.map(([path]) => path) });
  }

  check({ commit }: CommitPlace, names: readonly string[], guardrails: JudgingGuardrails): Promise<CheckedFiles> {
    if (this.failure !== undefined) return Promise.resolve(this.failure);
    const held = this.filesOf(commit).get(`${POLICY_FOLDER}/${GUARDRAILS_FILE}`);
    const ofTheCommit: GuardrailsReading = held === undefined ? { kind: 'absent' } : this.readGuardrails(held);
    const judging = guardrails.kind === 'of_the_commit' ? ofTheCommit : guardrails;
    const files = names.flatMap((name) => {
      const text = this.filesOf(commit).get(`${POLICY_FOLDER}/${name}`);
      return text === undefined ? [] : [this.judge(name, text, judging)];
    });
    return Promise.resolve({ kind: 'checked', files });
  }

  private filesOf(commit: string): ReadonlyMap<string, string> {
    return this.commits.get(commit) ?? new Map<string, string>();
  }
}
