import { quoted, type DocumentPath } from './fault.ts';
import type { PolicyFields } from './trust-policy.ts';

/** What a condition speaks of: a claim of the token, or the App that mints. */
export type ConditionSubject = 'issuer' | 'subject' | 'audience' | 'claim' | 'app';

/** One text of a policy that something must be equal to, or one pattern that it must match. */
export interface Condition {
  readonly of: ConditionSubject;
  readonly by: 'value' | 'pattern';
  readonly text: string;
  /** Where it stands in the file. */
  readonly path: DocumentPath;
  /** As messages call it. */
  readonly name: string;
  /** The claim that a `claim_pattern` speaks of. */
  readonly claim?: string;
}

type NoCondition = 'permissions' | 'repositories' | 'jwks' | 'callerRepositoryOnly';
type ConditionField = Exclude<keyof PolicyFields, NoCondition>;

interface Declaration extends Pick<Condition, 'of' | 'by'> {
  /** The field's name in the file. */
  readonly key: string;
}

/** Every field that holds conditions, in the order of the file format. A new field of `PolicyFields` does not compile without its line. */
const CONDITION_FIELDS: Readonly<Record<ConditionField, Declaration>> = {
  issuer: { key: 'issuer', of: 'issuer', by: 'value' },
  issuerPattern: { key: 'issuer_pattern', of: 'issuer', by: 'pattern' },
  subject: { key: 'subject', of: 'subject', by: 'value' },
  subjectPattern: { key: 'subject_pattern', of: 'subject', by: 'pattern' },
  subjects: { key: 'subjects', of: 'subject', by: 'value' },
  subjectPatterns: { key: 'subject_patterns', of: 'subject', by: 'pattern' },
  audience: { key: 'audience', of: 'audience', by: 'value' },
  audiencePattern: { key: 'audience_pattern', of: 'audience', by: 'pattern' },
  claimPatterns: { key: 'claim_pattern', of: 'claim', by: 'pattern' },
  app: { key: 'app', of: 'app', by: 'value' },
  appPattern: { key: 'app_pattern', of: 'app', by: 'pattern' },
};

/** All conditions of a policy: a field's one text, or each text of its list or map. */
export function conditionsOf(fields: PolicyFields): readonly Condition[] {
  return Object.entries(CONDITION_FIELDS).flatMap(([field, declaration]) =>
    conditionsIn(fields[field as ConditionField], declaration),
  );
}

type FieldValue = string | readonly string[] | ReadonlyMap<string, string> | undefined;

function conditionsIn(value: FieldValue, { key, of, by }: Declaration): readonly Condition[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [{ of, by, text: value, path: [key], name: key }];
  if (isList(value)) {
    return value.map((text, index) => ({ of, by, text, path: [key, index], name: `item ${index + 1} of ${key}` }));
  }
  return [...value].map(([claim, text]) => ({
    of,
    by,
    text,
    path: [key, claim],
    name: `${key} for ${quoted(claim)}`,
    claim,
  }));
}

function isList(value: readonly string[] | ReadonlyMap<string, string>): value is readonly string[] {
  return Array.isArray(value);
}
