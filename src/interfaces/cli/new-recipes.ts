import { escapedPattern, yamlLine, yamlText } from '../../domain/written-policy.ts';

/** What a policy is made of, by the flags that answer it. */
export type Answer = 'issuer' | 'subject' | 'audience' | 'from' | 'at' | 'workflow';
export type Answers = Readonly<Record<Answer, string>>;

export interface Question {
  readonly flag: Answer;
  readonly text: string;
  /** What an answer looks like. */
  readonly form: RegExp;
}

export interface Recipe {
  /** The issuer, where no question asks for it. */
  readonly issuer?: (answers: Answers) => string;
  readonly questions: readonly Question[];
  /** The lines between issuer and permissions. */
  readonly lines: (answers: Answers) => readonly string[];
}

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const ISSUER: Question = {
  flag: 'issuer',
  text: 'The issuer (iss) of the tokens, an https address',
  form: /^https?:\/\/\S+$/,
};
const SUBJECT: Question = { flag: 'subject', text: "The token's subject (sub), exactly", form: /\S/ };
const REPOSITORY = /^[^\s/]+(?:\/[^\s/]+)+$/;
const BRANCH_OR_TAG = /^(?:(?:branch|tag):)?[^\s:]+$/;

const exactly = ({ subject }: Answers): readonly string[] => [yamlLine('subject', subject)];

/** By provider. Each writes the form of subject that the provider's tokens have (docs/providers.md). */
export const RECIPES: ReadonlyMap<string, Recipe> = new Map<string, Recipe>([
  [
    'github-actions',
    {
      questions: [
        { flag: 'from', text: 'The repository whose jobs ask, OWNER/NAME', form: /^[^\s/]+\/[^\s/]+$/ },
        {
          flag: 'at',
          text: 'Where its jobs run: branch:main, tag:v1, environment:production or pull_request',
          form: /^(?:(?:branch|tag|environment):\S.*|pull_request|[^\s:]+)$/,
        },
        { flag: 'workflow', text: 'The workflow file that alone may ask, such as release.yml (empty: any)', form: /^/ },
      ],
      lines: (answers) => [
        yamlLine('subject', `repo:${answers.from}:${contextOf(answers.at)}`),
        ...workflowLines(answers),
      ],
    },
  ],
  [
    'gitlab',
    {
      questions: [
        { ...ISSUER, text: 'The address of the GitLab server, such as https://gitlab.com' },
        { flag: 'from', text: 'The project whose jobs ask, GROUP/PROJECT', form: REPOSITORY },
        { flag: 'at', text: 'Where its jobs run: branch:main or tag:v1', form: BRANCH_OR_TAG },
      ],
      lines: ({ from, at }) => {
        const { kind, name } = placeOf(at);
        return [yamlLine('subject', `project_path:${from}:ref_type:${kind}:ref:${name}`)];
      },
    },
  ],
  [
    'google',
    {
      issuer: () => 'https://accounts.google.com',
      questions: [{ ...SUBJECT, text: "The account's unique id, digits (never its address)" }],
      lines: exactly,
    },
  ],
  [
    'aws',
    {
      questions: [
        {
          ...ISSUER,
          text: "The account's issuer, which aws iam get-outbound-web-identity-federation-info tells",
        },
        { ...SUBJECT, text: 'The ARN of the role, arn:aws:iam::123456789012:role/NAME' },
      ],
      lines: exactly,
    },
  ],
  [
    'kubernetes',
    {
      questions: [
        { ...ISSUER, text: "The cluster's issuer, which kubectl get --raw /.well-known/openid-configuration tells" },
        { ...SUBJECT, text: 'The service account, NAMESPACE:NAME', form: /^[^\s:]+(?::[^\s:]+)+$/ },
      ],
      lines: ({ subject }) => [
        yamlLine('subject', subject.startsWith('system:') ? subject : `system:serviceaccount:${subject}`),
      ],
    },
  ],
  [
    'entra',
    {
      questions: [
        { ...ISSUER, text: "The tenant's issuer, https://login.microsoftonline.com/TENANT-ID/v2.0" },
        { ...SUBJECT, text: 'The object id of the managed identity or service principal' },
        { flag: 'audience', text: 'The application that the token is for (aud): its id', form: /^\S+$/ },
      ],
      lines: ({ subject, audience }) => [yamlLine('subject', subject), yamlLine('audience', audience)],
    },
  ],
  [
    'buildkite',
    {
      issuer: () => 'https://agent.buildkite.com',
      questions: [
        { flag: 'from', text: 'The pipeline, ORGANIZATION/PIPELINE', form: /^[^\s/]+\/[^\s/]+$/ },
        { flag: 'at', text: 'Where its builds run: branch:main or tag:v1', form: BRANCH_OR_TAG },
      ],
      lines: ({ from, at }) => {
        const [organization = '', pipeline = ''] = from.split('/').map(escapedPattern);
        const ref = escapedPattern(refOf(at));
        const subject = `organization:${organization}:pipeline:${pipeline}:ref:${ref}:commit:[0-9a-f]+:step:[^:]*`;
        return [yamlLine('subject_pattern', subject)];
      },
    },
  ],
  [
    'circleci',
    {
      issuer: ({ from }) => `https://oidc.circleci.com/org/${from.split('/')[0] ?? ''}`,
      questions: [
        { flag: 'from', text: 'ORGANIZATION-ID/PROJECT-ID, from their settings', form: new RegExp(`^${ID}/${ID}$`) },
      ],
      lines: ({ from }) => {
        const [organization = '', project = ''] = from.split('/');
        return [
          yamlLine('subject_pattern', `org/${organization}/project/${project}/user/[0-9a-f-]+`),
          yamlLine('audience', organization),
        ];
      },
    },
  ],
  [
    'terraform',
    {
      issuer: () => 'https://app.terraform.io',
      questions: [
        { flag: 'from', text: 'ORGANIZATION/PROJECT/WORKSPACE', form: /^[^/:]+\/[^/:]+\/[^/:]+$/ },
        { flag: 'at', text: 'In which phase of a run: plan or apply', form: /^(?:plan|apply)$/ },
      ],
      lines: ({ from, at }) => {
        const [organization = '', project = '', workspace = ''] = from.split('/');
        return [
          yamlLine('subject', `organization:${organization}:project:${project}:workspace:${workspace}:run_phase:${at}`),
        ];
      },
    },
  ],
  ['other', { questions: [ISSUER, SUBJECT], lines: exactly }],
]);

