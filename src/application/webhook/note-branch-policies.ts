import { inject, injectable } from 'tsyringe';
import { POLICY_FOLDER, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { isIdentity } from '../../domain/scope.ts';
import { FindEventInstallation, type EventSource } from './find-event-installation.ts';
import { BRANCH_POLICY_INDEX, type BranchPolicyIndex } from '../ports/branch-policy-index.ts';

export interface PushedBranch {
  readonly source: EventSource;
  readonly branch: string;
  /** That the push adds or changes. */
  readonly paths: readonly string[];
}

/** Each identity costs one write to the store. */
const MAX_NOTED = 5;

/** Notes policies that are pushed to another branch than the default one: their authors often ask before they merge. */
@injectable()
export class NoteBranchPolicies {
  constructor(
    @inject(FindEventInstallation) private readonly findInstallation: FindEventInstallation,
    @inject(BRANCH_POLICY_INDEX) private readonly branchPolicies: BranchPolicyIndex,
  ) {}

  async execute({ source, branch, paths }: PushedBranch): Promise<void> {
    const identities = [...new Set(paths.flatMap(identityOf))].slice(0, MAX_NOTED);
    if (identities.length === 0) return;
    const found = await this.findInstallation.execute(source);
    if (found.kind !== 'found') return;
    const { accountId } = found.installation;
    const { owner, repository } = source;
    await this.branchPolicies.note({ accountId, owner, repository, branch, identities });
  }
}

function identityOf(path: string): readonly string[] {
  if (!path.startsWith(`${POLICY_FOLDER}/`) || !path.endsWith(POLICY_SUFFIX)) return [];
  const identity = path.slice(POLICY_FOLDER.length + 1, -POLICY_SUFFIX.length);
  return isIdentity(identity) ? [identity] : [];
}
