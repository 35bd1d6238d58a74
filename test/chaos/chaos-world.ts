import type { JsonObject } from '../support/json.ts';
import type { GitHubEmulator } from '../support/github/emulator.ts';
import type { Account, App, Installation, Repository, WorldEvent } from '../support/github/world-model.ts';
import type { AllowlistDocument, FolderState, IssuerName, ListState, OwnerState, StoredPolicy } from './expectation.ts';
import { Timeline } from './timeline.ts';

export const OWNERS = ['ox', 'fox', 'owl'] as const;
export const POLICY_REPOSITORY = '.github';
export const REPOSITORIES = ['app', 'infra', POLICY_REPOSITORY] as const;
const FOLDER = '.github/chainguard';
const LIST = `${FOLDER}/trusted-token-issuers.yaml`;

/** A webhook that GitHub would send, and what it tells of. */
export interface Notice {
  readonly event: string;
  readonly payload: JsonObject;
  readonly owner: string;
  /** Facts, by key, of which nothing older counts once this is acknowledged. */
  readonly tells: readonly string[];
  /** A push counts only for the installation that is there when it arrives. */
  readonly installationId: number | undefined;
}

/** The local GitHub as its users change it, with the history of every fact that an exchange depends on. */
export class ChaosWorld {
  readonly owners = new Map<string, Timeline<OwnerState>>();
  readonly folders = new Map<string, Timeline<FolderState>>();
  readonly lists = new Map<string, Timeline<ListState>>();
  /** Not handed to anybody yet. */
  readonly notices: Notice[] = [];
  readonly #emulator: GitHubEmulator;
  readonly #app: App;
  readonly #issuers: Readonly<Record<IssuerName, string>>;
  readonly #offlineKeys: string;
  readonly #policies = new Map<number, Map<string, StoredPolicy>>();
  readonly #allowlists = new Map<number, AllowlistDocument>();
  readonly #now: () => number;
  #retired = 0;

