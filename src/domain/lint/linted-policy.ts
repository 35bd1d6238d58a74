import type { Automaton } from '../automaton.ts';
import { admits, ANYTHING, type TextPart } from '../pattern-language.ts';
import { Pattern } from '../pattern.ts';
import { plainTextOf } from '../pattern-style.ts';
import { conditionsOf, type Condition } from '../policy-conditions.ts';
import { GITHUB_ACTIONS } from '../providers/github-actions.ts';
import { GITLAB } from '../providers/gitlab.ts';
import { KUBERNETES } from '../providers/kubernetes.ts';
import type { Grammar } from '../providers/grammar.ts';
import type { Provider } from '../providers/provider.ts';
import { providerOf, PROVIDERS } from '../providers/providers.ts';
import { sameName } from '../scope.ts';
import type { DocumentPath } from '../fault.ts';
import type { PolicyContext, PolicyFields } from '../trust-policy.ts';
import type { AcceptedPermissions } from '../accepted-permissions.ts';

/** Where the file that is linted stands. */
export interface PolicyLintContext {
  /** In its repository: `.github/chainguard/deploy.sts.yaml`. */
  readonly path: string;
  /** The repository's name, without its owner. */
  readonly repository: string;
  /** The issuer of the configured GitHub server's Actions tokens. */
  readonly actionsIssuer: string;
  /** What the App's installation there may do, with the page where that is changed. Nothing where it is not known. */
  readonly accepted?: AcceptedPermissions & { readonly page: string };
}

export type LintContext = PolicyContext & PolicyLintContext;

/** After so many patterns that are far too big no others are compiled: each takes as long as a whole valid policy. */
const MAX_COSTLY_PATTERNS = 2;

/** A text of the file that stands there without quotation marks. */
export interface PlainText {
  readonly path: DocumentPath;
  readonly text: string;
}

/** Subjects that tell whose tokens are meant where the issuer does not: clusters and servers have addresses of their own. */
const TELLING_SUBJECTS: readonly (readonly [RegExp, Provider])[] = [
  [/^system:serv/i, KUBERNETES],
  [/^project_path:/, GITLAB],
];

/** A branch that nobody thought of when writing a pattern. */
export const UNLIKELY_BRANCH = 'refs/heads/Zq7-x_y';
/** Of every pull request: guardrails can deny a finding, and a single number would be easy to leave out of a pattern. */
export const PULL_REQUEST_REFS: readonly TextPart[] = ['refs/pull/', ANYTHING];
const UNLIKELY_WORKFLOW = 'Zq7/x/.github/workflows/x.yml@refs/heads/main';
const WORKFLOW_CLAIMS = ['job_workflow_ref', 'workflow_ref'];
/** Claims that name a repository or project, each with one that nobody means. */
const UNLIKELY_SOURCES: readonly (readonly [claim: string, text: string])[] = [
  ['repository', 'Zq7/x'],
  ['repository_id', '7070707'],
  ['job_workflow_ref', UNLIKELY_WORKFLOW],
  ['workflow_ref', UNLIKELY_WORKFLOW],
  ['project_path', 'Zq7/x'],
  ['project_id', '7070707'],
  ['ci_config_ref_uri', 'gitlab.com/Zq7/x//.gitlab-ci.yml@refs/heads/main'],
  ['pipeline_slug', 'Zq7'],
  ['pipeline_id', '00000000-0000-0000-0000-000000000000'],
];

/** A policy as the rules see it. Its patterns are compiled once for all rules. */
export class LintedPolicy {
  readonly conditions: readonly Condition[];
  /** Whose tokens the policy is for, where that is known. */
  readonly provider: Provider | undefined;
  private readonly compiled: ReadonlyMap<string, Pattern>;
  private readonly automata = new Map<string, Automaton>();

  constructor(
    readonly fields: PolicyFields,
    readonly context: LintContext,
    readonly plainTexts: readonly PlainText[] = [],
  ) {
    this.conditions = conditionsOf(fields);
    this.compiled = compiledPatterns(this.patterns);
    this.provider = this.findProvider();
  }

  get patterns(): readonly Condition[] {
    return this.conditions.filter(({ by }) => by === 'pattern');
  }

  get exactValues(): readonly Condition[] {
    return this.conditions.filter(({ by }) => by === 'value');
  }

  /** The conditions on the subject: an exact one, a pattern, or several. One of them is enough. */
  get subjects(): readonly Condition[] {
    return this.conditions.filter(({ of }) => of === 'subject');
  }

  get issuers(): readonly Condition[] {
    return this.conditions.filter(({ of }) => of === 'issuer');
  }

  get claimPatterns(): readonly Condition[] {
    return this.conditions.filter(({ of }) => of === 'claim');
  }

  /** Whether the policy is for tokens of the configured server's GitHub Actions. */
  get isForActions(): boolean {
    const { isActionsIssuer, actionsIssuer } = this.context;
    return this.issuers.some((issuer) =>
      issuer.by === 'value' ? isActionsIssuer(issuer.text) : this.matches(issuer, actionsIssuer),
    );
  }

