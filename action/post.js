import { HURRIED, send, Unreachable } from './http.js';
import { mask, say, state, warn } from './runner.js';
import { safeUrl, serviceUrl } from './service.js';

const USER_AGENT = 'octo-sts-worker-action';
const GITHUB_API = 'https://api.github.com';

/** Gives the token back when the job ends. A failure is no failure of the job: the token ends by itself within the hour. */
const token = state('token');
if (token !== '') {
  mask(token);
  const failure = (await revokeByService()) && (await revokeByGitHub());
  if (failure) warn(`The token was not revoked (${failure}); it ends by itself within the hour.`);
}

/** @returns {Promise<string | undefined>} why not */
async function revokeByService() {
  const service = serviceUrl(state('service'));
  if (service === undefined) return 'the service has no address';
  const answer = await answerOf(new URL('/sts/revoke', service), 'POST', {});
  if (answer.status === 204) return said('The token is revoked.');
  if (answer.status === 401 && answer.json.error === 'invalid_token') return said('The token had ended already.');
  return answer.failure;
}

/**
 * What the service does with the token, any holder of it can do (GitHub, "Revoke an installation access token"). The
 * runner forbids steps to change GITHUB_API_URL.
 *
 * @returns {Promise<string | undefined>} why not
 */
async function revokeByGitHub() {
  const api = safeUrl(`${(process.env.GITHUB_API_URL || GITHUB_API).replace(/\/+$/, '')}/installation/token`);
  if (api === undefined) return 'GITHUB_API_URL is no https address';
  const headers = { Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28' };
  const { status, failure } = await answerOf(api, 'DELETE', headers);
  if (status === 204) return said('The token is revoked, by GitHub itself.');
  if (status === 401) return said(`${api.host} does not know the token any more.`);
  return failure;
}

async function answerOf(url, method, headers) {
  const all = { ...headers, Authorization: `Bearer ${token}`, 'User-Agent': USER_AGENT };
  try {
    const { status, json } = await send(url, { method, headers: all }, say, HURRIED);
    return { status, json, failure: `${url.host} answered ${status}` };
  } catch (error) {
    const failure = error instanceof Unreachable ? error.message : `${url.host} could not be asked`;
    return { status: 0, json: {}, failure };
  }
}

function said(sentence) {
  say(sentence);
  return undefined;
}
