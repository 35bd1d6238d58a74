import type { Automaton } from '../automaton.ts';
import { compiledIn, PatternBudget, POLICY_PATTERN_LIMITS } from '../pattern-budget.ts';
import { admission, ANYTHING, type Admission, type TextPart } from '../pattern-language.ts';
import { MatchingSteps } from '../pattern-matching.ts';
import { PatternText } from '../pattern-text.ts';
import { Pattern, type PatternResult } from '../pattern.ts';
import { plainTextOf } from '../pattern-style.ts';
import { conditionsOf, type Condition } from '../policy-conditions.ts';
import { actionsIssuers, GITHUB_ACTIONS } from '../providers/github-actions.ts';
import { GITLAB } from '../providers/gitlab.ts';
import { KUBERNETES } from '../providers/kubernetes.ts';
import type { Grammar } from '../providers/grammar.ts';
import type { Beside, Provider } from '../providers/provider.ts';
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

/**
 * Steps of one rule, over all patterns of a policy and all texts that it tries them on: 100,000 of them take about 2 ms.
 * Each rule has its own, so that its findings do not depend on which others are asked for.
 */
const MAX_RULE_STEPS = 50_000;
/** Atoms of the patterns that a rule compiles to see whether it may propose them. */
const MAX_PROPOSED_ATOMS = 1000;

/** A pattern for a claim. */
export type ClaimCondition = Condition & { readonly claim: string };

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

/**
 * A policy as the rules see it. Its patterns are compiled once for all rules. Where the steps are spent before something is
 * known, the answer is the one that leads to a finding: guardrails can make it an error, and nobody gets round them by cost.
 * Only what never matches, and so harms nobody, is not told then.
 */
export class LintedPolicy {
  /** Without patterns that nobody looks into, because those before them come to too much. */
  readonly conditions: readonly Condition[];
  /** Whether the policy is for tokens of the configured server's GitHub Actions. */
  readonly isForActions: boolean;
  /** Whose tokens the policy is for, where that is known. */
  readonly provider: Provider | undefined;
  private readonly compiled: ReadonlyMap<string, Pattern>;
  private readonly automata = new Map<string, Automaton>();
  /** Found out once a rule, however often the rule asks. */
  private answers: { pinsWorkflow?: boolean; namesWorkflow?: boolean; namesSourceByClaim?: boolean } = {};
  private steps = new MatchingSteps(MAX_RULE_STEPS);
  private proposedAtoms = 0;

  /** @param compiled the patterns of a policy that is valid */
  constructor(
    readonly fields: PolicyFields,
    readonly context: LintContext,
    readonly plainTexts: readonly PlainText[] = [],
    compiled?: ReadonlyMap<string, Pattern>,
  ) {
    const all = conditionsOf(fields);
    if (compiled === undefined) {
      const tried = triedPatterns(all);
      this.conditions = all.filter(({ by, text }) => by === 'value' || tried.has(text));
      this.compiled = compiledIn(tried);
    } else {
      this.conditions = all;
      this.compiled = compiled;
    }
    this.isForActions = this.issuers.some((issuer) => this.isOfActions(issuer));
    this.renewSteps();
    this.provider = this.findProvider();
    this.renewSteps();
  }

