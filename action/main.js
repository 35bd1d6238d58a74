import { send, Unreachable } from './http.js';
import { fail, input, mask, saveState, say, setOutput, summarize } from './runner.js';
import { serviceUrl } from './service.js';
import { refusalSummary } from './summary.js';

try {
  await main();
} catch (error) {
  fail(
    error instanceof Unreachable ? error.message : `unexpected: ${error instanceof Error ? error.message : 'unknown'}`,
  );
}

async function main() {
  const asked = { domain: input('domain'), scope: input('scope'), identity: input('identity') };
  const service = serviceUrl(asked.domain);
  const missing = Object.entries(asked).filter(([, value]) => value === '');
  if (missing.length > 0) return fail(`Missing input: ${missing.map(([name]) => name).join(', ')}.`);
  if (service === undefined) return fail('The input domain must be a host name, such as sts.example.com.');
  const oidcToken = await requestOidcToken(input('audience') || service.host);
  if (oidcToken === undefined) return;
  const url = exchangeUrl(service, asked);
  const answer = await send(
    url,
    { headers: { Authorization: `Bearer ${oidcToken}`, 'User-Agent': 'octo-sts-worker-action' } },
    say,
  );
  if (answer.status !== 200 || typeof answer.json.token !== 'string') return refused(asked, answer);
  granted(service, answer.json);
}

/** The runner's OIDC endpoint (GitHub, "OpenID Connect reference"). */
async function requestOidcToken(audience) {
  const address = process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '';
  const requestToken = process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '';
  if (!URL.canParse(address) || requestToken === '') {
    fail(
      'There is no OIDC token to be had. Give the job `permissions: id-token: write`; pull requests from forks get none.',
    );
    return undefined;
  }
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  const { status, json } = await send(
    url,
    { headers: { Authorization: `Bearer ${requestToken}`, Accept: 'application/json' } },
    say,
  );
  if (typeof json.value === 'string' && json.value !== '') {
    mask(json.value);
    return json.value;
  }
  fail(`GitHub gave no OIDC token (status ${status}).`);
  return undefined;
}

function exchangeUrl(service, { scope, identity }) {
  const url = new URL('/sts/exchange', service);
  const parameters = { scope, identity, permissions: listed('permissions'), repositories: listed('repositories') };
  for (const [name, value] of Object.entries(parameters)) if (value !== '') url.searchParams.set(name, value);
  return url;
}

/** Commas or line breaks between the entries, as a workflow's author likes. */
function listed(name) {
  return input(name)
    .split(/[,\n]/)
    .map((one) => one.trim().replace(/:\s+/, ':'))
    .filter((one) => one !== '')
    .join(',');
}

function granted(service, { token, expires_at: expiresAt, permissions }) {
  mask(token);
  saveState('token', token);
  saveState('service', service.href);
  setOutput('token', token);
  const held = Object.entries(permissions ?? {}).map(([name, level]) => `${name}: ${level}`);
  say(`A token until ${expiresAt} with ${held.join(', ')}.`);
}

function refused(asked, answer) {
  summarize(refusalSummary(asked, answer));
  const { message, error, request_id: requestId, explanation } = answer.json;
  const mismatches = explanation?.fields?.filter(({ matched }) => !matched) ?? [];
  for (const { field, expected, actual, hint } of mismatches) {
    say(
      `${field}: the policy expects ${JSON.stringify(expected)}, the token says ${JSON.stringify(actual)}. ${hint ?? ''}`,
    );
  }
  for (const note of explanation?.notes ?? []) say(String(note));
  fail(
    `${message ?? `${asked.domain} answered ${answer.status}.`} (${error ?? answer.status}, request ${requestId ?? 'unknown'})`,
  );
}
