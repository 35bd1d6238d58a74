import { Claims, claimTexts, type ClaimValue } from '../../src/domain/claims.ts';
import type { RawClaims } from '../../src/domain/claims.ts';

/** One way to hold a field: exactly as the token has it, loosened, or not at all. */
export interface DraftChoice {
  /** For people: `exactly`, `repo:acme/app:ref:refs/heads/…`. */
  readonly label: string;
  /** The line's value; nothing leaves the field out. */
  readonly value: { readonly kind: 'exact' | 'pattern'; readonly text: string } | undefined;
}

/** A claim of the token with the ways to hold it, tightest first. */
export interface DraftField {
  /** As findings and verdicts call it: `subject`, `claim_pattern.ref`. */
  readonly name: string;
  readonly actual: string;
  readonly choices: readonly DraftChoice[];
  /** What is taken unless somebody chooses otherwise. */
  readonly proposed: number;
  /** Why that is not the tightest. */
  readonly note?: string;
}

/** What the service checks on its own, and what no two tokens share. */
const NEVER_HELD = new Set(['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'auth_time', 'at_hash', 'nonce']);
/** Other in the next run of the same job, by the providers' documentation. */
const CHANGING =
  /(^|[_/.-])(sha|commit|run_id|run_number|run_attempt|check_run_id|run_url|build_number|build_id|job_id|step_id|pipeline_source_id|workflow_sha|workflow-id|job-id|runner_id|agent_id|expires?|exp)$|^(terraform_run_id|head_ref|base_ref|actor|actor_id|user_.*|build_commit|build_branch_sha|pipeline_id|session.*|ci_config_sha|google)$/;
/** Says nothing that the subject or an id does not say. */
const REPEATED =
  /^(repository|repository_owner|repository_visibility|workflow|ref_type|ref_path|namespace_path|project_path|project_visibility|organization_slug|pipeline_slug|terraform_(organization|project|workspace)_name|terraform_full_workspace|azp|email|email_verified|enterprise|organization|deployment_tier|groups_direct|issuer_scope|ref_protected)$/;
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
/** Can be written in YAML without quotes: nothing in it starts a comment, a map, a quotation or another type. */
const PLAIN_VALUE = /^[A-Za-z][A-Za-z0-9@/._:-]*[A-Za-z0-9]$/;
const YAML_WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** The policy language's own limits (docs/policies.md). */
const MAX_TEXT = 400;
const MAX_CLAIMS = 60;
// eslint-disable-next-line no-control-regex -- control characters are what it finds
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cs}]/u;
/** Shorter values stand in a subject by chance. */
const MIN_CHANGING_TEXT = 6;

const LEFT_OUT: DraftChoice = { label: 'not checked', value: undefined };

/** The fields of a policy that a token of these claims would match; nothing where no policy can name its issuer or subject. */
export function draftFields(raw: RawClaims, serviceAudiences: readonly string[]): readonly DraftField[] {
  const claims = new Claims(raw);
  const { issuer, subject } = claims;
  if (subject === undefined || !isWritable(issuer) || !isWritable(subject)) return [];
  return [
    { name: 'issuer', actual: issuer, choices: [exactly(issuer)], proposed: 0 },
    subjectField(subject, changingTexts(claims)),
    ...audienceField(claims, serviceAudiences),
    ...claims
      .names()
      .filter((name) => !NEVER_HELD.has(name))
      .flatMap((name) => claimField(name, claims.get(name)))
      .slice(0, MAX_CLAIMS),
  ];
}

/** @param chosen for each field which of its choices is taken; the proposed one unless it is named */
export function draftText(fields: readonly DraftField[], chosen: ReadonlyMap<string, number>): string {
  const taken = fields.flatMap((field) => {
    const value = field.choices[chosen.get(field.name) ?? field.proposed]?.value;
    return value === undefined ? [] : [{ name: field.name, ...value }];
  });
  const isClaim = ({ name }: { readonly name: string }): boolean => name.startsWith(CLAIM_PREFIX);
  const lines = taken
    .filter((one) => !isClaim(one))
    .map(({ name, kind, text }) => `${kind === 'pattern' ? `${name}_pattern` : name}: ${yamlText(text)}`);
  const claims = taken
    .filter(isClaim)
    .map(({ name, text }) => `  ${yamlKey(name.slice(CLAIM_PREFIX.length))}: ${yamlText(text)}`);
  const block = claims.length > 0 ? ['claim_pattern:', ...claims] : [];
  return [...lines, ...block, 'permissions:', '  contents: read', ''].join('\n');
}