  /** Whether the policy's token can reach the repository that the policy stands in. */
  get reachesOwnRepository(): boolean {
    const { context, fields } = this;
    if (context.level === 'repository') return true;
    if (!this.namesRepositories) return !fields.callerRepositoryOnly;
    return (fields.repositories ?? []).some((one) => sameName(one, context.repository));
  }

  /** Whether the policy's token can change anything. */
  get writes(): boolean {
    return [...this.fields.permissions.values()].some(isWriteLevel);
  }

  /** Whether only workflow files of named refs get the token, which no other branch and no pull request can change. */
  get pinsWorkflow(): boolean {
    return WORKFLOW_CLAIMS.some((claim) => {
      const condition = this.conditions.find((one) => one.claim === claim);
      return (
        condition !== undefined &&
        this.compiled.has(condition.text) &&
        !this.admits(condition, [ANYTHING, `@${UNLIKELY_BRANCH}`]) &&
        !this.admits(condition, [ANYTHING, '@', ...PULL_REQUEST_REFS])
      );
    });
  }

  /** Whether a claim says which workflow is meant, perhaps at any ref. */
  get namesWorkflow(): boolean {
    return WORKFLOW_CLAIMS.some((claim) => this.claimRefuses(claim, [UNLIKELY_WORKFLOW]));
  }

  /** Whether a claim says which repository or project is meant, whatever the subject admits. */
  get namesSourceByClaim(): boolean {
    return UNLIKELY_SOURCES.some(([claim, text]) => this.claimRefuses(claim, [text]));
  }

  get namesRepositories(): boolean {
    return (this.fields.repositories ?? []).length > 0;
  }

  /** Whether a condition is a pattern, compiles, and matches the value. */
  matches({ by, text }: Condition, value: string): boolean {
    return by === 'pattern' && this.compiled.get(text)?.matches(value) === true;
  }

  /** Whether a condition is a pattern, compiles, and matches some text of these parts. */
  admits({ by, text }: Condition, parts: readonly TextPart[]): boolean {
    const pattern = by === 'pattern' ? this.compiled.get(text) : undefined;
    if (pattern === undefined) return false;
    const automaton = this.automata.get(text) ?? pattern.automaton;
    this.automata.set(text, automaton);
    return admits(automaton, parts);
  }

  /** Whether a condition can hold for one of these texts; a pattern that does not compile is not judged. */
  shares(condition: Condition, texts: Grammar): boolean {
    if (condition.by === 'value') return texts.holds(condition.text);
    const pattern = this.compiled.get(condition.text);
    return pattern === undefined || texts.shares(pattern);
  }

  /** Whether a `claim_pattern` of the policy compiles and refuses all these values of a claim. */
  claimRefuses(claim: string, values: readonly string[]): boolean {
    const condition = this.conditions.find((one) => one.claim === claim);
    const pattern = condition === undefined ? undefined : this.compiled.get(condition.text);
    return pattern !== undefined && values.every((value) => pattern.refuses(value));
  }

  /** Whether a `claim_pattern` of the policy compiles and matches no text of these parts. */
  claimRulesOut(claim: string, parts: readonly TextPart[]): boolean {
    const condition = this.conditions.find((one) => one.claim === claim);
    return condition !== undefined && this.compiled.has(condition.text) && !this.admits(condition, parts);
  }

  /** By the issuer; by the subject's form where the issuer is none of those that are the same for everybody. */
  private findProvider(): Provider | undefined {
    if (this.isForActions) return GITHUB_ACTIONS;
    const [issuer] = this.issuers;
    if (issuer === undefined) return undefined;
    const text = issuer.by === 'value' ? issuer.text : plainTextOf(issuer.text);
    const known = text === undefined ? this.onlyProviderOf(issuer) : providerOf(text);
    if (known !== undefined) return known;
    const subjects = this.subjects.map((one) => one.text.replace(/^\^/, ''));
    return TELLING_SUBJECTS.find(([form]) => subjects.some((subject) => form.test(subject)))?.[1];
  }

  private onlyProviderOf(issuer: Condition): Provider | undefined {
    if (!this.compiled.has(issuer.text)) return undefined;
    const [first, ...others] = PROVIDERS.filter((one) => this.shares(issuer, one.issuer));
    return others.length === 0 ? first : undefined;
  }
}

/** Whether a pattern that a rule proposes compiles, and matches some of the texts. */
export function matchesSome(source: string, texts: Grammar): boolean {
  const result = Pattern.compile(source);
  return result.kind === 'compiled' && texts.shares(result.pattern);
}

export function isWriteLevel(level: string | undefined): boolean {
  return level === 'write' || level === 'admin';
}

function compiledPatterns(patterns: readonly Condition[]): ReadonlyMap<string, Pattern> {
  const compiled = new Map<string, Pattern>();
  let costly = 0;
  for (const { text } of patterns) {
    if (costly >= MAX_COSTLY_PATTERNS || compiled.has(text)) continue;
    const result = Pattern.compile(text);
    if (result.kind === 'compiled') compiled.set(text, result.pattern);
    else if (result.costly) costly += 1;
  }
  return compiled;
}
