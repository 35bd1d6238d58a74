import { inject, injectable } from 'tsyringe';
import { installationPage } from '../../domain/accepted-permissions.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import type { Finding } from '../../domain/finding.ts';
import { guardrailsOf, type GuardrailsReading } from '../../domain/guardrails.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE, POLICY_FOLDER } from '../../domain/policy-location.ts';
import { sameName } from '../../domain/scope.ts';
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
import { member } from '../json/untrusted-json.ts';
import { filesQuery, foldersQuery, readFiles, readFolders, type CommitFiles } from './commit-query.ts';
import type { GitHubAnswer } from './github-client.ts';
import { POLICY_FILE_CHECKS, type YamlCompiledPolicies } from '../yaml/yaml-compiled-policies.ts';
import { RepositorySession, unexpected } from './repository-session.ts';
import { isolateToken } from '../../application/ports/token.ts';

export interface ChangedFilesSettings {
  readonly orgPolicyRepository: string;
  readonly actionsIssuer: string;
  /** The address of the GitHub server's pages, without a trailing slash. */
  readonly webUrl: string;
}

export const CHANGED_FILES_SETTINGS = isolateToken<ChangedFilesSettings>('ChangedFilesSettings');

/** The largest page that GitHub gives. */
const PAGE_SIZE = 100;
/** "Responses include a maximum of 3000 files" (REST, "List pull requests files"). */
const MAX_PULL_REQUEST_PAGES = 30;
/** "The response … includes … up to 300 files" (REST, "Compare two commits"). */
const MAX_COMPARED_FILES = 300;
/** GitHub cuts texts at 512 kB, so ten of them fit into an answer. */
const FILES_A_QUERY = 10;

/** Changed files from REST's lists, their contents from GraphQL. */
@injectable()
export class GitHubChangedPolicyFiles implements ChangedPolicyFiles {
  constructor(
    @inject(RepositorySession) private readonly session: RepositorySession,
    @inject(POLICY_FILE_CHECKS) private readonly compiler: YamlCompiledPolicies,
    @inject(CHANGED_FILES_SETTINGS) private readonly settings: ChangedFilesSettings,
  ) {}

  list(place: CommitPlace, changes: ChangeList): Promise<ChangedPaths> {
    switch (changes.kind) {
      case 'pull_request':
        return this.ofPullRequest(place, changes);
      case 'since':
        return this.since(place, changes.base);
      case 'everything':
        return this.inFolder(place);
    }
  }

  /** Judges the files of a query before it sends the next one: a hundred costly ones at once would hold the isolate. */
  async check(place: CommitPlace, names: readonly string[], guardrails: JudgingGuardrails): Promise<CheckedFiles> {
    const ofTheCommit = guardrails.kind === 'of_the_commit';
    const asked = ofTheCommit && names.length > 0 ? [...new Set([GUARDRAILS_FILE, ...names])] : names;
    const judged = new Map<string, CheckedFile>();
    let reading = ofTheCommit ? undefined : guardrails;
    for (let start = 0; start < asked.length; start += FILES_A_QUERY) {
      const files = await this.read(place, asked.slice(start, start + FILES_A_QUERY));
      if ('kind' in files) return files;
      // The first query asks for them.
      reading ??= this.guardrailsIn(files);
      for (const file of files) judged.set(file.name, this.judged(place, file, reading));
    }
    return { kind: 'checked', files: names.flatMap((name) => judged.get(name) ?? []) };
  }

  /** As they would hold once the commit is on the default branch. */
  private guardrailsIn(files: readonly PolicyFile[]): GuardrailsReading {
    const file = files.find(({ name }) => name === GUARDRAILS_FILE);
    if (file === undefined) return { kind: 'absent' };
    return file.kind === 'file' && file.text !== undefined ? this.compiler.guardrails(file.text) : { kind: 'invalid' };
  }

  private async ofPullRequest(
    place: CommitPlace,
    { number, base }: ChangeList & { kind: 'pull_request' },
  ): Promise<ChangedPaths> {
    const paths: string[] = [];
    for (let page = 1; page <= MAX_PULL_REQUEST_PAGES; page++) {
      const path = `/pulls/${number}/files?per_page=${PAGE_SIZE}&page=${page}`;
      const answer = await this.session.send(place, { method: 'GET', path });
      if (answer.kind === 'unavailable') return answer;
      if (answer.status !== 200 || !Array.isArray(answer.json)) return unexpected('GET', path, answer);
      paths.push(...presentPaths(answer.json));
      if (answer.json.length < PAGE_SIZE) return { kind: 'listed', paths };
    }
    return this.since(place, base);
  }

