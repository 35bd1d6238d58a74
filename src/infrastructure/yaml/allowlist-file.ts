import type { Fault } from '../../domain/fault.ts';
import { sortFindings, type Finding } from '../../domain/finding.ts';
import { IssuerAllowlist, type AllowlistFields } from '../../domain/issuer-allowlist.ts';
import type { IssuerUrlRules } from '../../domain/issuer-url.ts';
import { AllowlistDocument } from './allowlist-document.ts';
import { bind, type TextItem } from './document-shape.ts';
import { YamlDocument } from './yaml-document.ts';

export type AllowlistFileReading =
  | { readonly kind: 'valid'; readonly allowlist: IssuerAllowlist }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] };

/** Reads an organization's issuer allowlist, all of its faults in one go. Never throws. */
export function readAllowlistFile(text: string, rules: IssuerUrlRules): AllowlistFileReading {
  const source = YamlDocument.parse(text);
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
