import type { Guardrails } from '../../../domain/guardrails.ts';
import { isLevel } from '../../../domain/permission-set.ts';
import { GUARDRAILS_FILE, policyRepository } from '../../../domain/policy-location.ts';
import { isRepositoryName, parseScope, sameName } from '../../../domain/scope.ts';
import { YamlCompiledPolicies } from '../../../infrastructure/yaml/yaml-compiled-policies.ts';
import { guardrailsOption } from '../guardrails-option.ts';
import { EXIT, UsageError, type Outcome } from '../outcome.ts';
import { PolicySetting, type SettingOptions } from '../policy-setting.ts';
import { terminalText } from '../terminal-text.ts';
import { fromCheckouts } from './checkouts.ts';
import { fromGitHub, GitHubUnavailable } from './github-organization.ts';
import { filtered, inventoryRows, type InventoryFilter, type InventoryRow } from './inventory.ts';
import { INVENTORY_FORMATS, inventoryReport, type InventoryFormat } from './inventory-reports.ts';
import type { PolicySource } from './policy-source.ts';
import { readUsage, type Usage } from './usage.ts';

export interface InventoryOptions extends SettingOptions {
  readonly org?: string | undefined;
  readonly checkouts?: string | undefined;
  readonly format?: string | undefined;
  readonly guardrails?: string | undefined;
  readonly events?: string | undefined;
  readonly reaches?: string | undefined;
  readonly grants?: string | undefined;
  readonly 'unused-for'?: string | undefined;
}

const DAY_MS = 24 * 60 * 60_000;

/** `inventory`: every policy of an organization, who can get what by it, and whether anybody does. */
export async function inventory(options: InventoryOptions): Promise<Outcome> {
  const { org, checkouts } = options;
  if (org === undefined && checkouts === undefined)
    throw new UsageError('inventory needs --org NAME or --checkouts FOLDER.');
  if (org !== undefined && parseScope(org)?.owner !== org)
    throw new UsageError('--org must be the name of an account.');
  const format = formatOf(options.format);
  const filter = filterOf(options);
  const setting = new PolicySetting(options);
  const given = guardrailsOption(options.guardrails, setting);
  try {
    const source =
      checkouts === undefined ? await fromGitHub(org ?? '', setting.server) : fromCheckouts(checkouts, org);
    const usage = options.events === undefined ? undefined : await readUsage(options.events, setting.policyRepository);
    return outcome(source, { setting, given, usage, filter, format });
  } catch (error) {
    if (!(error instanceof GitHubUnavailable)) throw error;
    return { exitCode: EXIT.unavailable, output: '', remarks: `${terminalText(error.message)}\n` };
  }
}

interface Asked {
  readonly setting: PolicySetting;
  readonly given: Guardrails | undefined;
  readonly usage: Usage | undefined;
  readonly filter: InventoryFilter;
  readonly format: InventoryFormat;
}

function outcome(source: PolicySource, { setting, given, usage, filter, format }: Asked): Outcome {
  const compiler = new YamlCompiledPolicies(setting.context);
  const own = given ?? guardrailsIn(source, setting, compiler);
  const context = {
    compiler,
    policyRepository: setting.policyRepository,
    actionsIssuer: setting.server.actionsIssuer,
    guardrails: own === 'invalid' ? undefined : own,
    guardrailsAreInvalid: own === 'invalid',
    usage,
  };
  const rows = inventoryRows(source.folders, context);
  const shown = filtered(rows, filter);
  const unread = source.folders.filter(({ files }) => files === undefined).map(({ repository }) => repository);
  const remarks = [
    ...source.remarks,
    ...(unread.length === 0 ? [] : [`Not read, so not told here: ${unread.join(', ')}.`]),
    ...(own === 'invalid' ? [`${GUARDRAILS_FILE} is invalid: nobody gets a token until it is mended.`] : []),
    ...usageRemarks(usage),
    summary(rows, shown),
  ];
  return {
    exitCode: unread.length === 0 ? EXIT.ok : EXIT.refused,
    output: inventoryReport(format, shown, usage !== undefined),
    remarks: remarks.map((line) => `${terminalText(line)}\n`).join(''),
  };
}

/** Those that the organization's policy repository holds. */
function guardrailsIn(
  { folders }: PolicySource,
  { policyRepository: name }: PolicySetting,
  compiler: YamlCompiledPolicies,
): Guardrails | 'invalid' | undefined {
  const folder = folders.find(({ owner, repository }) => sameName(repository, policyRepository({ owner }, name)));
  const file = folder?.files?.find((one) => one.name === GUARDRAILS_FILE);
  if (file === undefined) return undefined;
  const reading =
    file.kind === 'file' && file.text !== undefined ? compiler.guardrails(file.text) : ({ kind: 'invalid' } as const);
  return reading.kind === 'present' ? reading.guardrails : 'invalid';
}

function usageRemarks(usage: Usage | undefined): readonly string[] {
  if (usage === undefined) return [];
  const { events, otherLines, from, to } = usage;
  const span = from === undefined || to === undefined ? '' : `, from ${from} to ${to}`;
  const others = otherLines === 0 ? '' : `; ${otherLines} other lines`;
  return [`The log holds ${events} exchanges${span}${others}. "never" means: not in this log.`];
}

function summary(rows: readonly InventoryRow[], shown: readonly InventoryRow[]): string {
  const invalid = rows.filter(({ valid }) => !valid).length;
  const some = shown.length === rows.length ? '' : `, ${shown.length} of them shown`;
  return `${rows.length} policies${some}, ${invalid} invalid. Not judged here: the organization's issuer allowlist.`;
}

function formatOf(text: string | undefined): InventoryFormat {
  const format = INVENTORY_FORMATS.find((one) => one === (text ?? 'table'));
  if (format === undefined) throw new UsageError(`--format must be one of ${INVENTORY_FORMATS.join(', ')}.`);
  return format;
}

function filterOf({ reaches, grants, events, 'unused-for': days }: InventoryOptions): InventoryFilter {
  if (reaches !== undefined && !isRepositoryName(reaches)) {
    throw new UsageError('--reaches must be the name of a repository, without its owner.');
  }
  if (grants !== undefined && !isGrants(grants)) {
    throw new UsageError(
      '--grants must be a permission (contents), with a level (contents:write), or a level (write).',
    );
  }
  if (days === undefined) return { reaches, grants };
  if (events === undefined) throw new UsageError('--unused-for needs --events FILE.');
  if (!/^\d{1,5}$/.test(days)) throw new UsageError('--unused-for must be a number of days.');
  return { reaches, grants, unusedSince: Date.now() - Number(days) * DAY_MS };
}

function isGrants(text: string): boolean {
  const [name = '', level] = text.split(':');
  return /^[a-z_]+$/.test(name) && (level === undefined || isLevel(level));
}
