import type { Guardrails } from '../../domain/guardrails.ts';
import { MAX_POLICY_BYTES } from '../../domain/policy-location.ts';
import { readGuardrailsFile } from '../../infrastructure/yaml/guardrails-file.ts';
import { readText } from './input-files.ts';
import { UsageError } from './outcome.ts';
import type { PolicySetting } from './policy-setting.ts';
import { terminalText } from './terminal-text.ts';

/** The guardrails of `--guardrails FILE`. @throws UsageError where they can't be used: judging without them would mislead */
export function guardrailsOption(path: string | undefined, setting: PolicySetting): Guardrails | undefined {
  if (path === undefined) return undefined;
  const text = readText(path);
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) throw new UsageError(`${path} is larger than 64 KiB.`);
  const reading = readGuardrailsFile(text, setting.context);
  if (reading.kind === 'valid') return reading.guardrails;
  const faults = reading.findings.map(({ line, column, message, rule }) => `${line}:${column} ${message} (${rule})`);
  throw new UsageError(`${path} holds no valid guardrails. ${faults.map(terminalText).join(' ')}`);
}
