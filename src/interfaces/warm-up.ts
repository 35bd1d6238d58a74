import { ExchangeToken } from '../application/exchange/exchange-token.ts';
import { Claims } from '../domain/claims.ts';
import { readAllowlistFile } from '../infrastructure/yaml/allowlist-file.ts';
import { readPolicyFile } from '../infrastructure/yaml/policy-file.ts';
import { appSigner } from '../infrastructure/app-keys/app-keys.ts';
import { compose, requestScope } from './container.ts';
import type { Platform } from './platform.ts';
import { readSettings } from './settings.ts';

const ISSUER = 'https://issuer.example.com';
const POLICY = `# An example
issuer: ${ISSUER}
subject_pattern: 'repo:acme/(app|lib):ref:refs/heads/main'
claim_pattern: { ref: "refs/heads/.*" }
permissions:
  contents: read
  pull_requests: write
`;
const ALLOWLIST = `issuers:\n  - ${ISSUER}\nissuer_patterns: ['https://[a-z]+\\.example\\.com']\n`;
const CLAIMS = {
  iss: ISSUER,
  sub: 'repo:acme/app:ref:refs/heads/main',
  aud: 'sts.example.com',
  ref: 'refs/heads/main',
};
const ENVIRONMENT = {
  STS_DOMAIN: 'sts.example.com',
  GITHUB_APP_ID: '1',
  GITHUB_APP_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
};

const PLATFORM: Platform = {
  store: { get: () => Promise.resolve({ kind: 'missing' }), put: () => Promise.resolve() },
  rateLimiter: undefined,
  metrics: undefined,
  defer: () => undefined,
};

/**
 * Runs once through what an exchange needs, on an example, without input or output. JavaScript is compiled when it first
 * runs. At start-up there is a second for that; a request of the free plan has 10 ms of CPU in all
 * (Cloudflare Workers, "Limits").
 */
export function warmUp(): void {
  const context = { allowLoopbackHttp: false, isActionsIssuer: () => false, operatorListsIssuers: false };
  const reading = readPolicyFile(POLICY, { ...context, level: 'repository' });
  if (reading.kind === 'valid') reading.policy.judge(new Claims(CLAIMS), [CLAIMS.aud]);
  readAllowlistFile(ALLOWLIST, context);
  const result = readSettings(ENVIRONMENT);
  if (result.kind === 'valid') {
    const composition = compose(result.settings, { now: () => 0 }, appSigner(result.settings));
    requestScope(composition, PLATFORM, 'warm-up').resolve(ExchangeToken);
  }
}
