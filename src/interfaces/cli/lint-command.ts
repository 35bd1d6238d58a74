import policyGuide from '../../../docs/policies.md';
import { ALLOWLIST_FILE, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { YamlCompiledPolicies } from '../../infrastructure/yaml/yaml-compiled-policies.ts';
import type { FileFindings } from './file-findings.ts';
import { counts, FORMATS, report, type Format } from './finding-reports.ts';
import { policyFiles, type PolicyFileOnDisk } from './input-files.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { PolicySetting, type SettingOptions } from './policy-setting.ts';
import { ruleTexts } from './rule-guide.ts';

export interface LintOptions extends SettingOptions {
  readonly format?: string | undefined;
  readonly strict?: boolean | undefined;
}

/** `lint PATH…`: the verdict that the check run on GitHub comes to, by the same code. */
export function lint(paths: readonly string[], options: LintOptions, version: string): Outcome {
  if (paths.length === 0)
    throw new UsageError('lint needs a file or a folder: octo-sts-worker lint .github/chainguard');
  const format = formatOf(options.format);
  const files = policyFiles(paths);
  if (files.length === 0) {
    throw new UsageError(`There is no policy below ${paths.join(' ')}: they are files that end in ${POLICY_SUFFIX}.`);
  }
  const setting = new PolicySetting(options);
  const checked = files.map((file) => checkedFile(file, setting));
  const { error, warning } = counts(checked);
  const isAtFault = error > 0 || (options.strict === true && warning > 0);
  return {
    exitCode: isAtFault ? EXIT.refused : EXIT.ok,
    output: report(format, checked, { version, rules: ruleTexts(policyGuide) }),
  };
}

function checkedFile(file: PolicyFileOnDisk, setting: PolicySetting): FileFindings {
  const compiler = new YamlCompiledPolicies(setting.context);
  const { path, pathFromRoot, pathInRepository } = file;
  if (file.name === ALLOWLIST_FILE) return { path, pathFromRoot, findings: compiler.checkAllowlist(file).findings };
  const repository = setting.repositoryOf(path);
  const { actionsIssuer } = setting.server;
  const named = { path: pathInRepository, repository, actionsIssuer };
  return { path, pathFromRoot, findings: compiler.check(file, setting.levelOf(path), named).findings };
}

function formatOf(text: string | undefined): Format {
  const format = FORMATS.find((one) => one === (text ?? 'human'));
  if (format === undefined) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}.`);
  return format;
}
