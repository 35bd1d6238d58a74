/** Where the page's HTML stands among the runtime's assets. Everything else there is found by the HTML itself. */
export const PAGE_ASSET = '/assets/page.html';

/** The page's own scripts, styles and pictures, and nothing else: no inline code, no request, no frame, no form. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No text ever becomes HTML or code (W3C, "Trusted Types").
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** For the page, and for every file of it. People put tokens into the page, so it shares nothing with others. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
