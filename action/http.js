import { setTimeout as sleep } from 'node:timers/promises';

/** Together with the waits below well under the five minutes that GitHub's OIDC tokens live. */
const ATTEMPTS = 4;
const TIMEOUT_MS = 20_000;
const FIRST_PAUSE_MS = 1000;
/** A longer Retry-After is not worth a runner's time: the caller is told instead. */
const MAX_PAUSE_MS = 60_000;
/** Where another server can be asked instead, a short disturbance is waited out and no more. */
const HURRIED_ATTEMPTS = 2;
const HURRIED_MAX_PAUSE_MS = 3000;
const MAX_BODY_BYTES = 256 * 1024;

/**
 * How long to go on asking.
 *
 * @typedef {{ attempts: number, maxPauseMs: number }} Patience
 */
/** @type {Patience} */
export const PATIENT = { attempts: ATTEMPTS, maxPauseMs: MAX_PAUSE_MS };
/** @type {Patience} */
export const HURRIED = { attempts: HURRIED_ATTEMPTS, maxPauseMs: HURRIED_MAX_PAUSE_MS };

/**
 * An answer: its status, and its body if that is a JSON object.
 *
 * @typedef {{ status: number, json: Record<string, unknown>, retryAfterMs: number | undefined }} Answer
 */

/** No answer after all attempts. The message names the server, never a header or a query. */
export class Unreachable extends Error {}

/**
 * Sends a request, and sends it again only where that can succeed: no connection, 5xx, and 429 after the wait that the
 * server asks for. What is refused is refused.
 *
 * @param {URL} url
 * @param {{ method?: string, headers?: Record<string, string> }} init
 * @param {(message: string) => void} say
 * @param {Patience} patience
 * @returns {Promise<Answer>}
 */
export async function send(url, init, say, patience = PATIENT) {
  const { attempts, maxPauseMs } = patience;
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await once(url, init);
    const waitMs = answer.retryAfterMs ?? pauseMs * (1 + Math.random());
    const isLast = attempt === attempts || waitMs > maxPauseMs;
    if (!mayPass(answer) || isLast) return answered(url, answer);
    say(`${url.host} ${reason(answer)}; again in ${Math.ceil(waitMs / 1000)} s (attempt ${attempt} of ${attempts})`);
    await sleep(waitMs);
    pauseMs *= 2;
  }
}

async function once(url, init) {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, json: await jsonOf(response), retryAfterMs: retryAfterMs(response) };
  } catch (error) {
    return { status: 0, json: {}, retryAfterMs: undefined, cause: error instanceof Error ? error : undefined };
  }
}

async function jsonOf(response) {
  const text = (await response.text()).slice(0, MAX_BODY_BYTES);
  try {
    const json = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {};
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterMs(response) {
  const text = response.headers.get('retry-after') ?? '';
  if (/^[0-9]{1,6}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** A service that is not configured stays so, and so does a name without an address or a bad certificate. */
function mayPass({ status, json, cause }) {
  if (status === 0) return !isWrongName(cause) && !isWrongCertificate(cause);
  if (json.error === 'misconfigured' || status === 501) return false;
  return status === 429 || status >= 500;
}

function answered(url, answer) {
  if (answer.status === 0) throw new Unreachable(`${url.host} ${reason(answer)}`);
  return answer;
}

function reason({ status, cause }) {
  if (status !== 0) return `answered ${status}`;
  if (cause?.name === 'TimeoutError') return `gave no answer within ${TIMEOUT_MS / 1000} s`;
  if (isWrongName(cause)) return "can't be reached: there is no host of this name";
  if (isWrongCertificate(cause)) return `can't be trusted: its certificate is not valid for it (${codeOf(cause)})`;
  return `can't be reached (${codeOf(cause) ?? cause?.name ?? 'unknown'})`;
}

function codeOf(cause) {
  return cause?.cause?.code;
}

/** A name server that fails for the moment says EAI_AGAIN. */
function isWrongName(cause) {
  return codeOf(cause) === 'ENOTFOUND';
}

/** Node's codes for a certificate that does not verify (Node.js, "X509 certificate error codes"). */
function isWrongCertificate(cause) {
  return /^(ERR_TLS_CERT_|CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/.test(
    codeOf(cause) ?? '',
  );
}
