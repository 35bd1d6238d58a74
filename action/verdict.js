/**
 * What an answer to an exchange means. Only a refusal is a decision about the caller. A limit and a failure are not, and
 * neither is a page that something else put in the service's place.
 *
 * @typedef {'granted' | 'refused' | 'limited' | 'failed' | 'foreign'} Verdict
 */

/**
 * @param {import('./http.js').Answer} answer
 * @returns {Verdict}
 */
export function verdictOf({ status, json }) {
  if (status === 200 && typeof json.token === 'string') return 'granted';
  if (status === 429) return 'limited';
  if (status >= 500) return 'failed';
  const isService = typeof json.error === 'string' || typeof json.message === 'string';
  return status >= 400 && isService ? 'refused' : 'foreign';
}

/**
 * Why there is no token where nobody refused one, as the end of a sentence that begins with the service's host.
 *
 * @param {import('./http.js').Answer} answer
 */
export function failureText({ status, json, retryAfterMs }) {
  const said = typeof json.message === 'string' ? `: ${json.message}` : '.';
  switch (verdictOf({ status, json, retryAfterMs })) {
    case 'limited':
      return `limits requests at the moment (429)${said}${limitText(retryAfterMs)}`;
    case 'failed':
      return `failed (${status})${said}`;
    default:
      return `answered ${status}, but not as this service does. Is the domain right, and does anything stand before it?`;
  }
}

function limitText(retryAfterMs) {
  return !retryAfterMs ? '' : ` The limit lasts ${durationText(retryAfterMs)} more.`;
}

/** @param {number} ms */
export function durationText(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
