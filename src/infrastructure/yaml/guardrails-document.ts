import type { TextItem } from './document-shape.ts';
import { DocumentField, FlagField, NumberField, TextField, TextListField, TextMapField } from './document-shape.ts';

/** The shape of `repository_policies` in `guardrails.yaml`. */
export class RepositoryPoliciesDocument {
  @TextMapField({
    restrains: true,
    description: 'The most that each permission may be granted at. What is not listed may not be granted.',
  })
  permissions?: Map<string, TextItem>;

  @TextListField({
    restrains: true,
    description: 'Issuers that these policies may name, exactly, with scheme and host in lower case.',
  })
  issuers?: TextItem[];

  @FlagField({
    restrains: true,
    description: "Only tokens of this organization's own GitHub Actions workflows (by repository_owner_id).",
  })
  same_owner_only?: boolean;
}

/** The shape of `guardrails.yaml`; the keys are the file's own. */
export class GuardrailsDocument {
  @TextField({ description: 'enforce (the default) refuses what is outside; audit only records it.' })
  mode?: string;

  @TextListField({
    restrains: true,
    description:
      'Regular expressions (RE2): identities that they match as a whole may be defined in the policy repository alone.',
  })
  organization_only?: TextItem[];

  @DocumentField(RepositoryPoliciesDocument, {
    restrains: true,
    description: 'What policies in other repositories than the policy repository may do. Absent: anything.',
  })
  repository_policies?: RepositoryPoliciesDocument;

  @TextListField({
    restrains: true,
    description: "The linter's findings that make a policy invalid in this organization.",
  })
  deny?: TextItem[];

  @NumberField({
    restrains: true,
    description: 'The longest that a presented token may be valid (exp - iat), in seconds.',
  })
  max_token_lifetime_seconds?: string;
}