  constructor(
    emulator: GitHubEmulator,
    app: App,
    issuers: Readonly<Record<IssuerName, string>>,
    offlineKeys: string,
    now: () => number,
  ) {
    this.#emulator = emulator;
    this.#app = app;
    this.#issuers = issuers;
    this.#offlineKeys = offlineKeys;
    this.#now = now;
    for (const owner of OWNERS) this.#found(owner, true);
    this.note();
    emulator.world.onEvent((event) => this.#announce(event));
  }

  account(owner: string): Account {
    const account = this.#emulator.world.account(owner);
    if (account === undefined) throw new Error(`no account ${owner}`);
    return account;
  }

  repository(owner: string, name: string): Repository {
    return this.#emulator.world.repository(`${owner}/${name}`);
  }

  installation(owner: string): Installation | undefined {
    return this.#emulator.world.installationOf(this.#app, owner);
  }

  writePolicy(owner: string, repository: string, identity: string, policy: StoredPolicy | undefined): void {
    const { id } = this.repository(owner, repository);
    const policies = this.#policies.get(id) ?? new Map<string, StoredPolicy>();
    // A commit that changes no file makes no webhook that tells of one.
    if (isSame(policies.get(identity), policy)) return;
    this.#policies.set(id, policies);
    if (policy === undefined) policies.delete(identity);
    else policies.set(identity, policy);
    const text = policy === undefined ? null : this.#policyText(policy);
    this.#commit(owner, repository, { [`${FOLDER}/${identity}.sts.yaml`]: text });
  }

  writeAllowlist(owner: string, list: AllowlistDocument): void {
    const { id } = this.repository(owner, POLICY_REPOSITORY);
    if (isSame(this.#allowlists.get(id) ?? { kind: 'absent' }, list)) return;
    this.#allowlists.set(id, list);
    this.#commit(owner, POLICY_REPOSITORY, { [LIST]: this.#listText(list) });
  }

  uninstall(owner: string): void {
    const installation = this.installation(owner);
    if (installation !== undefined) this.#emulator.world.uninstall(installation);
    this.note();
  }

  install(owner: string): void {
    if (this.installation(owner) === undefined) this.#emulator.world.install(this.#app, owner);
    this.note();
  }

  suspend(owner: string): void {
    const installation = this.installation(owner);
    if (installation === undefined) return;
    if (installation.suspendedAt === undefined) this.#emulator.world.suspend(installation);
    else this.#emulator.world.unsuspend(installation);
    this.note();
  }

  /** The account takes another name, and somebody else takes its old one. */
  takeOverName(owner: string, isInstalled: boolean): void {
    const { world } = this.#emulator;
    this.#retired += 1;
    const former = this.installation(owner);
    world.renameAccount(owner, `${owner}-was-${this.#retired}`);
    if (former !== undefined) {
      const payload = this.#emulator.webhooks.payloads.installationTarget(former, owner);
      const tells = [`owner ${owner}`];
      this.notices.push({ event: 'installation_target', payload, owner, tells, installationId: undefined });
    }
    this.#found(owner, isInstalled);
    this.note();
  }

  /** The same for a repository within its account. */
  takeOverRepository(owner: string, name: string): void {
    this.#retired += 1;
    this.#emulator.world.renameRepository(`${owner}/${name}`, `${name}-was-${this.#retired}`);
    this.#emulator.world.addRepository({ owner, name, files: { 'README.md': `${this.#retired}` } });
    this.note();
  }

  /** Takes down what is true now. */
  note(): void {
    const at = this.#now();
    for (const owner of OWNERS) {
      const { id: accountId } = this.account(owner);
      const installation = this.installation(owner);
      const suspended = installation?.suspendedAt !== undefined;
      timeline(this.owners, owner).note({ accountId, installationId: installation?.id ?? 0, suspended }, at);
      for (const name of REPOSITORIES) {
        const { id: repositoryId } = this.repository(owner, name);
        const policies = Object.fromEntries(this.#policies.get(repositoryId) ?? []);
        timeline(this.folders, `${owner}/${name}`).note({ accountId, repositoryId, policies }, at);
      }
      const list = this.#allowlists.get(this.repository(owner, POLICY_REPOSITORY).id) ?? { kind: 'absent' };
      timeline(this.lists, owner).note({ accountId, list }, at);
    }
  }

  #found(login: string, isInstalled: boolean): void {
    const { world } = this.#emulator;
    const owner = world.addOrganization(login);
    for (const name of REPOSITORIES)
      world.addRepository({ owner, name, files: { 'README.md': `${owner.id} ${name}` } });
    if (isInstalled) world.install(this.#app, owner);
  }

  #commit(owner: string, repository: string, files: Readonly<Record<string, string | null>>): void {
    this.#emulator.world.commit(`${owner}/${repository}`, files);
    this.note();
  }

  #policyText(policy: StoredPolicy): string {
    if (policy === 'broken') return 'issuer: [unclosed\npermissions: everything\n';
    const { issuer, subject, audience, ownerId, permissions, repositories, callerOnly, inlineKeys } = policy;
    const lines = [
      `issuer: ${this.#issuers[issuer]}`,
      'exact' in subject ? `subject: ${subject.exact}` : `subject_pattern: '${subject.pattern}'`,
      `audience: ${audience}`,
      ...(ownerId === undefined ? [] : [`claim_pattern: { repository_owner_id: '${ownerId}' }`]),
      `permissions: ${JSON.stringify(permissions)}`,
      ...(repositories === undefined ? [] : [`repositories: ${JSON.stringify(repositories)}`]),
      ...(callerOnly === true ? ['caller_repository_only: true'] : []),
      ...(inlineKeys === true ? [`jwks: '${this.#offlineKeys}'`] : []),
    ];
    return `${lines.join('\n')}\n`;
  }

  #listText(list: AllowlistDocument): string | null {
    switch (list.kind) {
      case 'absent':
        return null;
      case 'broken':
        return 'mode: whatever\nissuers: nobody\n';
      case 'list':
        return `mode: ${list.mode}\nissuers: ${JSON.stringify(list.issuers.map((one) => this.#issuers[one]))}\n`;
    }
  }

  #announce(event: WorldEvent): void {
    const notice = this.#noticeOf(event);
    if (notice !== undefined && (OWNERS as readonly string[]).includes(notice.owner)) this.notices.push(notice);
  }

  #noticeOf(event: WorldEvent): Notice | undefined {
    const { payloads } = this.#emulator.webhooks;
    if (event.event === 'installation') {
      const { installation, action } = event;
      const { login } = installation.account;
      const covered = this.#emulator.world.repositories().filter((one) => one.owner.id === installation.account.id);
      const tells = [`owner ${login}`, ...covered.map(({ name }) => `folder ${login}/${name}`)];
      const payload = payloads.installation(action, installation);
      return { event: event.event, payload, owner: login, tells, installationId: undefined };
    }
    if (event.event !== 'push' && event.event !== 'repository') return undefined;
    const { repository } = event;
    const { login } = repository.owner;
    const installation = this.installation(login);
    if (installation === undefined || installation.suspendedAt !== undefined) return undefined;
    if (event.event === 'repository') {
      if (event.action !== 'renamed') return undefined;
      const payload = payloads.repository(event, { installation });
      const tells = [`folder ${login}/${event.from.name ?? repository.name}`];
      return { event: event.event, payload, owner: login, tells, installationId: undefined };
    }
    const payload = payloads.push(event, { installation });
    const list = repository.name === POLICY_REPOSITORY ? [`list ${login}`] : [];
    const tells = [`folder ${login}/${repository.name}`, ...list];
    return { event: event.event, payload, owner: login, tells, installationId: installation.id };
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function timeline<Value>(timelines: Map<string, Timeline<Value>>, key: string): Timeline<Value> {
  const found = timelines.get(key) ?? new Timeline<Value>();
  timelines.set(key, found);
  return found;
}
