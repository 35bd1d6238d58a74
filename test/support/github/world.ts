import type { AdjustableClock } from '../clock.ts';
import { generateAppKeys, readAppKeys } from './app-keys.ts';
import { diffSnapshots } from './file-diff.ts';
import type { ChangedFile } from './file-diff.ts';
import { GitObjects, NO_COMMIT } from './git-objects.ts';
import type { Commit, FileChanges, Snapshot } from './git-objects.ts';
import type { Permissions } from './permissions.ts';
import type {
  Account,
  App,
  CheckRun,
  CheckSuite,
  HookDelivery,
  Installation,
  PullRequest,
  Repository,
  RepositoryChanges,
  WorldEvent,
} from './world-model.ts';

export interface AppOptions {
  readonly id?: number;
  readonly slug?: string;
  /** The slug unless given. */
  readonly name?: string;
  readonly permissions: Permissions;
  readonly owner?: Account;
  /** PKCS#1 or PKCS#8; a new RSA key of 2048 bits otherwise. */
  readonly privateKeyPem?: string;
  readonly webhookSecret?: string;
  /** Where the world's changes are delivered by themselves. */
  readonly webhookUrl?: string;
}

export interface RepositoryOptions {
  readonly owner: Account | string;
  readonly name: string;
  readonly id?: number;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** Without files the repository is empty: it has no commit. */
  readonly files?: FileChanges;
}

export interface InstallationOptions {
  readonly id?: number;
  /** All of the App's by default. */
  readonly permissions?: Permissions;
  readonly repositories?: 'all' | readonly RepositoryRef[];
}

export interface CommitOptions {
  readonly branch?: string;
  readonly message?: string;
  readonly author?: string;
  /** Builds on another commit than the branch's, so the branch's own history is lost. */
  readonly parent?: string;
}

export interface PullRequestOptions {
  readonly repository: RepositoryRef;
  readonly branch: string;
  /** A fork; the repository itself otherwise. */
  readonly headRepository?: RepositoryRef;
  readonly base?: string;
  readonly title?: string;
  readonly author?: Account | string;
  /** Committed to the head branch first, which is made from the base where it is missing. */
  readonly files?: FileChanges;
}

/** A repository itself, or `owner/name`. */
export type RepositoryRef = Repository | string;

export type RepositoryLookup =
  { readonly kind: 'found' | 'moved'; readonly repository: Repository } | { readonly kind: 'absent' };

/** Everything that exists on the local GitHub. Changing it is what its users would do on the real one. */
export class GitHubWorld {
  readonly objects = new GitObjects();
  readonly #clock: AdjustableClock;
  readonly #accounts = new Map<number, Account>();
  readonly #apps = new Map<number, App>();
  readonly #repositories = new Map<number, Repository>();
  readonly #installations = new Map<number, Installation>();
  readonly #pulls: PullRequest[] = [];
  readonly #suites: CheckSuite[] = [];
  readonly #runs: CheckRun[] = [];
  readonly #hookDeliveries: HookDelivery[] = [];
  readonly #formerNames = new Map<string, number>();
  readonly #listeners: ((event: WorldEvent) => void)[] = [];
  #lastId = 100_000;

  constructor(clock: AdjustableClock) {
    this.#clock = clock;
  }

