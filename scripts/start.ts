/**
 * `npm start`: the service in workerd with a local KV, beside a local GitHub and a local OIDC issuer, seeded with an
 * organization and a few policies. Prints commands to try. Everything listens on 127.0.0.1 and ends with Ctrl-C.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { GitHubEmulator } from '../test/support/github/emulator.ts';
import { OidcIssuer } from '../test/support/issuer/oidc-issuer.ts';
import { LoopbackServer } from '../test/support/loopback-server.ts';
import { RunningWorker } from '../test/support/running-worker.ts';
import { seedWorld } from '../test/support/seed.ts';
import { readTrial, type Trial } from './tried-claims.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const AUDIENCE = 'sts.local.test';
const WEBHOOK_SECRET = 'local-webhook-secret';
const TOKEN_LIFETIME_SECONDS = 3600;
const MAX_PORT = 65_535;

const HELP = `npm start -- [--port 8787] [--github-port 8790] [--issuer-port 8791] [--claims JSON [--policy FILE]] [--once]
  --claims JSON   a token with these claims, or those of a file, to exchange. The local issuer stands in for their iss
  --policy FILE   by this policy; without it, by one that names the token's issuer and subject
  --once          start, print the commands, and end`;
/** Where the policy that is tried stands, in acme/app. */
const TRIED_IDENTITY = 'tried';

const options = commandLine();
if (typeof options === 'string') fail(`${options}\n${HELP}`);
else if (options.help) console.log(HELP);
else await startOnFreePorts(options);

type Options = Exclude<ReturnType<typeof commandLine>, string>;

/** What was asked for, or what is wrong with it. */
function commandLine() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: process.env.PORT ?? '8787' },
        'github-port': { type: 'string', default: process.env.GITHUB_PORT ?? '8790' },
        'issuer-port': { type: 'string', default: process.env.ISSUER_PORT ?? '8791' },
        claims: { type: 'string' },
        policy: { type: 'string' },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : "The options can't be read.";
  }
}

async function startOnFreePorts(options: Options): Promise<void> {
  const faults = await portFaults(options);
  const trial = trialOf(options);
  if (typeof trial === 'string') faults.push(trial);
  if (faults.length > 0) fail(faults.join('\n'));
  else await start(options, typeof trial === 'string' ? undefined : trial);
}

