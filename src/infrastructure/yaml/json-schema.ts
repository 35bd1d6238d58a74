import { EC_CURVES, MAX_INLINE_KEYS, PRIVATE_MEMBERS } from '../../domain/inline-keys.ts';
import {
  ALLOWLIST_MODES,
  MAX_ALLOWLIST_ISSUERS,
  MAX_ALLOWLIST_PATTERN_LENGTH,
  MAX_ALLOWLIST_PATTERNS,
} from '../../domain/issuer-allowlist.ts';
import {
  GUARDRAIL_MODES,
  MAX_GUARDRAIL_ISSUERS,
  MAX_GUARDRAIL_LIFETIME_SECONDS,
  MAX_GUARDRAIL_PATTERNS,
} from '../../domain/guardrails.ts';
import { lintRuleNames } from '../../domain/lint/lint-policy.ts';
import { MAX_ISSUER_LENGTH } from '../../domain/issuer-url.ts';
import { MAX_PATTERN_LENGTH } from '../../domain/pattern-text.ts';
import { grantableLevels, type PolicyLevel } from '../../domain/permission-set.ts';
import { MAX_CLAIM_PATTERNS, MAX_REPOSITORIES, MAX_SUBJECTS } from '../../domain/trust-policy.ts';
import { AllowlistDocument } from './allowlist-document.ts';
import { shapeOf, type FieldShape } from './document-shape.ts';
import { GuardrailsDocument, RepositoryPoliciesDocument } from './guardrails-document.ts';
import { PolicyDocument } from './policy-document.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const SCHEMA_NAMES = [
  'trust-policy',
  'organization-trust-policy',
  'trusted-token-issuers',
  'guardrails',
] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

/** An empty text counts as absent, in every field that does not restrain. */
const ABSENT = { const: '' };
/** YAML's plain numbers and booleans are taken as the text that stands there. */
const TEXT_TYPES = ['string', 'number', 'boolean'];
const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
/** `issuerUrlFault` as one expression, for editors. A test compares the two. */
const ISSUER_URL = `^https://(?!.*(\\.\\.|//|/\\.(/|$)))(${LABEL}\\.)+(?!([0-9]+|0[xX][0-9A-Fa-f]*)([:/]|$))${LABEL}(:0{0,4}[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/-]*)?$`;
const LOWER_CASE_AUTHORITY = '^https://[^/A-Z]+(/|$)';
/** 2,048 bits as base64url (RFC 4648 §5). */
const MIN_MODULUS_LENGTH = 342;

/**
 * The JSON Schema (draft 2020-12) of a kind of file, made from the field declarations and limits that the reader uses. It
 * accepts every valid file, and also some invalid ones: a schema can't tell, for example, whether a pattern compiles.
 */
export function jsonSchema(name: SchemaName): JsonSchema {
  switch (name) {
    case 'trust-policy':
      return policySchema('Trust policy of a repository', 'repository');
    case 'organization-trust-policy':
      return policySchema('Trust policy of an organization', 'organization');
    case 'trusted-token-issuers':
      return allowlistSchema();
    case 'guardrails':
      return guardrailsSchema();
  }
}

function policySchema(title: string, level: PolicyLevel): JsonSchema {
  const special = policySpecials(level);
  return {
    ...heading(title),
    properties: properties(shapeOf(PolicyDocument), special),
    required: ['permissions'],
    allOf: [
      { oneOf: [present('issuer'), present('issuer_pattern')] },
      { oneOf: ['subject', 'subject_pattern', 'subjects', 'subject_patterns'].map(present) },
      { not: { allOf: [present('audience'), present('audience_pattern')] } },
      { not: { allOf: [present('app'), present('app_pattern')] } },
      { not: { allOf: [present('jwks'), present('issuer_pattern')] } },
    ],
  };
}

function policySpecials(level: PolicyLevel): ReadonlyMap<string, JsonSchema> {
  const special = new Map<string, JsonSchema>([
    ['issuer', { anyOf: [ABSENT, issuerUrl()] }],
    ['subjects', subjectList({ minLength: 1 })],
    ['subject_patterns', subjectList({ ...patternText(MAX_PATTERN_LENGTH), minLength: 1 })],
    ['claim_pattern', { maxProperties: MAX_CLAIM_PATTERNS, additionalProperties: patternText(MAX_PATTERN_LENGTH) }],
    // Guardrails may leave organization permissions to repositories.
    ['permissions', permissions()],
    ['repositories', { maxItems: MAX_REPOSITORIES, items: repositoryName() }],
    ['jwks', { anyOf: [{ type: 'string' }, keySet()] }],
  ]);
  if (level === 'repository') special.set('repositories', ABSENT).set('caller_repository_only', { enum: [false, ''] });
  return special;
}

/** Duplicates are left to the reader: 1 and '1' are one text. */
function subjectList(items: JsonSchema): JsonSchema {
  return { minItems: 1, maxItems: MAX_SUBJECTS, items: { type: TEXT_TYPES, ...items } };
}

