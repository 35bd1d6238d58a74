import { deploymentPath, readDeployment, workerName } from '../deployment-file.ts';
import { withWranglerConfig } from '../deploy.ts';
import type { SetupContext, Step } from '../setup.ts';
import { Stop } from '../stop.ts';
import type { Account } from '../wrangler.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const WORKER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LOGIN = 'npx wrangler login, or an API token in CLOUDFLARE_API_TOKEN ("Edit Cloudflare Workers")';

export const workerStep: Step = {
  name: 'worker',
  title: 'Cloudflare: wrangler logged in, and the Worker’s name',
  intent: 'Asks wrangler who is logged in, and writes the deployment’s own file. Nothing is deployed yet.',
  byHand: ({ options }) => `${LOGIN}; copy deployments/example.toml to ${deploymentPath(options.deployment)}.`,
  done: async () => undefined,
  run: async (context) => {
    const accounts = await loggedIn(context);
    if (context.file.exists) keepFile(context);
    else await makeFile(context, accounts);
  },
};

async function loggedIn({ wrangler, terminal }: SetupContext): Promise<readonly Account[]> {
  let result = await wrangler.accounts();
  if (result.kind === 'logged-out' && terminal.interactive) {
    terminal.say('   wrangler is not logged in: its login page opens now.');
    await wrangler.login();
    result = await wrangler.accounts();
  }
  if (result.kind === 'failed') throw new Stop(`wrangler can't say who is logged in:\n${result.reason}`);
  if (result.kind === 'logged-out')
    throw new Stop(`wrangler is not logged in. Do it, and run npm run setup again: ${LOGIN}.`);
  terminal.say(`   Logged in: ${result.accounts.map(({ name }) => name).join(', ')}`);
  return result.accounts;
}

function keepFile({ file, options, terminal }: SetupContext): void {
  const deployment = file.load();
  const given = [
    ['name', options.worker],
    ['account_id', options.account],
  ] as const;
  const wrong = given.find(([key, asked]) => asked !== undefined && asked !== deployment.config[key]);
  if (wrong !== undefined)
    throw new Stop(
      `${file.path} has another ${wrong[0]} than you gave. Change it there, or take another --deployment.`,
    );
  terminal.say(`   ${file.path} is there: the Worker "${workerName(deployment)}".`);
}

async function makeFile(context: SetupContext, accounts: readonly Account[]): Promise<void> {
  const { options, terminal, file } = context;
  const account = await chosenAccount(context, accounts);
  const standard = options.deployment === 'production' ? 'octo-sts-worker' : `octo-sts-worker-${options.deployment}`;
  const name =
    options.worker ??
    (await terminal.ask({
      text: '   The Worker’s name on the account?',
      flag: '--worker',
      fallback: standard,
      fault: workerNameFault,
    }));
  const fault = workerNameFault(name);
  if (fault !== undefined) throw new Stop(fault);
  const text = fileText(options.deployment, name, accounts.length > 1 ? account : undefined, options.domain);
  await refuseForeignWorker(context, text, name);
  file.create(text);
  terminal.say(`   Written: ${file.path}. Keep it: it holds this deployment’s settings, and no secret.`);
}

function workerNameFault(name: string): string | undefined {
  return WORKER_NAME.test(name) ? undefined : 'A Worker’s name is made of a-z, 0-9 and "-".';
}

async function chosenAccount({ options, terminal }: SetupContext, accounts: readonly Account[]): Promise<Account> {
  const [only, ...others] = accounts;
  if (only === undefined) throw new Stop('The login has no Cloudflare account.');
  const listing = accounts.map(({ id, name }) => `   ${id}  ${name}`).join('\n');
  const byId = (id: string): Account | undefined => accounts.find((one) => one.id === id);
  if (options.account !== undefined) {
    const account = byId(options.account);
    if (account === undefined) throw new Stop(`--account is none of the login’s:\n${listing}`);
    return account;
  }
  if (others.length === 0) return only;
  terminal.say(listing);
  const id = await terminal.ask({
    text: '   Which account (its id)?',
    flag: '--account',
    fault: (answer) => (byId(answer) === undefined ? 'It is none of these.' : undefined),
  });
  return byId(id) ?? only;
}

/** A Worker of this name may be somebody's: a deployment would replace it. */
async function refuseForeignWorker(
  { root, wrangler, options, terminal }: SetupContext,
  text: string,
  name: string,
): Promise<void> {
  const result = readDeployment(options.deployment, readFileSync(join(root, 'wrangler.toml'), 'utf8'), text);
  if (result.kind === 'faulty') throw new Stop(result.faults.join('\n'));
  const secrets = await withWranglerConfig(result.deployment, root, (configPath) => wrangler.secretNames(configPath));
  if (secrets.kind === 'failed') throw new Stop(`wrangler can't look at the account’s Workers:\n${secrets.reason}`);
  if (secrets.kind === 'no-worker' || options.adopts) return;
  const refusal = `There is a Worker "${name}" on the account. If it is this service, run setup with --adopt; else take another --worker.`;
  if (!terminal.interactive) throw new Stop(refusal);
  const answer = await terminal.ask({
    text: `   There is a Worker "${name}" on the account. Replace it (yes or no)?`,
    flag: '--adopt',
    fallback: 'no',
  });
  if (answer !== 'yes') throw new Stop(refusal);
}

function fileText(deployment: string, name: string, account: Account | undefined, domain: string | undefined): string {
  const lines = [
    `# What the deployment "${deployment}" has of its own; everything else is in wrangler.toml. No secret stands here.`,
    `# Checked and deployed by: npm run deploy -- ${deployment}`,
    `name = ${JSON.stringify(name)}`,
    ...(account === undefined ? [] : [`account_id = ${JSON.stringify(account.id)}`]),
    ...(domain === undefined
      ? []
      : ['workers_dev = false', '', '[[routes]]', `pattern = ${JSON.stringify(domain)}`, 'custom_domain = true']),
    '',
    '[vars]',
    ...(domain === undefined ? [] : [`STS_DOMAIN = ${JSON.stringify(domain)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
