import type { TextItem } from './document-shape.ts';
import { TextField, TextListField } from './document-shape.ts';

/** The shape of `trusted-token-issuers.yaml`, with the keys as they stand in the file. */
export class AllowlistDocument {
  @TextField({ description: 'enforce (the default) refuses every other issuer; audit only records it.' })
  mode?: string;

  @TextListField({ description: 'Issuers that may federate, exactly, with scheme and host in lower case.' })
  issuers?: TextItem[];

  @TextListField({
    description: 'Regular expressions (RE2), one of which the whole issuer must match. None may reach past the host.',
  })
  issuer_patterns?: TextItem[];
}