export const PROVIDER_NAMES: readonly string[] = [...RECIPES.keys()];

/** What tokens are mostly for, each with no more than it needs (GitHub, "Permissions required for GitHub Apps"). */
export const PURPOSES: ReadonlyMap<string, string> = new Map([
  ['read-code', 'contents:read'],
  ['comment', 'issues:write,pull_requests:write'],
  ['open-pull-requests', 'contents:write,pull_requests:write'],
  ['release', 'contents:write'],
  ['deploy', 'contents:read,deployments:write'],
  ['run-workflows', 'actions:write'],
  ['report-status', 'checks:write,statuses:write'],
]);

const PERMISSIONS = /^[^\s:,]+\s*:\s*[^\s:,]+(?:\s*,\s*[^\s:,]+\s*:\s*[^\s:,]+)*$/;

/** A purpose, or permissions as the exchange takes them; nothing where it is neither. */
export function permissionsOf(answer: string): readonly string[] | undefined {
  const list = PURPOSES.get(answer) ?? answer;
  if (!PERMISSIONS.test(list)) return undefined;
  return list
    .split(',')
    .map((one) => one.split(':').map((part) => part.trim()))
    .map(([name = '', level = '']) => `  ${yamlText(name)}: ${yamlText(level)}`);
}

function placeOf(at: string): { readonly kind: 'branch' | 'tag'; readonly name: string } {
  const [, kind, name = at] = /^(branch|tag):(.*)$/s.exec(at) ?? [];
  return { kind: kind === 'tag' ? 'tag' : 'branch', name };
}

function refOf(at: string): string {
  const { kind, name } = placeOf(at);
  return `refs/${kind === 'tag' ? 'tags' : 'heads'}/${name}`;
}

/** A name alone is a branch's. */
function contextOf(at: string): string {
  return /^(?:environment:.+|pull_request)$/s.test(at) ? at : `ref:${refOf(at)}`;
}

/** With a workflow at the branch or tag, so that no other branch can change it. */
function workflowLines({ from, at, workflow }: Answers): readonly string[] {
  const ref = /^ref:(.+)$/.exec(contextOf(at))?.[1] ?? 'refs/heads/main';
  if (workflow === '') return [];
  const file = `${from}/.github/workflows/${workflow}@${ref}`;
  return ['claim_pattern:', `  ${yamlLine('job_workflow_ref', escapedPattern(file))}`];
}
