import { HURRIED, PATIENT, send, Unreachable } from './http.js';
import { fail, input, mask, saveState, say, setOutput, summarize, warn } from './runner.js';
import { serviceUrl } from './service.js';
import { failureSummary, hintText, refusalSummary } from './summary.js';
import { failureText, verdictOf } from './verdict.js';

const USER_AGENT = 'octo-sts-worker-action';

try {
  await main();
} catch (error) {
  fail(`unexpected: ${error instanceof Error ? error.message : 'unknown'}`);
}

async function main() {
  const asked = { domain: input('domain'), scope: input('scope'), identity: input('identity') };
  const missing = Object.entries(asked).filter(([, value]) => value === '');
  if (missing.length > 0) return fail(`Missing input: ${missing.map(([name]) => name).join(', ')}.`);
  const services = entries('domain').map(serviceUrl);
  if (services.length === 0 || services.includes(undefined)) {
    return fail('The input domain must be a host name, such as sts.example.com, or several with commas between them.');
  }
  await exchange(services, asked);
}

/** Asks one service after another, until one of them grants or refuses. */
async function exchange(services, asked) {
  const failures = [];
  for (const [index, service] of services.entries()) {
    const next = services[index + 1];
    // For each its own, so that no service gets a token that another one would take.
    const oidcToken = await requestOidcToken(input('audience') || service.host, asked);
    if (oidcToken === undefined) return;
    const outcome = await ask(service, asked, oidcToken, next === undefined ? PATIENT : HURRIED);
    if (outcome.verdict === 'granted') return granted(service, outcome.answer.json);
    if (outcome.verdict === 'refused') {
      return refused(
        { ...asked, domain: service.host, page: service.href, github: process.env.GITHUB_API_URL },
        outcome.answer,
      );
    }
    failures.push(outcome);
    if (next !== undefined) warn(`${outcome.sentence} Asking ${next.host} instead.`);
  }
  failed(asked, failures);
}

/** An outage is what no service decided. */
async function ask(service, asked, oidcToken, patience) {
  const headers = { Authorization: `Bearer ${oidcToken}`, 'User-Agent': USER_AGENT };
  try {
    const answer = await send(exchangeUrl(service, asked), { headers }, say, patience);
    return { verdict: verdictOf(answer), answer, sentence: `${service.host} ${failureText(answer)}` };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return { verdict: 'unreachable', answer: undefined, sentence: `${error.message}.` };
  }
}

/** The runner's OIDC endpoint (GitHub, "OpenID Connect reference"). */
async function requestOidcToken(audience, asked) {
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
  const headers = { Authorization: `Bearer ${requestToken}`, Accept: 'application/json' };
  const token = await send(url, { headers }, say).then(
    ({ status, json }) => (isToken(json.value) ? json.value : new Unreachable(`its status was ${status}`)),
    (error) => error,
  );
  if (typeof token === 'string') {
    mask(token);
    return token;
  }
  if (!(token instanceof Unreachable)) throw token;
  failed(asked, [{ sentence: `GitHub gave no OIDC token: ${token.message}.`, answer: undefined }]);
  return undefined;
}

function isToken(value) {
  return typeof value === 'string' && value !== '';
}

function exchangeUrl(service, { scope, identity }) {
  const url = new URL('/sts/exchange', service);
  const permissions = entries('permissions').map((one) => one.replace(/:\s+/, ':'));
  const parameters = {
    scope,
    identity,
    permissions: permissions.join(','),
    repositories: entries('repositories').join(','),
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== '') url.searchParams.set(name, value);
  return url;
}

/** Commas or line breaks between the entries, as a workflow's author likes. */
function entries(name) {
  const all = input(name)
    .split(/[,\n]/)
    .map((one) => one.trim());
  return [...new Set(all)].filter((one) => one !== '');
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
      `${field}: the policy expects ${JSON.stringify(expected)}, the token says ${JSON.stringify(actual)}. ${hintText(hint)}`,
    );
  }
  for (const note of explanation?.notes ?? []) say(String(note));
  fail(
    `${message ?? `${asked.domain} refused with status ${answer.status}.`} (${error ?? answer.status}, request ${requestId ?? 'unknown'})`,
  );
}

function failed(asked, failures) {
  summarize(failureSummary(asked, failures));
  const sentences = failures.map(({ sentence, answer }) => {
    const { error, request_id: requestId } = answer?.json ?? {};
    return error === undefined ? sentence : `${sentence} (${error}, request ${requestId ?? 'unknown'})`;
  });
  fail(sentences.join(' '));
}
