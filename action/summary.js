/** Text of a policy or a token, fit for a table: no Markdown, no HTML, no mention, one line. */
function cell(value) {
  if (value === undefined || value === null) return '_none_';
  const text = String(value).slice(0, 300);

  const escaped = text
    // eslint-disable-next-line no-control-regex -- control characters are what it takes out
    .replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
  return `<code>${escaped
    .replaceAll('|', '&#124;')
    .replaceAll('@', '&#64;')
    .replaceAll(/[`*_[\]\\]/g, (one) => `&#${one.charCodeAt(0)};`)}</code>`;
}

/**
 * Why there is no token, for the person who reads the job: what was expected, what the token says, what to do.
 *
 * @param {{ scope: string, identity: string, domain: string, page: string, github?: string }} asked `page`: the service's
 *   own, with a slash; `github`: the API of the server that the job runs on
 * @param {{ status: number, json: Record<string, unknown> }} answer
 */
export function refusalSummary(asked, { status, json }) {
  const { explanation } = json;
  return [
    '### No GitHub token',
    '',
    `${cell(asked.domain)} refused ${wanted(asked)}: ${cell(json.message ?? `status ${status}`)}`,
    ...explained(explanation),
    ...advice(json),
    ...workbench(asked, json),
    '',
    `<sub>${cell(json.error ?? status)}, request ${cell(json.request_id)}: the service's operator finds the whole explanation under this id.</sub>`,
  ].join('\n');
}

/**
 * Why there is no token where nobody refused one.
 *
 * @param {{ scope: string, identity: string }} asked
 * @param {{ sentence: string, answer: { json: Record<string, unknown> } | undefined }[]} failures
 */
export function failureSummary(asked, failures) {
  const requests = failures.flatMap(({ answer }) => answer?.json.request_id ?? []);
  const isMisconfigured = failures.some(({ answer }) => answer?.json.error === 'misconfigured');
  return [
    '### No GitHub token',
    '',
    `There is no decision on ${wanted(asked)}:`,
    '',
    ...failures.map(({ sentence }) => `- ${cell(sentence)}`),
    '',
    `**What to do:** ${isMisconfigured ? MISCONFIGURED_ADVICE : FAILURE_ADVICE}`,
    ...(requests.length > 0 ? ['', `<sub>Request ${requests.map(cell).join(', ')}</sub>`] : []),
  ].join('\n');
}

function wanted({ scope, identity }) {
  return `the identity ${cell(identity)} on ${cell(scope)}`;
}

/** The service writes for all its callers; here the audience is an input of the step. @param {unknown} hint */
export function hintText(hint) {
  return String(hint ?? '').replace(/, in GitHub Actions with &audience=(\S+)\.$/, ': set the input audience to $1.');
}

function explained(explanation) {
  if (typeof explanation !== 'object' || explanation === null) return [];
  const { policy, fields = [], notes = [] } = explanation;
  const hints = fields.filter(({ hint }) => hint !== undefined);
  return [
    ...(fields.length > 0 ? ['', `Against the policy ${cell(policy)}:`, '', ...table(fields)] : []),
    ...(hints.length > 0 ? ['', ...hints.map(({ field, hint }) => `- ${cell(field)}: ${cell(hintText(hint))}`)] : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${cell(note)}`)] : []),
  ];
}

function table(fields) {
  const rows = fields.map(
    ({ field, expected, actual, matched }) =>
      `| ${matched ? '✅' : '❌'} | ${cell(field)} | ${cell(expected)} | ${cell(actual)} |`,
  );
  return ['| | field | the policy expects | the token says |', '| --- | --- | --- | --- |', ...rows];
}

const FAILURE_ADVICE =
  'Run the job again later, or ask the operator of the service. The policy and the inputs have no part in this, unless the domain is wrong.';
const MISCONFIGURED_ADVICE =
  'Ask the operator of the service: `/healthz` on its domain names the settings that are at fault.';

const POLICY_ADVICE = 'Change the policy on the default branch, or run the job as the policy expects.';
/** One key of the service stands for several refusals, which only its sentence tells apart. */
const PERMISSION_ADVICE = [
  [
    /^GitHub refuses/,
    "The policy asks for more than the service's GitHub App may grant. Give the App the permission or the repository, which an owner of the organization must accept, or let the policy ask for less.",
  ],
  [/does not grant these/, 'Ask for less in the inputs `permissions` and `repositories`, or let the policy grant it.'],
  [/only workflows of the same owner/, "Run the job in a repository of the policy's owner."],
];

const ADVICE = {
  invalid_request: 'Check the inputs of the step.',
  policy_not_found:
    'The policy must be on the default branch of the repository that the token is for, as `.github/chainguard/NAME.sts.yaml`.',
  policy_invalid:
    'Mend the policy. `octo-sts-worker lint` shows every fault with its line, and so does the check on a pull request that changes it.',
  installation_not_found: "Install the service's GitHub App on the owner of the scope.",
  issuer_not_allowed:
    "Ask the organization's owners to list the issuer in `.github/chainguard/trusted-token-issuers.yaml`, or write a policy that names it.",
};

function advice({ error, message, explanation }) {
  const sentence = error === 'permission_denied' ? permissionAdvice(message) : known(error);
  const general = sentence === undefined ? [] : ['', `**What to do:** ${sentence}`];
  if (explanation !== undefined || sentence !== POLICY_ADVICE) return general;
  return [
    ...general,
    '',
    'The fields are shown only to workflows of the owner of the scope. `octo-sts-worker explain` compares a policy and a token without the service.',
  ];
}

/** Where a policy and a token can be compared. The link holds what was asked for, never a token or its claims. */
function workbench({ page, scope, identity, github = GITHUB_COM }, { error }) {
  if (!COMPARABLE.includes(error)) return [];
  const server = github === GITHUB_COM ? '' : `&github=${escapedForLink(github)}`;
  const link = `${page}#scope=${escapedForLink(scope)}&identity=${escapedForLink(identity)}${server}`;
  return ['', `[Compare a policy and a token in the workbench](${link}): what you paste there stays in your browser.`];
}

/** The workbench takes it for granted. */
const GITHUB_COM = 'https://api.github.com';
const COMPARABLE = ['permission_denied', 'policy_invalid', 'policy_not_found', 'issuer_not_allowed'];

/** Nothing is left that Markdown reads. @param {string} text */
function escapedForLink(text) {
  const escape = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\ufffd')).replaceAll(/[!'()*_~]/g, escape);
}

function permissionAdvice(message) {
  return PERMISSION_ADVICE.find(([sentence]) => sentence.test(String(message)))?.[1] ?? POLICY_ADVICE;
}

function known(error) {
  return Object.hasOwn(ADVICE, error) ? ADVICE[error] : undefined;
}