function trialOf({ claims, policy, 'issuer-port': port }: Options): Trial | string | undefined {
  if (claims === undefined) return policy === undefined ? undefined : '--policy needs --claims.';
  return readTrial({ claims, policy, issuer: `http://127.0.0.1:${port}`, audience: AUDIENCE });
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

/** Before the build, which takes a while. Held together, so that two options can't name the same port. */
async function portFaults(options: Options): Promise<string[]> {
  const servers: LoopbackServer[] = [];
  const faults: string[] = [];
  for (const name of ['port', 'github-port', 'issuer-port'] as const) {
    const held = await heldPort(name, options[name]);
    if (typeof held === 'string') faults.push(held);
    else servers.push(held);
  }
  await Promise.all(servers.map((server) => server.close()));
  return faults;
}

async function heldPort(option: string, text: string): Promise<LoopbackServer | string> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : MAX_PORT + 1;
  if (port < 1 || port > MAX_PORT) return `--${option} must be a number from 1 to ${MAX_PORT}.`;
  try {
    return await LoopbackServer.listen(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const reason = code === 'EADDRINUSE' ? 'is in use' : `can't be used (${code})`;
    return `Port ${port} ${reason}. Take another one: npm start -- --${option} NUMBER`;
  }
}

async function start(options: Options, trial: Trial | undefined): Promise<void> {
  build();
  const github = await GitHubEmulator.start({ port: Number(options['github-port']) });
  const issuer = await OidcIssuer.start({ port: Number(options['issuer-port']) });
  const service = `http://127.0.0.1:${options.port}`;
  const { app } = seedWorld(github, {
    oidcIssuer: issuer.issuer,
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: `${service}/webhook`,
  });
  if (trial !== undefined) {
    github.world.commit('acme/app', { [`.github/chainguard/${TRIED_IDENTITY}.sts.yaml`]: trial.policy });
  }
  const worker = await RunningWorker.start({
    port: Number(options.port),
    assetsPath: `${ROOT}dist-page`,
    onLog: (line) => console.log(line),
    bindings: {
      STS_DOMAIN: AUDIENCE,
      GITHUB_APP_ID: String(app.id),
      GITHUB_APP_PRIVATE_KEY: app.keys.pkcs1Pem,
      GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
      GITHUB_BASE_URL: github.url,
      ALLOW_LOOPBACK_HTTP: 'true',
      // Whoever tries a policy of one's own is to see why it refuses.
      ...(trial === undefined ? {} : { EXPLAIN_TO: 'everybody' }),
    },
  });
  const stop = once(async () => {
    await worker.close();
    await Promise.all([github.close(), issuer.close()]);
  });
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
  console.log(guide(service, github, issuer));
  if (trial !== undefined) console.log(trialText(service, issuer, trial));
  console.log('Ctrl-C ends everything.\n');
  if (options.once) await stop();
}

/** The bundle as it is deployed. */
function build(): void {
  const wrangler = `${ROOT}node_modules/wrangler/bin/wrangler.js`;
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', 'dist'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}

function guide(service: string, github: GitHubEmulator, issuer: OidcIssuer): string {
  const expiresInSeconds = TOKEN_LIFETIME_SECONDS;
  const main = github.actionsIssuer.sign({ repository: 'acme/app', audience: AUDIENCE, expiresInSeconds });
  const branch = github.actionsIssuer.sign({
    repository: 'acme/app',
    ref: 'refs/heads/feature',
    audience: AUDIENCE,
    expiresInSeconds,
  });
  const farm = issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
  const pull = JSON.stringify({
    repository: 'acme/app',
    branch: `try-${Date.now().toString(36)}`,
    title: 'Let the nightly job read',
    files: {
      '.github/chainguard/nightly.sts.yaml': `issuer: ${github.actionsIssuer.issuer}\nsubject: repo:acme/app:ref:refs/heads/*\npermissions:\n  pull-requests: read\n`,
    },
  });
  return `
The service   ${service}   open it in a browser for examples and the workbench
Local GitHub  ${github.url}   organization acme: repositories app, infra, .github
Local issuer  ${issuer.issuer}

1. A workflow on acme/app's main branch gets a token (the policy is .github/chainguard/ci.sts.yaml):

   curl -s -H "Authorization: Bearer ${main}" "${service}/sts/exchange?scope=acme/app&identity=ci"

2. The same workflow on another branch is refused, and told why:

   curl -s -H "Authorization: Bearer ${branch}" "${service}/sts/exchange?scope=acme/app&identity=ci"

3. A build farm with an OIDC issuer of its own:

   curl -s -H "Authorization: Bearer ${farm}" "${service}/sts/exchange?scope=acme/app&identity=build-farm"

4. Revoke a token (put in the one you got):

   curl -si -X POST -H "Authorization: Bearer ghs_…" "${service}/sts/revoke"

5. Open a pull request with a broken policy, then look at its check run:

   curl -s -X POST ${github.url}/_control/pull-request -d '${pull.replaceAll("'", "'\\''")}'
   curl -s -X POST ${github.url}/_control/check-runs -d '{"repository":"acme/app"}'

6. Any token by any policy, without an account anywhere: start with its claims, here GitLab's. The local issuer stands in:

   npm start -- --claims '{"iss":"https://gitlab.com","sub":"project_path:acme/app:ref_type:branch:ref:main"}' --policy FILE
`;
}

/** One line to paste. */
function trialText(service: string, issuer: OidcIssuer, { claims, replacedIssuer }: Trial): string {
  const exp = issuer.clock.seconds() + TOKEN_LIFETIME_SECONDS;
  const token = issuer.sign({ ...claims, exp });
  const standIn =
    replacedIssuer === undefined
      ? ''
      : ` ${issuer.issuer} stands in for ${JSON.stringify(replacedIssuer)}, in the policy too.`;
  return `Your claims, by .github/chainguard/${TRIED_IDENTITY}.sts.yaml in acme/app.${standIn}

   curl -s -H "Authorization: Bearer ${token}" "${service}/sts/exchange?scope=acme/app&identity=${TRIED_IDENTITY}"
`;
}
