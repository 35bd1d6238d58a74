import { version } from '../../../package.json';
import type { Settings } from '../settings.ts';
import { json } from './wire.ts';

const NAME = 'octo-sts-worker';

/** `GET /`: JSON for programs, a page for a browser. */
export function landing(request: Request, { stsDomain, documentationUrl }: Settings): Response {
  const documentation = documentationUrl ?? `https://${stsDomain}/`;
  const wantsPage = (request.headers.get('accept') ?? '').toLowerCase().includes('text/html');
  if (!wantsPage) return json({ name: NAME, documentation, version });
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  return new Response(page(stsDomain, documentationUrl), { headers });
}

/** `stsDomain` is a checked host name, so it holds nothing that HTML would read; the URL is escaped. */
function page(stsDomain: string, documentationUrl: string | undefined): string {
  const documentation =
    documentationUrl === undefined ? '' : ` <a href="${escaped(documentationUrl)}">Documentation</a>`;
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
<p>Schemas for editors: <a href="/schemas/trust-policy.schema.json">policy</a>,
<a href="/schemas/organization-trust-policy.schema.json">organization policy</a>,
<a href="/schemas/trusted-token-issuers.schema.json">issuer allowlist</a>.
Is it well? <a href="/healthz">healthz</a></p>
<p>Version ${version}.${documentation}</p>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
