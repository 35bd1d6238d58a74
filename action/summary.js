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
 * @param {{ scope: string, identity: string, domain: string }} asked
 * @param {{ status: number, json: Record<string, unknown> }} answer
 */
export function refusalSummary(asked, { status, json }) {
  const { explanation } = json;
  return [
    '### No GitHub token',
    '',
    `${cell(asked.domain)} refused the identity ${cell(asked.identity)} on ${cell(asked.scope)}: ${cell(json.message ?? `status ${status}`)}`,
    ...explained(explanation),
    ...advice(json.error, explanation !== undefined),
    '',
    `<sub>${cell(json.error ?? status)}, request ${cell(json.request_id)}: the service's operator finds the whole explanation under this id.</sub>`,
  ].join('\n');
}

function explained(explanation) {
  if (typeof explanation !== 'object' || explanation === null) return [];
  const { policy, fields = [], notes = [] } = explanation;
  const hints = fields.filter(({ hint }) => hint !== undefined);
  return [
    ...(fields.length > 0 ? ['', `Against the policy ${cell(policy)}:`, '', ...table(fields)] : []),
    ...(hints.length > 0 ? ['', ...hints.map(({ field, hint }) => `- ${cell(field)}: ${cell(hint)}`)] : []),
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

const ADVICE = {
  invalid_request: 'Check the inputs of the step.',
  permission_denied: 'Change the policy on the default branch, or run the job as the policy expects.',
  policy_not_found:
    'The policy must be on the default branch of the repository that the token is for, as `.github/chainguard/NAME.sts.yaml`.',
  policy_invalid: 'Mend the policy: `npx octo-sts-worker lint .github/chainguard` shows every fault with its line.',
  installation_not_found: "Install the service's GitHub App on the owner of the scope.",
  issuer_not_allowed:
    "Ask the organization's owners to list the issuer in `.github/chainguard/trusted-token-issuers.yaml`, or write a policy that names it.",
  rate_limited: 'Run the job again later.',
};

function advice(key, isExplained) {
  const general = Object.hasOwn(ADVICE, key) ? ['', `**What to do:** ${ADVICE[key]}`] : [];
  if (isExplained || key !== 'permission_denied') return general;
  return [
    ...general,
    '',
    'The fields are shown only to workflows of the owner of the scope. Without them: `npx octo-sts-worker explain`.',
  ];
}
