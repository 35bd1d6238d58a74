import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { POLICY_FOLDER, policyPath } from '../../domain/policy-location.ts';
import { escapedPattern, yamlLine, yamlText } from '../../domain/written-policy.ts';
import { isIdentity } from '../../domain/scope.ts';
import { YamlCompiledPolicies } from '../../infrastructure/yaml/yaml-compiled-policies.ts';
import { humanReport } from './finding-reports.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { PolicySetting, type SettingOptions } from './policy-setting.ts';

export interface NewOptions extends SettingOptions {
  readonly provider?: string | undefined;
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly at?: string | undefined;
  readonly workflow?: string | undefined;
  readonly permissions?: string | undefined;
}

type Answer = keyof Pick<NewOptions, 'issuer' | 'subject' | 'from' | 'at' | 'workflow'>;
type Answers = Readonly<Record<Answer, string>>;

interface Recipe {
  /** The issuer, where it is the same for everybody. */
  readonly issuer?: string;
  readonly asks: readonly Answer[];
  readonly subject: (answers: Answers) => string;
}

const QUESTIONS: Readonly<Record<Answer, string>> = {
  issuer: 'The issuer (iss) of the tokens, an https address',
  subject: "The token's subject (sub), exactly",
  from: 'The repository or project whose jobs ask, OWNER/NAME',
  at: 'Where its jobs run: branch:main, tag:v1, environment:production or pull_request',
  workflow: 'The workflow file that alone may ask, such as release.yml (empty: any)',
};

const OWN_ISSUER: Recipe = { asks: ['issuer', 'subject'], subject: ({ subject }) => subject };
const SHARED = (issuer: string): Recipe => ({ issuer, asks: ['subject'], subject: ({ subject }) => subject });

const RECIPES: ReadonlyMap<string, Recipe> = new Map<string, Recipe>([
  [
    'github-actions',
    {
      issuer: 'https://token.actions.githubusercontent.com',
      asks: ['from', 'at', 'workflow'],
      subject: ({ from, at }) => `repo:${from}:${contextOf(at)}`,
    },
  ],
  [
    'gitlab',
    {
      asks: ['issuer', 'from', 'at'],
      subject: ({ from, at }) => {
        const [kind = '', name = ''] = at.split(/:(.*)/s);
        return `project_path:${from}:ref_type:${kind === 'tag' ? 'tag' : 'branch'}:ref:${name}`;
      },
    },
  ],
  ['google', SHARED('https://accounts.google.com')],
  ['aws', OWN_ISSUER],
  ['kubernetes', OWN_ISSUER],
  ['entra', OWN_ISSUER],
  ['buildkite', SHARED('https://agent.buildkite.com')],
  ['circleci', OWN_ISSUER],
  ['terraform', SHARED('https://app.terraform.io')],
  ['other', OWN_ISSUER],
]);

export const PROVIDER_NAMES: readonly string[] = [...RECIPES.keys()];

/** `new IDENTITY`: writes a policy that lints without a warning, from flags and, in a terminal, from answers. */
export async function newPolicy(identities: readonly string[], options: NewOptions): Promise<Outcome> {
  const [identity = '', ...others] = identities;
  if (!isIdentity(identity) || others.length > 0) throw new UsageError('new needs the name of an identity: new deploy');
  const path = join(...policyPath(identity).split('/'));
  if (existsSync(path)) throw new UsageError(`${path} is there already.`);
  const text = await textOf(options);
  const setting = new PolicySetting(options);
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

async function textOf(options: NewOptions): Promise<string> {
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  const ask = async (flag: string, question: string, given: string | undefined): Promise<string> => {
    if (given !== undefined) return oneLine(given, flag);
    if (terminal === undefined) throw new UsageError(`new needs --${flag}: ${question}.`);
    return oneLine(await terminal.question(`${question}: `), flag);
  };
  try {
    const provider = await ask('provider', `One of ${PROVIDER_NAMES.join(', ')}`, options.provider);
    const recipe = RECIPES.get(provider);
    if (recipe === undefined) throw new UsageError(`--provider must be one of ${PROVIDER_NAMES.join(', ')}.`);
    const answers = { issuer: recipe.issuer ?? '', subject: '', from: '', at: '', workflow: '' };
    for (const name of recipe.asks) answers[name] = await ask(name, QUESTIONS[name], options[name]);
    if (options.issuer !== undefined) answers.issuer = options.issuer;
    const permissions = await ask(
      'permissions',
      'What the token may do: contents:read,issues:write',
      options.permissions,
    );
    return [
      yamlLine('issuer', answers.issuer),
      yamlLine('subject', recipe.subject(answers)),
      ...workflowLines(answers),
      'permissions:',
      ...permissionLines(permissions),
      '',
    ].join('\n');
  } finally {
    terminal?.close();
  }
}

/** A line break in quotes would be read as a space. */
function oneLine(answer: string, flag: string): string {
  if (/\p{Cc}/u.test(answer)) throw new UsageError(`--${flag} must be one line, without control characters.`);
  return answer.trim();
}

function contextOf(at: string): string {
  const [kind = '', name = ''] = at.split(/:(.*)/s);
  switch (kind) {
    case 'branch':
      return `ref:refs/heads/${name}`;
    case 'tag':
      return `ref:refs/tags/${name}`;
    default:
      return at;
  }
}

/** With a workflow at the branch or tag, so that no other branch can change it. */
function workflowLines({ from, at, workflow }: Answers): readonly string[] {
  const ref = /^ref:(.+)$/.exec(contextOf(at))?.[1] ?? 'refs/heads/main';
  if (workflow === '') return [];
  const file = `${from}/.github/workflows/${workflow}@${ref}`;
  return ['claim_pattern:', `  ${yamlLine('job_workflow_ref', escapedPattern(file))}`];
}

function permissionLines(list: string): readonly string[] {
  return list
    .split(',')
    .map((one) => one.split(':').map((part) => part.trim()))
    .map(([name = '', level = '']) => `  ${yamlText(name)}: ${yamlText(level)}`);
}
