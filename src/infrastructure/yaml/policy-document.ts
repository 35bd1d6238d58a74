import type { TextItem } from './document-shape.ts';
import { FlagField, KeySetField, TextField, TextListField, TextMapField } from './document-shape.ts';

/**
 * The shape of a trust policy file, with the keys as they stand in the file. The domain decides which values are
 * allowed.
 */
export class PolicyDocument {
  @TextField({ description: 'The issuer (iss) of the token, exactly. Give this or issuer_pattern.' })
  issuer?: string;

  @TextField({ description: 'A regular expression (RE2) that the whole issuer must match. Give this or issuer.' })
  issuer_pattern?: string;

  @TextField({
    description: 'The subject (sub) of the token, exactly. Give this or one of the next three.',
    several: 'Write one value after the colon; several belong below subjects, each on a line of its own after "- ".',
  })
  subject?: string;

  @TextField({ description: 'A regular expression (RE2) that the whole subject must match.' })
  subject_pattern?: string;

  @TextListField({
    description: 'Several subjects (sub), of which the token must have one, exactly. In place of subject.',
    extension: true,
  })
  subjects?: TextItem[];

  @TextListField({
    description:
      'Several regular expressions (RE2), one of which the whole subject must match. In place of subject_pattern.',
    extension: true,
  })
  subject_patterns?: TextItem[];

  @TextField({
    description:
      "An audience (aud) that the token must have, exactly. Without audience and audience_pattern: this service's own name.",
    several: "Write one value, or the alternatives in brackets: audience_pattern: '(one|two)'",
  })
  audience?: string;

  @TextField({
    description: 'A regular expression (RE2) that one whole audience of the token must match.',
    several: "Write one pattern, with the alternatives in brackets: audience_pattern: '(one|two)'",
  })
  audience_pattern?: string;

  @TextMapField({
    description: 'Claim names, each with a regular expression (RE2) that the whole claim must match. Every one must.',
  })
  claim_pattern?: Map<string, TextItem>;

  @TextMapField({ description: 'What the token may do: GitHub App permissions with their levels, at least one.' })
  permissions?: Map<string, TextItem>;

  @TextListField({
    description:
      'Names of the repositories that the token covers, without the owner. Absent or empty: all that the installation sees; absent with the scope of the policy repository: that one alone.',
  })
  repositories?: TextItem[];

  @KeySetField({
    description:
      "The issuer's public keys (a JWK Set, RFC 7517 §5), for an issuer that can't be reached. With an exact issuer only.",
    extension: true,
  })
  jwks?: string | Map<string, unknown>;

  @FlagField({
    description: "The token covers only the repository that the caller's own GitHub Actions token names.",
    extension: true,
  })
  caller_repository_only?: boolean;

  @TextField({ description: 'The name of the GitHub App that must mint the token, exactly.', extension: true })
  app?: string;

  @TextField({
    description: 'A regular expression (RE2) that the whole name of the minting GitHub App must match.',
    extension: true,
  })
  app_pattern?: string;
}
