import { json } from './wire.ts';

const NAME = 'octo-sts-worker';
export const VERSION = '0.1.0';
const DOCUMENTATION = 'https://github.com/octo-sts/app#readme';

/** `GET /`: JSON for programs, a page for a browser. */
export function landing(request: Request, stsDomain: string): Response {
  const wantsPage = (request.headers.get('accept') ?? '').toLowerCase().includes('text/html');
  if (!wantsPage) return json({ name: NAME, documentation: DOCUMENTATION, version: VERSION });
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    'X-Content-Type-Options': 'nosniff',
  };
  return new Response(page(stsDomain), { headers });
}

/** `stsDomain` is a checked host name, so it holds nothing that HTML would read. */
function page(stsDomain: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${NAME}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}pre{overflow:auto;padding:1rem;background:#8881}</style>
<h1>${NAME}</h1>
<p>A Security Token Service for GitHub: it exchanges an OIDC token of a workload for a GitHub token that lives an hour
and can do only what a trust policy in the target repository says.</p>
<pre>curl -H "Authorization: Bearer $OIDC_TOKEN" \\
  "https://${stsDomain}/sts/exchange?scope=OWNER/REPO&amp;identity=NAME"</pre>
<p>Version ${VERSION}. <a href="${DOCUMENTATION}">Documentation</a></p>
</html>
`;
}
