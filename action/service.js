/**
 * The service's address. http is taken for this machine alone, where the service runs for development.
 *
 * @param {string} domain a host, or an origin
 * @returns {URL | undefined}
 */
export function serviceUrl(domain) {
  const text = /^https?:\/\//.test(domain) ? domain : `https://${domain}`;
  const url = safeUrl(text);
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return isPlain ? url : undefined;
}

/**
 * An address to which a token may be sent: nobody on the way reads it.
 *
 * @param {string} text
 * @returns {URL | undefined}
 */
export function safeUrl(text) {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isLoopback = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback) ? url : undefined;
}
