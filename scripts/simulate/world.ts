export const ACTIONS_ISSUER = 'https://token.actions.githubusercontent.com';
export const POLICY_REPOSITORY = '.github';
export const IDENTITY = 'ci';

/** An account with the App, which all its repositories are covered by. */
export interface Owner {
  readonly index: number;
  readonly name: string;
  readonly repositories: number;
  /** Many Apps are installed on selected repositories, and the policy repository is not among them or does not exist. */
  readonly seesPolicyRepository: boolean;
}

/** What stands on GitHub: each repository's policy, in versions. */
export class World {
  /** When each version was pushed, by repository. */
  private readonly pushes = new Map<number, number[]>();
  private readonly texts = new Map<number, string>();

  constructor(private readonly owners: readonly Owner[]) {}

  owner(index: number): Owner {
    const owner = this.owners[index];
    if (owner === undefined) throw new Error(`there is no owner ${index}`);
    return owner;
  }

  /** The first version is 0, and each push makes the next one. */
  push(repository: number, at: number): void {
    const pushes = this.pushes.get(repository) ?? [];
    pushes.push(at);
    this.pushes.set(repository, pushes);
  }

  versionOf(repository: number): number {
    return this.pushes.get(repository)?.length ?? 0;
  }

  /** When this version was pushed, if it was. */
  pushedAt(repository: number, version: number): number | undefined {
    return this.pushes.get(repository)?.[version - 1];
  }

  /** GraphQL's answer about the policy folder of a repository. */
  folderText(name: string, owner: Owner): string {
    const repository = Number(name.slice(1));
    const entries = this.folderOf(this.versionOf(repository));
    return `{"databaseId":${repository + 1},"owner":{"__typename":"Organization","databaseId":${owner.index + 1}},"object":{"__typename":"Tree","entries":[${entries}]}}`;
  }

  /** Of the policy repository: it holds neither an allowlist nor guardrails, which changes no count. */
  policyRepositoryText({ index }: Owner): string {
    return `{"databaseId":${2_000_000_000 + index},"owner":{"__typename":"Organization","databaseId":${index + 1}},"object":null}`;
  }

  private folderOf(version: number): string {
    const known = this.texts.get(version);
    if (known !== undefined) return known;
    const text = policyText(version);
    const blob = { __typename: 'Blob', byteSize: text.length, isBinary: false, isTruncated: false, text };
    const entry = { name: `${IDENTITY}.sts.yaml`, mode: 0o100644, type: 'blob', object: blob };
    const made = JSON.stringify(entry);
    this.texts.set(version, made);
    return made;
  }
}

/** All repositories have the same policy but for its version, so that few have to be compiled. */
export function policyText(version: number): string {
  return `# Version ${version}\nissuer: ${ACTIONS_ISSUER}\nsubject_pattern: 'repo:[^/:]+/[^/:]+:ref:refs/heads/main'\npermissions:\n  contents: read\n`;
}