  onEvent(listener: (event: WorldEvent) => void): void {
    this.#listeners.push(listener);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  // --- accounts and Apps ---------------------------------------------------------------------

  addOrganization(login: string, id = this.nextId()): Account {
    return this.#addAccount({ id, login, type: 'Organization', createdAt: this.#clock.seconds() });
  }

  addUser(login: string, id = this.nextId()): Account {
    return this.#addAccount({ id, login, type: 'User', createdAt: this.#clock.seconds() });
  }

  account(login: string): Account | undefined {
    return [...this.#accounts.values()].find((one) => sameName(one.login, login));
  }

  renameAccount(account: Account | string, login: string): void {
    const renamed = this.#resolveAccount(account);
    for (const repository of this.repositoriesOf(renamed)) this.#rememberName(repository);
    renamed.login = login;
  }

  deleteAccount(account: Account | string): void {
    const gone = this.#resolveAccount(account);
    for (const installation of this.installations().filter((one) => one.account.id === gone.id)) {
      this.uninstall(installation);
    }
    for (const repository of this.repositoriesOf(gone)) this.deleteRepository(repository);
    this.#accounts.delete(gone.id);
  }

  addApp(options: AppOptions): App {
    const id = options.id ?? this.nextId();
    const slug = options.slug ?? `app-${id}`;
    const app: App = {
      id,
      slug,
      name: options.name ?? slug,
      clientId: `Iv23li${String(id).padStart(14, '0')}`,
      owner: options.owner ?? this.addOrganization(`${slug}-owner`),
      keys: options.privateKeyPem === undefined ? generateAppKeys() : readAppKeys(options.privateKeyPem),
      furtherKeys: [],
      permissions: options.permissions,
      webhookSecret: options.webhookSecret ?? `secret-of-${slug}`,
      webhookUrl: options.webhookUrl,
      createdAt: this.#clock.seconds(),
    };
    this.#apps.set(id, app);
    return app;
  }

  app(id: number): App | undefined {
    return this.#apps.get(id);
  }

  appByClientId(clientId: string): App | undefined {
    return this.apps().find((app) => app.clientId === clientId);
  }

  apps(): App[] {
    return [...this.#apps.values()];
  }

  noteHookDelivery(delivery: Omit<HookDelivery, 'id' | 'deliveredAt'>): void {
    this.#hookDeliveries.push({ ...delivery, id: this.nextId(), deliveredAt: this.#clock.seconds() });
  }

  /** The oldest first. */
  hookDeliveries(app: App): HookDelivery[] {
    return this.#hookDeliveries.filter((one) => one.app === app);
  }

  // --- installations -------------------------------------------------------------------------

  install(app: App, account: Account | string, options: InstallationOptions = {}): Installation {
    const chosen = options.repositories ?? 'all';
    const installation: Installation = {
      id: options.id ?? this.nextId(),
      app,
      account: this.#resolveAccount(account),
      permissions: options.permissions ?? app.permissions,
      selection: chosen === 'all' ? 'all' : 'selected',
      selected: new Set(chosen === 'all' ? [] : chosen.map((one) => this.repository(one).id)),
      suspendedAt: undefined,
      createdAt: this.#clock.seconds(),
    };
    this.#installations.set(installation.id, installation);
    this.#emit({ event: 'installation', action: 'created', installation });
    return installation;
  }

  installation(id: number): Installation | undefined {
    return this.#installations.get(id);
  }

  installations(): Installation[] {
    return [...this.#installations.values()];
  }

  installationOf(app: App, login: string): Installation | undefined {
    return this.installations().find((one) => one.app === app && sameName(one.account.login, login));
  }

  covers(installation: Installation, repository: Repository): boolean {
    if (repository.owner.id !== installation.account.id) return false;
    return installation.selection === 'all' || installation.selected.has(repository.id);
  }

  uninstall(installation: Installation): void {
    this.#installations.delete(installation.id);
    this.#emit({ event: 'installation', action: 'deleted', installation });
  }

  suspend(installation: Installation): void {
    installation.suspendedAt = this.#clock.seconds();
    this.#emit({ event: 'installation', action: 'suspend', installation });
  }

  unsuspend(installation: Installation): void {
    installation.suspendedAt = undefined;
    this.#emit({ event: 'installation', action: 'unsuspend', installation });
  }

  acceptPermissions(installation: Installation, permissions: Permissions): void {
    installation.permissions = permissions;
    this.#emit({ event: 'installation', action: 'new_permissions_accepted', installation });
  }

  addToInstallation(installation: Installation, ref: RepositoryRef): void {
    const repository = this.repository(ref);
    installation.selected.add(repository.id);
    this.#emit({ event: 'installation_repositories', action: 'added', installation, repositories: [repository] });
  }

  removeFromInstallation(installation: Installation, ref: RepositoryRef): void {
    const repository = this.repository(ref);
    if (installation.selection === 'all') this.#selectAllOneByOne(installation);
    installation.selected.delete(repository.id);
    this.#emit({ event: 'installation_repositories', action: 'removed', installation, repositories: [repository] });
  }

  // --- repositories --------------------------------------------------------------------------

  addRepository(options: RepositoryOptions): Repository {
    return this.#createRepository(options, undefined);
  }

  fork(of: RepositoryRef, owner: Account | string): Repository {
    const parent = this.repository(of);
    const { name, defaultBranch } = parent;
    const fork = this.#createRepository({ owner, name, defaultBranch, private: parent.private }, parent.id);
    for (const [branch, sha] of parent.branches) fork.branches.set(branch, sha);
    for (const sha of parent.commits) fork.commits.add(sha);
    return fork;
  }

  repositories(): Repository[] {
    return [...this.#repositories.values()];
  }

  repositoriesOf(account: Account): Repository[] {
    return this.repositories().filter((one) => one.owner.id === account.id);
  }

  repositoryById(id: number): Repository | undefined {
    return this.#repositories.get(id);
  }

  /** For setting up and asserting: throws where there is none. */
  repository(ref: RepositoryRef): Repository {
    if (typeof ref !== 'string') return ref;
    const [owner = '', name = ''] = ref.split('/');
    const found = this.lookUp(owner, name);
    if (found.kind !== 'found') throw new Error(`there is no repository ${ref}`);
    return found.repository;
  }

  lookUp(owner: string, name: string): RepositoryLookup {
    const current = this.repositories().find((one) => sameName(one.owner.login, owner) && sameName(one.name, name));
    if (current !== undefined) return { kind: 'found', repository: current };
    const moved = this.#repositories.get(this.#formerNames.get(nameKey(owner, name)) ?? -1);
    return moved === undefined ? { kind: 'absent' } : { kind: 'moved', repository: moved };
  }

  renameRepository(ref: RepositoryRef, name: string): void {
    const repository = this.repository(ref);
    const from = { name: repository.name };
    this.#rememberName(repository);
    repository.name = name;
    this.#emit({ event: 'repository', action: 'renamed', repository, from });
  }

  transferRepository(ref: RepositoryRef, to: Account | string): void {
    const repository = this.repository(ref);
    const from = { owner: repository.owner };
    this.#rememberName(repository);
    repository.owner = this.#resolveAccount(to);
    this.#emit({ event: 'repository', action: 'transferred', repository, from });
  }

  deleteRepository(ref: RepositoryRef): void {
    const repository = this.repository(ref);
    this.#repositories.delete(repository.id);
    this.#emit({ event: 'repository', action: 'deleted', repository, from: {} });
  }

  setPrivate(ref: RepositoryRef, isPrivate: boolean): void {
    const repository = this.repository(ref);
    repository.private = isPrivate;
    this.#emit({ event: 'repository', action: isPrivate ? 'privatized' : 'publicized', repository, from: {} });
  }

  setDefaultBranch(ref: RepositoryRef, branch: string): void {
    const repository = this.repository(ref);
    const from: RepositoryChanges = { defaultBranch: repository.defaultBranch };
    repository.defaultBranch = branch;
    this.#emit({ event: 'repository', action: 'edited', repository, from });
  }

  // --- history -------------------------------------------------------------------------------

  /** Commits on top of the branch, which is made from the default branch where it is missing, and pushes. */
  commit(ref: RepositoryRef, changes: FileChanges, options: CommitOptions = {}): Commit {
    const repository = this.repository(ref);
    const branch = options.branch ?? repository.defaultBranch;
    const before = repository.branches.get(branch);
    const parent = options.parent ?? before ?? repository.branches.get(repository.defaultBranch);
    const commit = this.#writeCommit(parent, changes, options);
    this.#moveBranch(repository, branch, commit.sha);
    return commit;
  }

  /** Several commits, one push. */
  commitSeries(ref: RepositoryRef, series: readonly FileChanges[], options: CommitOptions = {}): Commit[] {
    const repository = this.repository(ref);
    const branch = options.branch ?? repository.defaultBranch;
    let parent = options.parent ?? repository.branches.get(branch) ?? repository.branches.get(repository.defaultBranch);
    const commits = series.map((changes) => {
      const commit = this.#writeCommit(parent, changes, options);
      parent = commit.sha;
      return commit;
    });
    if (parent !== undefined) this.#moveBranch(repository, branch, parent);
    return commits;
  }

  /** Points a branch at any commit: what `git push --force` does. */
  forcePush(ref: RepositoryRef, branch: string, sha: string): void {
    this.#moveBranch(this.repository(ref), branch, this.objects.existingCommit(sha).sha);
  }

  deleteBranch(ref: RepositoryRef, branch: string): void {
    const repository = this.repository(ref);
    const before = repository.branches.get(branch) ?? NO_COMMIT;
    repository.branches.delete(branch);
    this.#emit({ event: 'push', repository, branch, before, after: NO_COMMIT, forced: false });
  }

  head(ref: RepositoryRef, branch?: string): string | undefined {
    const repository = this.repository(ref);
    return repository.branches.get(branch ?? repository.defaultBranch);
  }

  /** A branch (short or full), `HEAD`, or the name of a commit, in full or abbreviated. */
  resolveCommit(repository: Repository, name: string): Commit | undefined {
    const branch = name === 'HEAD' ? repository.defaultBranch : name.replace(/^(refs\/)?heads\//, '');
    const sha = repository.branches.get(branch) ?? this.#expandSha(repository, name);
    return sha === undefined ? undefined : this.objects.commit(sha);
  }

  snapshot(sha: string | undefined): Snapshot {
    const commit = sha === undefined ? undefined : this.objects.commit(sha);
    return commit === undefined ? new Map() : this.objects.filesOf(commit.tree);
  }

  changedFiles(before: string | undefined, after: string): ChangedFile[] {
    return diffSnapshots(this.objects, this.snapshot(before), this.snapshot(after));
  }

  // --- pull requests -------------------------------------------------------------------------

  openPullRequest(options: PullRequestOptions): PullRequest {
    const repository = this.repository(options.repository);
    const headRepository = this.repository(options.headRepository ?? repository);
    const branch = options.base ?? repository.defaultBranch;
    const base = repository.branches.get(branch);
    if (base === undefined) throw new Error(`${repository.name} has no branch ${branch}`);
    if (options.files !== undefined) {
      const parent = headRepository.branches.get(options.branch) ?? base;
      this.commit(headRepository, options.files, { branch: options.branch, parent });
    }
    const sha = headRepository.branches.get(options.branch);
    if (sha === undefined) throw new Error(`${headRepository.name} has no branch ${options.branch}`);
    const pull: PullRequest = {
      id: this.nextId(),
      number: this.pullRequests(repository).length + 1,
      repository,
      head: { repository: headRepository, branch: options.branch, sha },
      base: { branch, sha: base },
      title: options.title ?? `Pull request from ${options.branch}`,
      state: 'open',
      merged: false,
      author: this.#resolveAccount(options.author ?? headRepository.owner),
      createdAt: this.#clock.seconds(),
    };
    this.#pulls.push(pull);
    this.#shareCommits(repository, sha);
    this.#emit({ event: 'pull_request', action: 'opened', pull });
    return pull;
  }

  pullRequests(repository: Repository): PullRequest[] {
    return this.#pulls.filter((one) => one.repository === repository);
  }

  closePullRequest(pull: PullRequest): void {
    pull.state = 'closed';
    this.#emit({ event: 'pull_request', action: 'closed', pull });
  }

  reopenPullRequest(pull: PullRequest): void {
    pull.state = 'open';
    this.#emit({ event: 'pull_request', action: 'reopened', pull });
  }

  /** Merges with a merge commit, which is pushed to the base branch. */
  mergePullRequest(pull: PullRequest): Commit {
    const { repository, base, head } = pull;
    const current = repository.branches.get(base.branch) ?? base.sha;
    const files = new Map(this.snapshot(current));
    for (const [path, file] of this.snapshot(head.sha)) files.set(path, file);
    for (const gone of this.pullRequestFiles(pull).filter((file) => file.status === 'removed')) {
      files.delete(gone.filename);
    }
    const merge = this.objects.writeCommit({
      tree: this.objects.writeTree(files),
      parents: [current, head.sha],
      message: `Merge pull request #${pull.number}`,
      author: this.#signature(pull.author.login),
    });
    pull.merged = true;
    this.#moveBranch(repository, base.branch, merge.sha);
    this.closePullRequest(pull);
    return merge;
  }

  /** Against the merge base, as GitHub's own "Files changed" is. */
  pullRequestFiles(pull: PullRequest): ChangedFile[] {
    return this.changedFiles(this.objects.mergeBase(pull.base.sha, pull.head.sha), pull.head.sha);
  }

  // --- checks --------------------------------------------------------------------------------

  addCheckSuite(app: App, ref: RepositoryRef, headSha: string, before = NO_COMMIT): CheckSuite {
    const repository = this.repository(ref);
    const known = this.#suites.find(
      (one) => one.app === app && one.repository === repository && one.headSha === headSha,
    );
    if (known !== undefined) return known;
    const headBranch = [...repository.branches].find(([, sha]) => sha === headSha)?.[0];
    const createdAt = this.#clock.seconds();
    const suite = { id: this.nextId(), app, repository, headSha, headBranch, before, createdAt };
    this.#suites.push(suite);
    return suite;
  }

  addCheckRun(run: CheckRun): void {
    this.#runs.push(run);
  }

  checkRun(id: number): CheckRun | undefined {
    return this.#runs.find((one) => one.id === id);
  }

  checkRuns(ref: RepositoryRef, headSha?: string): CheckRun[] {
    const repository = this.repository(ref);
    return this.#runs.filter(
      (one) => one.repository === repository && (headSha === undefined || one.headSha === headSha),
    );
  }

  // --- inside --------------------------------------------------------------------------------

  #addAccount(account: Account): Account {
    if (this.account(account.login) !== undefined) throw new Error(`the login ${account.login} is taken`);
    this.#accounts.set(account.id, account);
    return account;
  }

  #resolveAccount(account: Account | string): Account {
    const found = typeof account === 'string' ? this.account(account) : account;
    if (found === undefined)
      throw new Error(`there is no account ${typeof account === 'string' ? account : account.login}`);
    return found;
  }

  #createRepository(options: RepositoryOptions, forkOf: number | undefined): Repository {
    const owner = this.#resolveAccount(options.owner);
    if (this.lookUp(owner.login, options.name).kind === 'found') {
      throw new Error(`${owner.login}/${options.name} is taken`);
    }
    const repository: Repository = {
      id: options.id ?? this.nextId(),
      owner,
      name: options.name,
      private: options.private ?? true,
      defaultBranch: options.defaultBranch ?? 'main',
      branches: new Map(),
      commits: new Set(),
      forkOf,
      createdAt: this.#clock.seconds(),
    };
    this.#formerNames.delete(nameKey(owner.login, options.name));
    this.#repositories.set(repository.id, repository);
    this.#emit({ event: 'repository', action: 'created', repository, from: {} });
    if (options.files !== undefined) this.commit(repository, options.files, { message: 'Initial commit' });
    return repository;
  }

  #writeCommit(parent: string | undefined, changes: FileChanges, options: CommitOptions): Commit {
    const files = this.objects.applyChanges(this.snapshot(parent), changes);
    return this.objects.writeCommit({
      tree: this.objects.writeTree(files),
      parents: parent === undefined ? [] : [parent],
      message: options.message ?? 'Change files',
      author: this.#signature(options.author ?? 'octocat'),
    });
  }

