import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { POLICY_FOLDER, policyPath } from '../../domain/policy-location.ts';
import { yamlLine } from '../../domain/written-policy.ts';
import { isIdentity } from '../../domain/scope.ts';
import { YamlCompiledPolicies } from '../../infrastructure/yaml/yaml-compiled-policies.ts';
import { humanReport } from './finding-reports.ts';
import { permissionsOf, PROVIDER_NAMES, PURPOSES, RECIPES, type Answer, type Recipe } from './new-recipes.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { PolicySetting, type SettingOptions } from './policy-setting.ts';

export interface NewOptions extends SettingOptions {
  readonly provider?: string | undefined;
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
  readonly audience?: string | undefined;
  readonly from?: string | undefined;
  readonly at?: string | undefined;
  readonly workflow?: string | undefined;
  readonly permissions?: string | undefined;
}

/** `new IDENTITY`: writes a policy that lints without a warning, from flags and, in a terminal, from answers. */
export async function newPolicy(identities: readonly string[], options: NewOptions): Promise<Outcome> {
  const [identity = '', ...others] = identities;
  if (!isIdentity(identity) || others.length > 0) throw new UsageError('new needs the name of an identity: new deploy');
  const path = join(...policyPath(identity).split('/'));
  if (existsSync(path)) throw new UsageError(`${path} is there already.`);
  const setting = new PolicySetting(options);
  const text = await textOf(options, setting);
  const file = { name: `${identity}.sts.yaml`, kind: 'file', bytes: Buffer.byteLength(text), text } as const;
  const named = {
    path: policyPath(identity),
    repository: setting.repositoryOf(path),
    actionsIssuer: setting.server.actionsIssuer,
  };
  const { findings } = new YamlCompiledPolicies(setting.context).check(file, setting.levelOf(path), named);
  const report = findings.length === 0 ? '' : humanReport([{ path, pathFromRoot: path, findings }]);
  if (findings.some(({ severity }) => severity !== 'notice')) {
    return { exitCode: EXIT.refused, output: '', remarks: `${text}\n${report}Nothing was written.\n` };
  }
  mkdirSync(POLICY_FOLDER, { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
  return { exitCode: EXIT.ok, output: `${path}\n`, remarks: report };
}

async function textOf(options: NewOptions, { server }: PolicySetting): Promise<string> {
  const answering = new Answering(options);
  try {
    const provider = await answering.ask('provider', `One of ${PROVIDER_NAMES.join(', ')}`, (one) => RECIPES.has(one));
    const recipe = RECIPES.get(provider);
    if (recipe === undefined) throw new UsageError(`--provider must be one of ${PROVIDER_NAMES.join(', ')}.`);
    refuseOthers(provider, recipe, options);
    const answers = { issuer: '', subject: '', audience: '', from: '', at: '', workflow: '' };
    for (const { flag, text, form } of recipe.questions) {
      answers[flag] = await answering.ask(flag, text, (one) => form.test(one));
    }
    const purposes = `What it is for: ${[...PURPOSES.keys()].join(', ')}; or permissions: contents:read,issues:write`;
    const permissions = await answering.ask('permissions', purposes, (one) => permissionsOf(one) !== undefined);
    const issuer = options.issuer ?? recipe.issuer?.(answers) ?? (answers.issuer || server.actionsIssuer);
    return [
      yamlLine('issuer', issuer),
      ...recipe.lines(answers),
      'permissions:',
      ...(permissionsOf(permissions) ?? []),
      '',
    ].join('\n');
  } finally {
    answering.close();
  }
}

const ASKED: readonly Answer[] = ['subject', 'audience', 'from', 'at', 'workflow'];

/** A flag that is not used would be believed to count. An issuer of one's own always does. */
function refuseOthers(provider: string, { questions }: Recipe, options: NewOptions): void {
  const idle = ASKED.find((flag) => options[flag] !== undefined && questions.every((one) => one.flag !== flag));
  if (idle !== undefined) throw new UsageError(`--${idle} is not for ${provider}.`);
}

const MAX_TRIES = 3;

/** Asks for what no flag says, on standard error, where there is a terminal. */
class Answering {
  private terminal: Interface | undefined;
  private readonly ended = new AbortController();

  constructor(private readonly options: NewOptions) {}

  /** @throws UsageError where there is nobody to ask, or no answer that fits */
  async ask(flag: keyof NewOptions, question: string, fits: (answer: string) => boolean): Promise<string> {
    const given = this.options[flag];
    if (typeof given === 'string') {
      const answer = oneLine(given, flag);
      if (fits(answer)) return answer;
      throw new UsageError(`--${flag} does not fit. ${question}.`);
    }
    if (!process.stdin.isTTY) throw new UsageError(`new needs --${flag}: ${question}.`);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const answer = oneLine(await this.answerTo(`${tries === 0 ? '' : 'That does not fit. '}${question}: `), flag);
      if (fits(answer)) return answer;
    }
    throw new UsageError(`--${flag} does not fit. ${question}.`);
  }

  close(): void {
    this.terminal?.close();
  }

  private async answerTo(question: string): Promise<string> {
    this.terminal ??= this.open();
    try {
      return await this.terminal.question(question, { signal: this.ended.signal });
    } catch {
      throw new UsageError('There was no answer. Nothing was written.');
    }
  }

  /** At the end of the input, and on Ctrl-C, a question would wait for ever. */
  private open(): Interface {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    terminal.once('close', () => this.ended.abort());
    return terminal;
  }
}

/** A line break in quotes would be read as a space. */
function oneLine(answer: string, flag: string): string {
  if (/\p{Cc}/u.test(answer)) throw new UsageError(`--${flag} must be one line, without control characters.`);
  return answer.trim();
}
