import type { Installation } from '../../domain/apps.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import { sameName } from '../../domain/scope.ts';
import type {
  Asking,
  FoldersRead,
  FoundFolder,
  InstallationGone,
  NotFoundFolder,
  RefusedFolder,
  TrustPolicyRepository,
} from '../../application/ports/trust-policy-repository.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

/** A repository with the texts of its policy folder, by file name. */
export interface MemoryRepository {
  readonly repositoryId: number;
  readonly accountId: number;
  readonly files: Readonly<Record<string, string>>;
}

/** Policy folders by `owner/repository`; names in any case. A repository that is not here is refused, as by GitHub. */
export class MemoryTrustPolicies implements TrustPolicyRepository {
  reads = 0;
  /** In place of the next answers, in this order. */
  readonly next: (FoldersRead | InstallationGone | Unavailable)[] = [];
  /** Answered to every read, while it is set. */
  failure: Unavailable | undefined;
  /** Whether folders come without their texts, which are then read one by one. */
  listingOnly = false;
  /** Repositories, in lower case, that are told as missing though a token names them. */
  readonly notFound = new Set<string>();
  private readonly repositories = new Map<string, MemoryRepository>();

  constructor(private readonly orgPolicyRepository: string) {}

  put(repository: string, content: MemoryRepository): void {
    this.repositories.set(repository.toLowerCase(), content);
  }

  delete(repository: string): void {
    this.repositories.delete(repository.toLowerCase());
  }

  read(
    { owner }: Installation,
    repository: string,
    asking: Asking,
  ): Promise<FoldersRead | InstallationGone | Unavailable> {
    this.reads += 1;
    const next = this.next.shift() ?? this.failure;
    if (next !== undefined) return Promise.resolve(next);
    const target = this.folder(owner, repository);
    if (sameName(repository, this.orgPolicyRepository)) {
      return Promise.resolve({ kind: 'read', target, organization: target });
    }
    const policies = this.folder(owner, this.orgPolicyRepository);
    const isSeen = asking === 'pair' || target.kind === 'refused';
    const organization = isSeen ? policies : ({ kind: 'invisible' } as const);
    const pairRefused = target.kind === 'found' && asking === 'pair' ? policies.kind === 'refused' : undefined;
    return Promise.resolve({
      kind: 'read',
      target,
      organization,
      ...(pairRefused === undefined ? {} : { pairRefused }),
    });
  }

  readText(
    { owner }: Installation,
    repository: string,
    _repositoryId: number,
    file: PolicyFile,
  ): Promise<PolicyFile | Unavailable> {
    const text = this.repositories.get(`${owner}/${repository}`.toLowerCase())?.files[file.name];
    if (text !== undefined) return Promise.resolve({ ...file, text });
    return Promise.resolve({ kind: 'unavailable', cause: 'unusable', detail: `${file.name}: no file in the answer` });
  }

  private folder(owner: string, repository: string): FoundFolder | RefusedFolder | NotFoundFolder {
    const name = `${owner}/${repository}`.toLowerCase();
    if (this.notFound.has(name)) return { kind: 'not_found' };
    const found = this.repositories.get(name);
    if (found === undefined) return { kind: 'refused' };
    const { repositoryId, accountId } = found;
    const files = Object.entries(found.files).map(([fileName, text]) => this.file(fileName, text));
    return { kind: 'found', folder: { repositoryId, accountId, files, listingOnly: this.listingOnly } };
  }

  private file(name: string, text: string): PolicyFile {
    const file = { name, kind: 'file', bytes: text.length } as const;
    return this.listingOnly ? { ...file, oid: `oid of ${name}` } : { ...file, text };
  }
}