function allowlistSchema(): JsonSchema {
  const issuers = {
    maxItems: MAX_ALLOWLIST_ISSUERS,
    items: { allOf: [issuerUrl(), { pattern: LOWER_CASE_AUTHORITY }] },
  };
  const patterns = {
    maxItems: MAX_ALLOWLIST_PATTERNS,
    items: { ...patternText(MAX_ALLOWLIST_PATTERN_LENGTH), minLength: 1 },
  };
  const special = new Map<string, JsonSchema>([
    ['mode', { enum: [...ALLOWLIST_MODES, ''] }],
    ['issuers', issuers],
    ['issuer_patterns', patterns],
  ]);
  return {
    ...heading('Issuer allowlist of an organization'),
    properties: properties(shapeOf(AllowlistDocument), special),
    anyOf: ['issuers', 'issuer_patterns'].map((name) => ({
      required: [name],
      properties: { [name]: { type: 'array', minItems: 1 } },
    })),
  };
}

function guardrailsSchema(): JsonSchema {
  const restraints = ['organization_only', 'repository_policies', 'deny', 'max_token_lifetime_seconds'];
  const patterns = {
    maxItems: MAX_GUARDRAIL_PATTERNS,
    items: { ...patternText(MAX_PATTERN_LENGTH), minLength: 1 },
  };
  const issuers = {
    maxItems: MAX_GUARDRAIL_ISSUERS,
    items: { allOf: [issuerUrl(), { pattern: LOWER_CASE_AUTHORITY }] },
  };
  const ofRepositories = new Map<string, JsonSchema>([
    ['permissions', ceilings()],
    ['issuers', issuers],
  ]);
  const special = new Map<string, JsonSchema>([
    ['mode', { enum: [...GUARDRAIL_MODES, ''] }],
    ['organization_only', patterns],
    [
      'repository_policies',
      {
        type: 'object',
        additionalProperties: false,
        properties: properties(shapeOf(RepositoryPoliciesDocument), ofRepositories),
      },
    ],
    ['deny', { maxItems: lintRuleNames().length, items: { enum: lintRuleNames() } }],
    ['max_token_lifetime_seconds', { type: 'integer', minimum: 1, maximum: MAX_GUARDRAIL_LIFETIME_SECONDS }],
  ]);
  return {
    ...heading('Guardrails of an organization'),
    properties: properties(shapeOf(GuardrailsDocument), special),
    anyOf: restraints.map((name) => ({ required: [name] })),
  };
}

function heading(title: string): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    type: 'object',
    additionalProperties: false,
  };
}

function properties(shapes: ReadonlyMap<string, FieldShape>, special: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const entries = [...shapes].map(
    ([name, shape]) => [name, { ...describedField(shape), ...ofKind(name, shape), ...special.get(name) }] as const,
  );
  return Object.fromEntries(entries);
}

function describedField({ description, extension }: FieldShape): JsonSchema {
  return {
    description: extension ? `${description} (An extension: octo-sts refuses a policy with this field.)` : description,
  };
}

function ofKind(name: string, { kind, restrains }: FieldShape): JsonSchema {
  switch (kind) {
    case 'text':
      return { type: TEXT_TYPES, ...(name.endsWith('_pattern') ? { maxLength: MAX_PATTERN_LENGTH } : {}) };
    case 'texts':
      return restrains ? { type: 'array' } : { type: ['array', 'string'], ...emptyIfText() };
    case 'text-map':
      return restrains ? { type: 'object' } : { type: ['object', 'string'], ...emptyIfText() };
    case 'flag':
      return restrains ? { type: 'boolean' } : { enum: [true, false, ''] };
    case 'key-set':
    case 'number':
    case 'document':
      return {};
  }
}

function emptyIfText(): JsonSchema {
  return { maxLength: 0 };
}

/** Present, and not an empty text. */
function present(name: string): JsonSchema {
  return { required: [name], properties: { [name]: { not: ABSENT } } };
}

function issuerUrl(): JsonSchema {
  return { type: 'string', maxLength: MAX_ISSUER_LENGTH, pattern: ISSUER_URL };
}

function patternText(maxLength: number): JsonSchema {
  return { type: TEXT_TYPES, maxLength };
}

function repositoryName(): JsonSchema {
  return { type: TEXT_TYPES, pattern: '^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,100}$' };
}

function permissions(): JsonSchema {
  return { minProperties: 1, ...ceilings() };
}

function ceilings(): JsonSchema {
  const names = Object.entries(grantableLevels('organization')).map(
    ([name, levels]) => [name, { enum: levels }] as const,
  );
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(names) };
}

function keySet(): JsonSchema {
  return {
    type: 'object',
    required: ['keys'],
    properties: { keys: { type: 'array', minItems: 1, maxItems: MAX_INLINE_KEYS, items: publicKey() } },
  };
}

function publicKey(): JsonSchema {
  const text = { type: 'string', pattern: '^[A-Za-z0-9_-]+$' };
  return {
    type: 'object',
    not: { anyOf: PRIVATE_MEMBERS.map((name) => ({ required: [name] })) },
    oneOf: [
      {
        required: ['kty', 'n', 'e'],
        properties: { kty: { const: 'RSA' }, n: { ...text, minLength: MIN_MODULUS_LENGTH }, e: text },
      },
      {
        required: ['kty', 'crv', 'x', 'y'],
        properties: { kty: { const: 'EC' }, crv: { enum: EC_CURVES }, x: text, y: text },
      },
      { required: ['kty', 'crv', 'x'], properties: { kty: { const: 'OKP' }, crv: { const: 'Ed25519' }, x: text } },
    ],
  };
}