const CLAIM_PREFIX = 'claim_pattern.';

function subjectField(subject: string, changing: readonly string[]): DraftField {
  const loosened = changing.reduce((text, one) => text.replaceAll(one, HOLE), subject);
  const choices = [exactly(subject), ...looser(subject)];
  if (loosened === subject) return { name: 'subject', actual: subject, choices, proposed: 0 };
  const choice = pattern(loosened.replaceAll(HOLE, '…'), loosened.split(HOLE).map(escaped).join(ONE_PART));
  const note = 'It holds something that is other in each run.';
  return {
    name: 'subject',
    actual: subject,
    choices: [choices[0] ?? choice, choice, ...choices.slice(1)],
    proposed: 1,
    note,
  };
}

/** Stands for a text that changes. No subject has it: control characters make it unusable. */
const HOLE = '\u0000';
const ONE_PART = '[^/:]+';

function changingTexts(claims: Claims): readonly string[] {
  return claims
    .names()
    .filter((name) => CHANGING.test(name))
    .flatMap((name) => claimTexts(claims.get(name)))
    .filter((text) => text.length >= MIN_CHANGING_TEXT);
}

/** The service takes its own name where a policy names no audience. */
function audienceField(claims: Claims, serviceAudiences: readonly string[]): readonly DraftField[] {
  const { audiences } = claims;
  const [first] = audiences;
  if (first === undefined || !isWritable(first) || audiences.some((one) => serviceAudiences.includes(one))) return [];
  const note = "Another than this service's. Better to ask for a token for this service.";
  return [{ name: 'audience', actual: first, choices: [exactly(first)], proposed: 0, note }];
}

function claimField(name: string, value: ClaimValue | undefined): readonly DraftField[] {
  const [text] = claimTexts(value);
  if (text === undefined || text === '' || !isWritable(text) || !isWritable(name)) return [];
  const choices = [pattern('exactly', escaped(text)), ...looser(text).slice(0, 1), LEFT_OUT];
  const held = { name: `${CLAIM_PREFIX}${name}`, actual: text, choices };
  const last = choices.length - 1;
  if (CHANGING.test(name)) return [{ ...held, proposed: last, note: 'Changes from run to run.' }];
  if (REPEATED.test(name)) return [{ ...held, proposed: last, note: 'Other fields say as much.' }];
  return [{ ...held, proposed: 0 }];
}

/** The text with its end left open: after the last separator, then after the one before. */
function looser(text: string): readonly DraftChoice[] {
  const last = /^(.*[/:@])([^/:@]+)$/s.exec(text)?.[1];
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index + 1);
  const second = colons[1];
  return [
    ...(last === undefined ? [] : [pattern(`${last}…`, `${escaped(last)}[^/:@]+`)]),
    ...(second === undefined || second === last?.length
      ? []
      : [pattern(`${text.slice(0, second)}… (anything)`, `${escaped(text.slice(0, second))}.+`)]),
  ];
}

function exactly(text: string): DraftChoice {
  return { label: 'exactly', value: { kind: 'exact', text } };
}

function pattern(label: string, text: string): DraftChoice {
  return { label, value: { kind: 'pattern', text } };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

function isWritable(text: string): boolean {
  return text !== '' && text.length <= MAX_TEXT && !CONTROL.test(text);
}

function yamlText(text: string): string {
  const isPlain = PLAIN_VALUE.test(text) && !YAML_WORDS.test(text);
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`;
}

function yamlKey(name: string): string {
  return PLAIN_KEY.test(name) && !YAML_WORDS.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
}
