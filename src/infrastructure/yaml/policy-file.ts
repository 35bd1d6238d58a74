import type { DocumentPath, Fault } from '../../domain/fault.ts';
import { sortFindings, type Finding } from '../../domain/finding.ts';
import type { Guardrails } from '../../domain/guardrails.ts';
import { parseInlineKeys, type PublicJwk } from '../../domain/inline-keys.ts';
import { withEdits } from '../../domain/text-edits.ts';
import { lintFileName } from '../../domain/lint/file-name.ts';
import { lintPolicy, oneLineAValue } from '../../domain/lint/lint-policy.ts';
import type { Doubt, Repair } from '../../domain/lint/lint-rule.ts';
import type { PolicyLintContext } from '../../domain/lint/linted-policy.ts';
import { POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { unreadFileFault } from '../../domain/watched-files.ts';
import type { Pattern } from '../../domain/pattern.ts';
import { TrustPolicy, type PolicyContext, type PolicyFields } from '../../domain/trust-policy.ts';
import { bind, shapeOf, type TextItem } from './document-shape.ts';
import { PolicyDocument } from './policy-document.ts';
import { YamlDocument } from './yaml-document.ts';

export type PolicyFileReading =
  | {
      readonly kind: 'valid';
      readonly policy: TrustPolicy;
      /** What auditing guardrails would refuse it for. */
      readonly outside: readonly Finding[];
      readonly doubts: readonly Finding[];
    }
  | {
      readonly kind: 'invalid';
      readonly findings: readonly Finding[];
      /** Valid in itself, and outside the guardrails. */
      readonly isOutside: boolean;
    };

/** The guardrails that hold for a file, and where it stands. */
export interface Guarding {
  readonly guardrails: Guardrails;
  readonly place: PolicyLintContext;
}

/**
 * The result of reading a file: the policy if it is valid, the fields as far as they could be read, and every fault.
 */
interface Judged {
  readonly source: YamlDocument;
  readonly fields: PolicyFields | undefined;
  readonly policy: TrustPolicy | undefined;
  readonly errors: readonly Finding[];
}

/**
 * Reads a trust policy, all of its faults in one go. Never throws. An exchange calls it, so it lints only where the
 * organization's guardrails deny findings: `checkPolicyFile` comes to the same verdict and lints too.
 */
export function readPolicyFile(text: string, context: PolicyContext, guarding?: Guarding): PolicyFileReading {
  const held = heldTo(context, guarding?.guardrails);
  const judged = judge(text, held);
  if (judged.policy === undefined) return { kind: 'invalid', findings: judged.errors, isOutside: false };
  const denied = guarding?.guardrails.denied ?? new Set<string>();
  const doubts = guarding === undefined || denied.size === 0 ? [] : doubtsAbout(judged, held, guarding.place, denied);
  return withOutside(judged.policy, outsideOf(judged, held, guarding, doubts), [], guarding?.guardrails);
}

/** Reads a policy as `readPolicyFile` does, and lints it: for those who write and review policies. */
export function checkPolicyFile(
  text: string,
  context: PolicyContext,
  lint: PolicyLintContext,
  guardrails?: Guardrails,
): PolicyFileReading {
  const held = heldTo(context, guardrails);
  const judged = judge(text, held);
  const found = doubtsAbout(judged, held, lint);
  const doubts = sortFindings(oneLineAValue(found).map((doubt) => judged.source.locateDoubt(doubt)));
  const guarding = guardrails === undefined ? undefined : { guardrails, place: lint };
  const outside = outsideOf(judged, held, guarding, found);
  if (judged.policy !== undefined) return withOutside(judged.policy, outside, doubts, guardrails);
  return { kind: 'invalid', findings: [...judged.errors, ...outside, ...doubts], isOutside: false };
}

/** Guardrails may leave organization permissions to repositories. */
function heldTo(context: PolicyContext, guardrails: Guardrails | undefined): PolicyContext {
  return { ...context, organizationPermissions: guardrails?.organizationPermissions };
}

/** Enforcing guardrails make a policy invalid; auditing ones only have it said. */
function withOutside(
  policy: TrustPolicy,
  outside: readonly Finding[],
  doubts: readonly Finding[],
  guardrails: Guardrails | undefined,
): PolicyFileReading {
  if (outside.length > 0 && guardrails?.mode === 'enforce') {
    return { kind: 'invalid', findings: [...outside, ...doubts], isOutside: true };
  }
  return { kind: 'valid', policy, outside, doubts: [...outside, ...doubts] };
}

/** What of a file is outside the guardrails, at its place; as far as its fields could be read. */
function outsideOf(
  { source, fields, policy }: Judged,
  context: PolicyContext,
  guarding: Guarding | undefined,
  doubts: readonly Doubt[],
): readonly Finding[] {
  if (guarding === undefined || fields === undefined) return [];
  const { guardrails, place } = guarding;
  const identity = identityOf(place.path);
  const patterns = policy?.patterns ?? new Map<string, Pattern>();
  const faults = guardrails.judgePolicy({ identity, level: context.level, fields, patterns, doubts });
  const severity = guardrails.mode === 'enforce' ? 'error' : 'warning';
  return sortFindings(faults.map((fault) => source.locate(fault, severity)));
}

function identityOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.endsWith(POLICY_SUFFIX) ? name.slice(0, -POLICY_SUFFIX.length) : name;
}