  #signature(name: string): Commit['author'] {
    return { name, email: `${name}@users.noreply.example`, at: this.#clock.seconds() };
  }

  #moveBranch(repository: Repository, branch: string, after: string): void {
    const before = repository.branches.get(branch) ?? NO_COMMIT;
    const forced = before !== NO_COMMIT && !this.objects.ancestry(after).includes(before);
    repository.branches.set(branch, after);
    this.#shareCommits(repository, after);
    this.#emit({ event: 'push', repository, branch, before, after, forced });
    for (const pull of this.#pulls) {
      const moved = pull.head.repository === repository && pull.head.branch === branch && pull.state === 'open';
      if (!moved) continue;
      pull.head.sha = after;
      this.#shareCommits(pull.repository, after);
      this.#emit({ event: 'pull_request', action: 'synchronize', pull });
    }
  }

  #shareCommits(repository: Repository, sha: string): void {
    for (const one of this.objects.ancestry(sha)) repository.commits.add(one);
  }

  #expandSha(repository: Repository, name: string): string | undefined {
    if (!/^[0-9a-f]{7,40}$/.test(name)) return undefined;
    return [...repository.commits].find((sha) => sha.startsWith(name));
  }

  #rememberName(repository: Repository): void {
    this.#formerNames.set(nameKey(repository.owner.login, repository.name), repository.id);
  }

  #selectAllOneByOne(installation: Installation): void {
    for (const one of this.repositoriesOf(installation.account)) installation.selected.add(one.id);
    installation.selection = 'selected';
  }

  #emit(event: WorldEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function nameKey(owner: string, name: string): string {
  return `${owner}/${name}`.toLowerCase();
}
