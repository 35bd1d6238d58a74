import type { TextItem } from './document-shape.ts';
import { DocumentField, FlagField, NumberField, TextField, TextListField, TextMapField } from './document-shape.ts';

/** The shape of `repository_policies` in `guardrails.yaml`. */
export class RepositoryPoliciesDocument {
  @TextMapField({
    description: 'The most that each permission may be granted at. What is not listed may not be granted.',
  })
  permissions?: Map<string, TextItem>;

  @TextListField({ description: 'Issuers that these policies may name, exactly, with scheme and host in lower case.' })
  issuers?: TextItem[];

  @FlagField({
    description: "Only tokens of this organization's own GitHub Actions workflows (by repository_owner_id).",
  })
  same_owner_only?: boolean;
}

/** The shape of `guardrails.yaml`; the keys are the file's own. */
export class GuardrailsDocument {
  @TextField({ description: 'enforce (the default) refuses what is outside; audit only records it.' })
  mode?: string;

  @TextListField({
    description:
      'Regular expressions (RE2): identities that they match as a whole may be defined in the policy repository alone.',
  })
  organization_only?: TextItem[];

  @DocumentField(RepositoryPoliciesDocument, {
    description: 'What policies in other repositories than the policy repository may do. Absent: anything.',
  })
  repository_policies?: RepositoryPoliciesDocument;

  @TextListField({ description: "The linter's findings that make a policy invalid in this organization." })
  deny?: TextItem[];

  @NumberField({ description: 'The longest that a presented token may be valid (exp - iat), in seconds.' })
  max_token_lifetime_seconds?: string;
}