/** The text of a policy with repairs made at their places; what can't be edited in place stays. */
export function repairEdits(text: string, repairs: readonly Repair[]): string {
  const source = YamlDocument.parse(text);
  return withEdits(
    text,
    repairs.flatMap((repair) => source.editsOf(repair)),
  );
}

/** Findings of a file that no exchange reads because of its name. An error, because its author expects it to count. */
export function unreadFileFindings(name: string): readonly Finding[] {
  const fault = unreadFileFault(name);
  return fault === undefined ? [] : [YamlDocument.parse('').locate(fault)];
}

/** @param wanted the rules that are asked; all, where nothing is said */
function doubtsAbout(
  { source, fields, policy }: Judged,
  context: PolicyContext,
  lint: PolicyLintContext,
  wanted?: ReadonlySet<string>,
): readonly Doubt[] {
  if (fields === undefined) return lintFileName(lint.path);
  const plainTexts = source.plainTexts.filter(({ path }) => isText(path));
  return lintPolicy(fields, { ...context, ...lint }, { plainTexts, patterns: policy?.patterns, wanted });
}

/** A flag is read by its type, and keys by their members. */
function isText([field]: DocumentPath): boolean {
  return field !== 'jwks' && field !== 'caller_repository_only';
}

function judge(text: string, context: PolicyContext): Judged {
  const source = YamlDocument.parse(text);
  if (source.root === undefined)
    return { source, fields: undefined, policy: undefined, errors: sortFindings(source.findings) };
  const { document, faults: shapeFaults } = bind(PolicyDocument, source.root);
  const keys = inlineKeys(document);
  const fields = policyFields(document, keys.keys);
  const compiled = TrustPolicy.compile(fields, context);
  const before = [...shapeFaults, ...keys.faults];
  const contents = compiled.kind === 'valid' ? [] : withoutEchoes(compiled.faults, before, source.isIncomplete);
  const errors = source.withContents([...before, ...contents]);
  const policy = compiled.kind === 'valid' && errors.length === 0 ? compiled.policy : undefined;
  return { source, fields, policy, errors };
}

/** Without faults about missing fields where the field has the wrong type, or where a line could not be read. */
function withoutEchoes(faults: readonly Fault[], earlier: readonly Fault[], unreadable: boolean): readonly Fault[] {
  const touched = new Set(earlier.map(({ path }) => fieldName(path[0])));
  return faults.filter(({ rule }) => {
    const field = MISSING_RULES.get(rule);
    return field === undefined || !(unreadable || touched.has(field));
  });
}

/** `subjects` and `subject_patterns` are ways to give `subject`. */
function fieldName(key: string | number | undefined): string {
  return String(key)
    .replace(/_patterns?$/, '')
    .replace(/^subjects$/, 'subject');
}

/** A list that lost an item of the wrong type is not empty. */
const MISSING_RULES: ReadonlyMap<string, string> = new Map([
  ['issuer-missing', 'issuer'],
  ['subject-missing', 'subject'],
  ['subjects-empty', 'subject'],
  ['permissions-empty', 'permissions'],
]);

function inlineKeys(document: PolicyDocument): {
  readonly keys?: readonly PublicJwk[];
  readonly faults: readonly Fault[];
} {
  if (document.jwks === undefined) return { faults: [] };
  const value = typeof document.jwks === 'string' ? parsedJson(document.jwks) : document.jwks;
  if (value === undefined)
    return { keys: [], faults: [{ rule: 'jwks-form', path: ['jwks'], message: 'The text of jwks is not JSON.' }] };
  const result = parseInlineKeys(value);
  return result.kind === 'valid' ? { keys: result.keys, faults: [] } : { keys: [], faults: result.faults };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type DomainName<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<DomainName<Tail>>}`
  : Key;
type DomainValue<Value> =
  Value extends ReadonlyMap<string, TextItem>
    ? ReadonlyMap<string, string>
    : Value extends readonly TextItem[]
      ? readonly string[]
      : Value;
/** The fields whose values mean the same in the file and in the domain. Keys have to be parsed. */
type PlainKey = Exclude<keyof PolicyDocument, 'jwks'>;
type PlainFields = {
  readonly [Key in PlainKey as DomainName<Key>]?: DomainValue<Exclude<PolicyDocument[Key], undefined>>;
};
/** Does not compile where a document has a field that the domain does not know: no rule may be skipped. */
type KnownFields = Pick<PolicyFields, Exclude<keyof PlainFields, 'claimPattern'>>;

function policyFields(document: PolicyDocument, jwks: readonly PublicJwk[] | undefined): PolicyFields {
  const {
    claimPattern: claimPatterns = new Map<string, string>(),
    permissions = new Map<string, string>(),
    callerRepositoryOnly = false,
    ...plain
  } = plainFields(document);
  const fields: KnownFields = { ...plain, permissions, callerRepositoryOnly };
  return { ...fields, claimPatterns, ...(jwks === undefined ? {} : { jwks }) };
}

/** `subject_pattern` of a file is `subjectPattern` in the domain. What is absent stays absent. */
function plainFields(document: PolicyDocument): PlainFields {
  const fields: [string, unknown][] = [];
  for (const [key, { kind }] of shapeOf(PolicyDocument)) {
    const value: unknown = Reflect.get(document, key);
    if (value === undefined || kind === 'key-set') continue;
    fields.push([key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), withoutItems(value)]);
  }
  return Object.fromEntries(fields);
}

function withoutItems(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: TextItem) => item.value);
  if (value instanceof Map) return new Map([...value].map(([name, item]: [string, TextItem]) => [name, item.value]));
  return value;
}
