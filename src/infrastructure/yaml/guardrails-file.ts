import type { Fault } from '../../domain/fault.ts';
import { sortFindings, type Finding } from '../../domain/finding.ts';
import {
  Guardrails,
  type GuardrailFields,
  type GuardrailRules,
  type RepositoryPolicyFields,
} from '../../domain/guardrails.ts';
import type { IssuerUrlRules } from '../../domain/issuer-url.ts';
import { issuerDoubts } from '../../domain/lint/issuer-near-miss.ts';
import { lintRuleNames } from '../../domain/lint/lint-policy.ts';
import type { PolicyLintContext } from '../../domain/lint/linted-policy.ts';
import { bind, type TextItem } from './document-shape.ts';
import { GuardrailsDocument, type RepositoryPoliciesDocument } from './guardrails-document.ts';
import { YamlDocument } from './yaml-document.ts';

export type GuardrailsFileReading =
  | { readonly kind: 'valid'; readonly guardrails: Guardrails }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] };

/** Reads an organization's guardrails, all of their faults in one go. Never throws. */
export function readGuardrailsFile(text: string, rules: IssuerUrlRules): GuardrailsFileReading {
  return read(YamlDocument.parse(text), rules);
}

/** Their faults, and what their author may not have meant: for those who write and review them. */
export function checkGuardrailsFile(
  text: string,
  rules: IssuerUrlRules & Pick<PolicyLintContext, 'actionsIssuer'>,
): readonly Finding[] {
  const source = YamlDocument.parse(text);
  const reading = read(source, rules);
  if (source.root === undefined) return reading.kind === 'valid' ? [] : reading.findings;
  const { repositoryPolicies } = guardrailFields(bind(GuardrailsDocument, source.root).document);
  const doubts = (repositoryPolicies?.issuers ?? []).flatMap((one, index) => {
    const path = ['repository_policies', 'issuers', index];
    return issuerDoubts({ by: 'value', text: one, path, name: 'issuers' }, [rules.actionsIssuer]);
  });
  const told = sortFindings(doubts.map((doubt) => source.locateDoubt(doubt)));
  return reading.kind === 'valid' ? told : [...reading.findings, ...told];
}

function read(source: YamlDocument, rules: IssuerUrlRules): GuardrailsFileReading {
  if (source.root === undefined) return { kind: 'invalid', findings: sortFindings(source.findings) };
  const { document, faults: shapeFaults } = bind(GuardrailsDocument, source.root);
  const known: GuardrailRules = { ...rules, lintRules: lintRuleNames() };
  const compiled = Guardrails.compile(guardrailFields(document), known);
  const broken = shapeFaults.length > 0 || source.isIncomplete;
  const contents = compiled.kind === 'valid' ? [] : withoutEcho(compiled.faults, broken);
  const errors = source.withContents([...shapeFaults, ...contents]);
  if (compiled.kind === 'valid' && errors.length === 0) return { kind: 'valid', guardrails: compiled.guardrails };
  return { kind: 'invalid', findings: errors };
}

/** A file that holds faults only looks empty. */
function withoutEcho(faults: readonly Fault[], broken: boolean): readonly Fault[] {
  return broken ? faults.filter(({ rule }) => rule !== 'guardrails-empty') : faults;
}

function guardrailFields(document: GuardrailsDocument): GuardrailFields {
  const { mode, organization_only, repository_policies, deny, max_token_lifetime_seconds } = document;
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(organization_only === undefined ? {} : { organizationOnly: texts(organization_only) }),
    ...(repository_policies === undefined ? {} : { repositoryPolicies: repositoryPolicyFields(repository_policies) }),
    ...(deny === undefined ? {} : { deny: texts(deny) }),
    ...(max_token_lifetime_seconds === undefined ? {} : { maxTokenLifetimeSeconds: max_token_lifetime_seconds }),
  };
}

function repositoryPolicyFields(document: RepositoryPoliciesDocument): RepositoryPolicyFields {
  const { permissions, issuers, same_owner_only } = document;
  return {
    ...(permissions === undefined
      ? {}
      : { permissions: new Map([...permissions].map(([name, { value }]) => [name, value])) }),
    ...(issuers === undefined ? {} : { issuers: texts(issuers) }),
    ...(same_owner_only === undefined ? {} : { sameOwnerOnly: same_owner_only }),
  };
}

function texts(items: readonly TextItem[]): readonly string[] {
  return items.map(({ value }) => value);
}
