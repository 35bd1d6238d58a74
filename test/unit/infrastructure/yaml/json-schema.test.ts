import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse } from 'yaml';
import { issuerUrlFault } from '../../../../src/domain/issuer-url.ts';
import { readAllowlistFile } from '../../../../src/infrastructure/yaml/allowlist-file.ts';
import { readGuardrailsFile } from '../../../../src/infrastructure/yaml/guardrails-file.ts';
import { jsonSchema, SCHEMA_NAMES, type SchemaName } from '../../../../src/infrastructure/yaml/json-schema.ts';
import { readPolicyFile } from '../../../../src/infrastructure/yaml/policy-file.ts';
import { corpusCases, fileText, guardrailCases, policyContext, type CorpusCase } from './corpus-cases.ts';

const SCHEMAS = join(import.meta.dirname, '../../../../schemas');
/** Faults that end before there is a document for a schema to judge, or that a parsed document no longer shows. */
const BEFORE_THE_DOCUMENT = /^(yaml-|file-too-large|root-not-map|key-not-text)/;

const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false, strictTypes: false });
const validators = new Map(SCHEMA_NAMES.map((name) => [name, ajv.compile(jsonSchema(name))]));

describe('the JSON Schemas', () => {
  it.each(SCHEMA_NAMES)(
    'in schemas/ are what the declarations say now: %s (else run scripts/generate-schemas.ts)',
    (name) => {
      const kept: unknown = JSON.parse(readFileSync(join(SCHEMAS, `${name}.schema.json`), 'utf8'));
      expect(kept).toEqual(JSON.parse(JSON.stringify(jsonSchema(name))));
    },
  );

  it('mark what octo-sts does not know', () => {
    const { properties } = jsonSchema('trust-policy') as { properties: Record<string, { description: string }> };
    const marked = Object.entries(properties).filter(([, { description }]) => description.includes('extension'));
    expect(marked.map(([name]) => name)).toEqual([
      'subjects',
      'subject_patterns',
      'jwks',
      'caller_repository_only',
      'app',
      'app_pattern',
    ]);
  });

  it.each(comparable())('and the reader agree on $file: $title', ({ one, findings }) => {
    const accepts = validators.get(schemaName(one))?.(parsed(fileText(one))) ?? false;
    const valid = findings.length === 0;
    if (one.schema_accepts !== undefined) expect({ valid, accepts }).toEqual({ valid: false, accepts: true });
    else if (one.schema_refuses !== undefined) expect({ valid, accepts }).toEqual({ valid: true, accepts: false });
    else expect(accepts).toBe(valid);
  });

  it('have the URL rules for issuers that the domain has', () => {
    const validate = validators.get('trust-policy');
    const part = fc.constantFrom(
      'https://',
      'http://',
      'a',
      'B',
      '1',
      '0x1f',
      '.',
      '..',
      '-',
      '_',
      '/',
      '//',
      ':',
      ':8080',
      ':0',
      '?',
      '#',
      '@',
      '%',
      'ä',
      '~',
      'com',
    );
    const urls = fc.array(part, { maxLength: 8 }).map((parts) => `https://${parts.join('')}`);
    const check = (issuer: string): void => {
      const accepts = validate?.({ issuer, subject: 'a', permissions: { contents: 'read' } });
      expect({ issuer, accepts }).toEqual({
        issuer,
        accepts: issuerUrlFault(issuer, { allowLoopbackHttp: false }) === undefined,
      });
    };
    fc.assert(fc.property(urls, check), { seed: 3, numRuns: 3000 });
  });
});

interface Comparable {
  readonly file: string;
  readonly title: string;
  readonly one: CorpusCase;
  readonly findings: readonly string[];
}

function comparable(): readonly Comparable[] {
  const files = guardrailCases().filter(({ kind }) => kind === 'guardrails');
  const all = [...corpusCases(), ...files].map((one) => ({
    file: one.file,
    title: one.title,
    one,
    findings: rules(one),
  }));
  return all.filter(({ findings }) => !findings.some((rule) => BEFORE_THE_DOCUMENT.test(rule)));
}

function rules(one: CorpusCase): readonly string[] {
  const reading = readerOf(one)(fileText(one), policyContext(one));
  return reading.kind === 'valid' ? [] : reading.findings.map(({ rule }) => rule);
}

function readerOf({ kind }: CorpusCase): typeof readAllowlistFile | typeof readGuardrailsFile | typeof readPolicyFile {
  if (kind === 'guardrails') return readGuardrailsFile;
  return kind === 'allowlist' ? readAllowlistFile : readPolicyFile;
}

function schemaName({ kind, level }: CorpusCase): SchemaName {
  if (kind === 'guardrails') return 'guardrails';
  if (kind === 'allowlist') return 'trusted-token-issuers';
  return level === 'organization' ? 'organization-trust-policy' : 'trust-policy';
}

/** As an editor's language server sees the file. */
function parsed(text: string): unknown {
  return parse(text, { uniqueKeys: false, maxAliasCount: -1, logLevel: 'silent' });
}
