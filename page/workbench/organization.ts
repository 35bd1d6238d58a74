import type { Finding } from '../../src/domain/finding.ts';
import type { Guardrails } from '../../src/domain/guardrails.ts';
import type { IssuerAllowlist } from '../../src/domain/issuer-allowlist.ts';
import { checkAllowlistFile, readAllowlistFile } from '../../src/infrastructure/yaml/allowlist-file.ts';
import { checkGuardrailsFile, readGuardrailsFile } from '../../src/infrastructure/yaml/guardrails-file.ts';
import type { ServerContext } from '../../src/infrastructure/yaml/yaml-compiled-policies.ts';

/** An organization's own files, as somebody pasted them; empty where there are none. */
export interface OrganizationFiles {
  readonly allowlist?: string;
  readonly guardrails?: string;
  /** GitHub's number of the organization, if it is given. */
  readonly ownerId?: string;
}

export interface Organization {
  readonly allowlist: IssuerAllowlist | undefined;
  readonly guardrails: Guardrails | undefined;
  readonly ownerId: number | undefined;
  /** What is to be said about the files, each with the file's name in front. */
  readonly remarks: readonly string[];
  /** Whether a file is there that can't be used: then nobody in the organization gets a token. */
  readonly isInvalid: boolean;
}

const MAX_REMARKS = 20;
const OWNER_ID = /^[1-9]\d{0,15}$/;

export function organizationOf(
  { allowlist = '', guardrails = '', ownerId = '' }: OrganizationFiles,
  context: ServerContext,
): Organization {
  const list = allowlist.trim() === '' ? undefined : readAllowlistFile(allowlist, context);
  const rails = guardrails.trim() === '' ? undefined : readGuardrailsFile(guardrails, context);
  const id = ownerId.trim();
  return {
    allowlist: list?.kind === 'valid' ? list.allowlist : undefined,
    guardrails: rails?.kind === 'valid' ? rails.guardrails : undefined,
    ownerId: OWNER_ID.test(id) ? Number(id) : undefined,
    remarks: [
      ...(list === undefined ? [] : remarks('Issuer allowlist', checkAllowlistFile(allowlist, context))),
      ...(rails === undefined ? [] : remarks('Guardrails', checkGuardrailsFile(guardrails, context))),
      ...(id === '' || OWNER_ID.test(id) ? [] : ["GitHub's number of the organization must be digits."]),
    ],
    isInvalid: list?.kind === 'invalid' || rails?.kind === 'invalid',
  };
}

function remarks(file: string, findings: readonly Finding[]): readonly string[] {
  return findings
    .slice(0, MAX_REMARKS)
    .map(
      ({ line, severity, message, advice }) =>
        `${file}, line ${line}: ${severity}. ${[message, advice].join(' ').trim()}`,
    );
}