  /** Before each rule. */
  renewSteps(): void {
    this.steps = new MatchingSteps(MAX_RULE_STEPS);
    this.proposedAtoms = 0;
    this.answers = {};
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

  get claimPatterns(): readonly ClaimCondition[] {
    return this.conditions.filter(isOfClaim);
  }

  /** Whether the policy's token can reach the repository that the policy stands in. */
  get reachesOwnRepository(): boolean {
    const { level, repository } = this.context;
    const { repositories = [], callerRepositoryOnly } = this.fields;
    if (level === 'repository') return true;
    if (repositories.length === 0) return !callerRepositoryOnly;
    return repositories.some((one) => sameName(one, repository));
  }

  /** Whether the policy's token can change anything. */
  get writes(): boolean {
    return [...this.fields.permissions.values()].some(isWriteLevel);
  }

  /** Whether only workflow files of named refs get the token, which no other branch and no pull request can change. */
  get pinsWorkflow(): boolean {
    return (this.answers.pinsWorkflow ??= WORKFLOW_CLAIMS.some(
      (claim) =>
        this.claimRulesOut(claim, [ANYTHING, `@${UNLIKELY_BRANCH}`]) &&
        this.claimRulesOut(claim, [ANYTHING, '@', ...PULL_REQUEST_REFS]),
    ));
  }

  /** Whether a claim says which workflow is meant, perhaps at any ref. */
  get namesWorkflow(): boolean {
    return (this.answers.namesWorkflow ??= WORKFLOW_CLAIMS.some((claim) =>
      this.claimRefuses(claim, [UNLIKELY_WORKFLOW]),
    ));
  }

  /** Whether a claim says which repository or project is meant, whatever the subject admits. */
  get namesSourceByClaim(): boolean {
    return (this.answers.namesSourceByClaim ??= UNLIKELY_SOURCES.some(([claim, text]) =>
      this.claimRefuses(claim, [text]),
    ));
  }

  get namesRepositories(): boolean {
    return (this.fields.repositories ?? []).length > 0;
  }

  /** Whether a condition is a pattern, compiles, and may match the value. */
  mayMatch({ by, text }: Condition, value: string): boolean {
    const pattern = by === 'pattern' ? this.compiled.get(text) : undefined;
    return pattern !== undefined && pattern.matchAny([value], this.steps) !== 'unmatched';
  }

  /** Whether a condition is a pattern, compiles, and may match some text of these parts. */
  mayAdmit(condition: Condition, parts: readonly TextPart[]): boolean {
    const found = this.admission(condition, parts);
    return found !== undefined && found !== 'unadmitted';
  }

  /** Whether a condition is a pattern, compiles, and is known to match some text of these parts. */
  admits(condition: Condition, parts: readonly TextPart[]): boolean {
    return this.admission(condition, parts) === 'admitted';
  }

  /** Whether a condition can hold for one of these texts; a pattern that does not compile is not judged. */
  shares(condition: Condition, texts: Grammar): boolean {
    if (condition.by === 'value') return texts.holds(condition.text, this.steps) || this.steps.areSpent;
    const pattern = this.compiled.get(condition.text);
    return pattern === undefined || texts.shares(pattern, this.steps);
  }

  /**
   * As `shares`, but of a pattern that means one text, that text is judged: a dot in it is a dot. Good for saying what
   * never matches as it was meant, not for telling whom a policy admits.
   */
  sharesAsMeant(condition: Condition, texts: Grammar): boolean {
    const isCompiled = condition.by === 'pattern' && this.compiled.has(condition.text);
    const meant = isCompiled ? plainTextOf(condition.text) : undefined;
    if (meant === undefined) return this.shares(condition, texts);
    return texts.holds(meant, this.steps) || this.steps.areSpent;
  }

  /** The subjects of this policy's tokens, where its provider is known. */
  get possibleSubjects(): Grammar | undefined {
    const [issuer] = this.issuers;
    if (issuer?.by === 'value') return this.provider?.subjectOf?.(issuer.text) ?? this.provider?.subject;
    return this.provider?.subject;
  }

  /** What a claim's text is put right by. */
  get beside(): Beside {
    const [[subject, ...others], [issuer]] = [this.subjects, this.issuers];
    const isExact = subject?.by === 'value' && others.length === 0;
    return { subject: isExact ? subject.text : undefined, issuer: issuer?.by === 'value' ? issuer.text : undefined };
  }

  /** Whether a `claim_pattern` of the policy compiles and is known to refuse all these values of a claim. */
  claimRefuses(claim: string, values: readonly string[]): boolean {
    const condition = this.conditions.find((one) => one.claim === claim);
    const pattern = condition === undefined ? undefined : this.compiled.get(condition.text);
    return pattern !== undefined && values.every((value) => pattern.matchAny([value], this.steps) === 'unmatched');
  }

  /** Whether a `claim_pattern` of the policy compiles and is known to match no text of these parts. */
  claimRulesOut(claim: string, parts: readonly TextPart[]): boolean {
    const condition = this.conditions.find((one) => one.claim === claim);
    return condition !== undefined && this.admission(condition, parts) === 'unadmitted';
  }

  /** Whether a value that a rule would propose holds some of the texts: as a pattern, it compiles and matches one. */
  canPropose(value: string, by: Condition['by'], texts: Grammar): boolean {
    if (by === 'value') return texts.holds(value, this.steps);
    const text = new PatternText(value);
    this.proposedAtoms += text.atoms;
    if (text.isTooLong || this.proposedAtoms > MAX_PROPOSED_ATOMS) return false;
    const result = Pattern.compileText(text);
    return result.kind === 'compiled' && texts.shares(result.pattern, this.steps) && !this.steps.areSpent;
  }

  /** Nothing where it is no pattern, or does not compile. */
  private admission({ by, text }: Condition, parts: readonly TextPart[]): Admission | undefined {
    const pattern = by === 'pattern' ? this.compiled.get(text) : undefined;
    if (pattern === undefined) return undefined;
    const automaton = this.automata.get(text) ?? pattern.automaton;
    this.automata.set(text, automaton);
    return admission(automaton, parts, this.steps);
  }

  /** Also where a pattern admits only the issuer of an enterprise on the server. */
  private isOfActions(issuer: Condition): boolean {
    const { isActionsIssuer, actionsIssuer } = this.context;
    if (issuer.by === 'value') return isActionsIssuer(issuer.text);
    return this.compiled.has(issuer.text) && this.shares(issuer, actionsIssuers(actionsIssuer));
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

function isOfClaim(condition: Condition): condition is ClaimCondition {
  return condition.claim !== undefined;
}

export function isWriteLevel(level: string | undefined): boolean {
  return level === 'write' || level === 'admin';
}

/** Those of a policy that is invalid are bounded as those of a valid one are. */
function triedPatterns(conditions: readonly Condition[]): ReadonlyMap<string, PatternResult> {
  const budget = new PatternBudget(POLICY_PATTERN_LIMITS);
  for (const { by, text } of conditions) if (by === 'pattern') budget.compile(text);
  return budget.tried;
}