  /** Where GitHub's list of files is incomplete, the policy folders of both commits are compared. */
  private async since(place: CommitPlace, base: string): Promise<ChangedPaths> {
    const path = `/compare/${encodeURIComponent(base)}...${place.commit}?per_page=1`;
    const answer = await this.session.send(place, { method: 'GET', path });
    if (answer.kind === 'unavailable') return answer;
    // The commit before a forced push may be gone, and a new history has no commit in common with the old one.
    if (answer.status === 404) return this.inFolder(place);
    const files = member(answer.json, 'files');
    if (answer.status !== 200 || !Array.isArray(files)) return unexpected('GET', path, answer);
    if (files.length < MAX_COMPARED_FILES) return { kind: 'listed', paths: presentPaths(files) };
    const mergeBase = member(member(answer.json, 'merge_base_commit'), 'sha');
    return typeof mergeBase === 'string' ? this.inFolder(place, mergeBase) : unexpected('GET', path, answer);
  }

  private async inFolder(place: CommitPlace, since?: string): Promise<ChangedPaths> {
    const commits = since === undefined ? [place.commit] : [place.commit, since];
    const { owner } = place.installation;
    const answer = await this.query(place, foldersQuery({ owner, name: place.repository }, commits));
    if (answer.kind === 'unavailable') return answer;
    const folders = readFolders(answer.json, commits);
    if ('kind' in folders) return folders;
    const [after = new Map<string, string>(), before] = folders;
    const names = [...after].filter(([name, entry]) => before?.get(name) !== entry).map(([name]) => name);
    return { kind: 'listed', paths: names.map((name) => `${POLICY_FOLDER}/${name}`) };
  }

  private async read(place: CommitPlace, names: readonly string[]): Promise<readonly PolicyFile[] | Unavailable> {
    const { installation, repository, commit } = place;
    const answer = await this.query(place, filesQuery({ owner: installation.owner, name: repository, commit }, names));
    return answer.kind === 'unavailable' ? answer : readFiles(answer.json, names);
  }

  private async query(place: CommitPlace, body: CommitFiles): Promise<GitHubAnswer | Unavailable> {
    const answer = await this.session.send(place, { method: 'POST', path: 'graphql', body });
    return answer.kind === 'answer' && answer.status !== 200 ? unexpected('POST', 'graphql', answer) : answer;
  }

  private judged({ installation, repository }: CommitPlace, file: PolicyFile, reading: GuardrailsReading): CheckedFile {
    const { orgPolicyRepository, actionsIssuer, webUrl } = this.settings;
    const isPolicyRepository = sameName(repository, orgPolicyRepository);
    if (isPolicyRepository && file.name === ALLOWLIST_FILE) return this.compiler.checkAllowlist(file);
    if (isPolicyRepository && file.name === GUARDRAILS_FILE) return this.compiler.checkGuardrails(file);
    const level = isPolicyRepository ? 'organization' : 'repository';
    const { accepted } = installation;
    const rights =
      accepted === undefined
        ? {}
        : { accepted: { ...accepted, page: installationPage(webUrl, installation, accepted.account) } };
    const place = { path: `${POLICY_FOLDER}/${file.name}`, repository, actionsIssuer, ...rights };
    const checked = this.compiler.check(file, level, place, guardrailsOf(reading));
    return reading.kind === 'invalid' ? { ...checked, findings: [...checked.findings, UNUSABLE_GUARDRAILS] } : checked;
  }
}

const UNUSABLE_GUARDRAILS: Finding = {
  rule: 'guardrails-unusable',
  severity: 'warning',
  line: 1,
  column: 1,
  message:
    "The organization's guardrails can't be used, so nobody gets a token, and this file was judged without them.",
  advice: 'Mend guardrails.yaml in the policy repository.',
};

/** Paths as they are after the change. */
function presentPaths(files: readonly unknown[]): readonly string[] {
  return files
    .filter((file) => member(file, 'status') !== 'removed')
    .map((file) => member(file, 'filename'))
    .filter((path) => typeof path === 'string');
}
