import { ExchangeToken } from '../application/exchange/exchange-token.ts';
import { CLOCK } from '../application/ports/clock.ts';
import { appSigner } from '../infrastructure/app-keys/app-keys.ts';
import { EVENT_SINKS } from '../infrastructure/events/event-sink.ts';
import { BOUNDED_FETCH } from '../infrastructure/http/bounded-fetch.ts';
import { lintRuleNames } from '../domain/lint/lint-policy.ts';
import { readAllowlistFile } from '../infrastructure/yaml/allowlist-file.ts';
import { readGuardrailsFile } from '../infrastructure/yaml/guardrails-file.ts';
import { readPolicyFile } from '../infrastructure/yaml/policy-file.ts';
import type { Composition } from './composition.ts';
import { compose, DEFERRED_TASK_LIST, requestScope } from './container.ts';
import { parseExchange, readExchange } from './http/exchange-request.ts';
import { grantBody } from './http/exchange-response.ts';
import { isRefusal } from './http-refusal.ts';
import { keyFaults } from './isolate.ts';
import type { Platform } from './platform.ts';
import { readSettings, type Settings } from './settings.ts';
import {
  EXAMPLE_DOMAIN,
  EXAMPLE_ENVIRONMENT,
  EXAMPLE_IDENTITIES,
  EXAMPLE_SIGNER,
  EXAMPLE_SINK,
  EXAMPLE_TIME_MS,
  EXAMPLE_TOKEN,
  exampleFetch,
} from './warm-up-example.ts';

/** Often enough that the engine makes machine code of what a hostile policy would run for long. */
const FILE_ROUNDS = 10;
const EXCHANGES = 10;
const FILE_LINES = 40;

const PLATFORM: Platform = {
  store: {
    get: () => Promise.resolve({ kind: 'missing' }),
    keys: () => Promise.resolve({ kind: 'listed', keys: [] }),
    put: () => Promise.resolve(),
  },
  rateLimiter: undefined,
  metrics: undefined,
  defer: () => undefined,
};

/**
 * Runs an example exchange, without input or output. JavaScript is compiled when it first runs. At start-up there is a
 * second for that; a request of the free plan has 10 ms of CPU in all (Cloudflare Workers, "Limits"). Nothing that is
 * learnt here can reach a request: the example has a composition, settings, a clock and a network of its own.
 *
 * @throws where the example comes to no grant, which is a bug
 */
export async function warmUp(): Promise<void> {
  for (let round = 0; round < FILE_ROUNDS; round += 1) readFiles(round);
  const result = readSettings(EXAMPLE_ENVIRONMENT);
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
  const { settings } = result;
  await keyFaults(settings.pools, appSigner(settings));
  const composition = compose(settings, { now: () => EXAMPLE_TIME_MS }, EXAMPLE_SIGNER)
    .value(BOUNDED_FETCH, exampleFetch)
    .perRequest(EVENT_SINKS, [], () => [EXAMPLE_SINK]);
  for (let count = 0; count < EXCHANGES; count += 1) {
    await exchange(composition, settings, EXAMPLE_IDENTITIES.granted);
    for (const identity of EXAMPLE_IDENTITIES.refused) await refusal(composition, settings, identity);
  }
}

/** Patterns and syntax of every kind, each round's different from the last one's. */
function readFiles(round: number): void {
  const rules = { allowLoopbackHttp: false, isActionsIssuer: () => false, operatorListsIssuers: false };
  const patterns = [
    '(a|b){1,9}x{2}?',
    '[a-z0-9_./-]{1,45}',
    '(?i)Main-[0-9]+',
    '(?:x|yz|[^/]+)?',
    '.*a[ab]{9}',
    '\\w+',
  ];
  const claims = patterns.map((pattern, index) => `  claim_${index}: '${pattern}${round}'\n`).join('');
  const names = Array.from({ length: FILE_LINES }, (_, index) => `  - "name-${index}" # ${round}\n\n`).join('');
  readPolicyFile(
    `issuer: https://issuer.example.com\nsubject: a\npermissions: { contents: read }\nclaim_pattern:\n${claims}repositories:\n${names}`,
    { ...rules, level: 'organization' },
  );
  readAllowlistFile(`issuer_patterns: ['https://[a-z]+${round}\\.example\\.com']\n`, rules);
  const guardrails = readGuardrailsFile(
    `organization_only: ['deploy-[a-z]+${round}']\nrepository_policies:\n  permissions: { contents: read }\n  issuers: ['https://issuer.example.com']\ndeny: [${lintRuleNames().join(', ')}]\nmax_token_lifetime_seconds: 3600\n`,
    rules,
  );
  if (guardrails.kind === 'invalid') throw new Error('the example of guardrails is broken');
  const place = {
    path: '.github/chainguard/a.sts.yaml',
    repository: 'app',
    actionsIssuer: 'https://issuer.example.com',
  };
  const guarding = { guardrails: guardrails.guardrails, place };
  const context = {
    ...rules,
    isActionsIssuer: (issuer: string) => issuer === place.actionsIssuer,
    level: 'repository' as const,
  };
  const guarded = (issuer: string, subjects: string): string =>
    `${issuer}: 'https://issuer.example.com'\n${subjects}\npermissions: { contents: write }\n`;
  readPolicyFile(guarded('issuer_pattern', `subject_patterns: ['a${round}', 'b+']`), context, guarding);
  const workflow = `claim_pattern: { ref: 'refs/[a-z]{1,9}/.*${round}', job_workflow_ref: 'a/[^/]+/.*', repository: 'a/b' }`;
  const linted = `subject_pattern: 'repo:(?:[^:]?){20}:(ref:refs/heads/.*|pull_request)${round}'\n${workflow}`;
  readPolicyFile(guarded('issuer', linted), context, guarding);
}

async function refusal(composition: Composition, settings: Settings, identity: string): Promise<void> {
  try {
    await exchange(composition, settings, identity);
  } catch (error) {
    if (isRefusal(error)) return;
    throw error;
  }
  throw new Error(`the example policy ${identity} grants`);
}

async function exchange(composition: Composition, { github }: Settings, identity: string): Promise<unknown> {
  const scope = requestScope(composition, PLATFORM, 'warm-up');
  const address = `https://${EXAMPLE_DOMAIN}/sts/exchange?scope=acme/app&identity=${identity}`;
  const request = new Request(address, { headers: { authorization: `Bearer ${EXAMPLE_TOKEN}` } });
  const parsed = parseExchange(request, await readExchange(request), github);
  try {
    const grant = await scope.resolve(ExchangeToken).execute({ ...parsed, requestId: 'warm-up' });
    return JSON.stringify(grantBody(grant, 'default', scope.resolve(CLOCK).now()));
  } finally {
    await scope.resolve(DEFERRED_TASK_LIST).run();
  }
}
