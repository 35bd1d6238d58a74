import type { DocumentPath, Fault } from '../../domain/fault.ts';
import { sortFindings, type Finding } from '../../domain/finding.ts';
import { IssuerAllowlist, type AllowlistFields } from '../../domain/issuer-allowlist.ts';
import type { IssuerUrlRules } from '../../domain/issuer-url.ts';
import { issuerDoubts } from '../../domain/lint/issuer-near-miss.ts';
import type { Doubt } from '../../domain/lint/lint-rule.ts';
import type { PolicyLintContext } from '../../domain/lint/linted-policy.ts';
import type { Condition } from '../../domain/policy-conditions.ts';
import { AllowlistDocument } from './allowlist-document.ts';
import { bind, type TextItem } from './document-shape.ts';
import { YamlDocument } from './yaml-document.ts';

export type AllowlistFileReading =
  | { readonly kind: 'valid'; readonly allowlist: IssuerAllowlist }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] };

/** Reads an organization's issuer allowlist, all of its faults in one go. Never throws. */
export function readAllowlistFile(text: string, rules: IssuerUrlRules): AllowlistFileReading {
  return read(YamlDocument.parse(text), rules);
}

/** Its faults, and what its author may not have meant: for those who write and review it. */
export function checkAllowlistFile(
  text: string,
  rules: IssuerUrlRules & Pick<PolicyLintContext, 'actionsIssuer'>,
): readonly Finding[] {
  const source = YamlDocument.parse(text);
  const reading = read(source, rules);
  if (source.root === undefined) return reading.kind === 'valid' ? [] : reading.findings;
  const { issuers, issuerPatterns } = allowlistFields(bind(AllowlistDocument, source.root).document);
  const doubts = [
    ...issuers.flatMap((one, index) => listedIssuerDoubts('value', one, ['issuers', index], rules)),
    ...issuerPatterns.flatMap((one, index) => listedIssuerDoubts('pattern', one, ['issuer_patterns', index], rules)),
  ];
  const told = sortFindings(doubts.map((doubt) => source.locateDoubt(doubt)));
  return reading.kind === 'valid' ? told : [...reading.findings, ...told];
}

function listedIssuerDoubts(
  by: Condition['by'],
  text: string,
  path: DocumentPath,
  { actionsIssuer }: Pick<PolicyLintContext, 'actionsIssuer'>,
): readonly Doubt[] {
  return issuerDoubts({ by, text, path, name: String(path[0]) }, [actionsIssuer]);
}

function read(source: YamlDocument, rules: IssuerUrlRules): AllowlistFileReading {
  if (source.root === undefined) return { kind: 'invalid', findings: sortFindings(source.findings) };
  const { document, faults: shapeFaults } = bind(AllowlistDocument, source.root);
  const compiled = IssuerAllowlist.compile(allowlistFields(document), rules);
  const broken = shapeFaults.length > 0 || source.isIncomplete;
  const contents = compiled.kind === 'valid' ? [] : withoutEcho(compiled.faults, broken);
  const errors = source.withContents([...shapeFaults, ...contents]);
  if (compiled.kind === 'valid' && errors.length === 0) return { kind: 'valid', allowlist: compiled.allowlist };
  return { kind: 'invalid', findings: errors };
}

/** A list all of whose entries are faulty is not an empty list. */
function withoutEcho(faults: readonly Fault[], broken: boolean): readonly Fault[] {
  return broken ? faults.filter(({ rule }) => rule !== 'allowlist-empty') : faults;
}

function texts(items: readonly TextItem[] = []): readonly string[] {
  return items.map(({ value }) => value);
}

function allowlistFields({ mode, issuers, issuer_patterns }: AllowlistDocument): AllowlistFields {
  return { ...(mode === undefined ? {} : { mode }), issuers: texts(issuers), issuerPatterns: texts(issuer_patterns) };
}
