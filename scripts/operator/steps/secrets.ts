import { withWranglerConfig } from '../deploy.ts';
import { workerName } from '../deployment-file.ts';
import { freshWebhookSecret, setWebhook } from '../registered-app.ts';
import { serviceUrl } from '../service.ts';
import type { AppInHand, SetupContext, Step } from '../setup.ts';
import { Stop } from '../stop.ts';
import { readText, saveKey } from './app.ts';

const KEY = 'GITHUB_APP_PRIVATE_KEY';
const WEBHOOK_SECRET = 'GITHUB_WEBHOOK_SECRET';
const MAX_ATTEMPTS = 3;

export const secretsStep: Step = {
  name: 'secrets',
  title: 'The secrets',
  intent:
    'Gives the App’s key and the webhook’s secret to Cloudflare, over the standard input of wrangler secret put. They are not shown, and not written to a file.',
  byHand: ({ file }) =>
    [KEY, WEBHOOK_SECRET].map((name) => `npx wrangler secret put ${name} --name ${workerName(file.load())}`).join(', '),
  done: async (context) => {
    if (context.app !== undefined) return undefined;
    if (context.file.variable('APP_CONFIG') !== undefined)
      return 'APP_CONFIG names them; npm run deploy checks that they are there';
    const names = await secretNames(context);
    return names.includes(KEY)
      ? `${names.filter((name) => name === KEY || name === WEBHOOK_SECRET).join(', ')} at Cloudflare`
      : undefined;
  },
  run: async (context) => {
    const { app, file, terminal } = context;
    if (app === undefined) {
      const page = file.note('app_settings') ?? 'the App’s settings';
      throw new Stop(
        `The App’s key is not at Cloudflare, and GitHub shows a key once. Generate another one (${page}, "Private keys"), then: npm run setup -- --key FILE`,
      );
    }
    await put(context, KEY, app.privateKey, app);
    const secret = await webhookSecretOf(context, app);
    if (secret === undefined) {
      terminal.say(`   The App’s webhook stays as it is. To use it here: --set-webhook, or --webhook-secret FILE.`);
      return;
    }
    await put(context, WEBHOOK_SECRET, secret, app);
    if (app.webhookSecret === undefined) await announce(context, app, secret);
  },
};

/** One that GitHub made, one that was given, or a new one. Nothing: an App that exists keeps its webhook. */
async function webhookSecretOf({ options, terminal }: SetupContext, app: AppInHand): Promise<string | undefined> {
  if (app.webhookSecret !== undefined) return app.webhookSecret;
  if (options.webhookSecretFile !== undefined) {
    const secret = readText(options.webhookSecretFile, '--webhook-secret');
    if (secret === '') throw new Stop('--webhook-secret: the file is empty.');
    return secret;
  }
  if (app.isNew || options.setsWebhook) return freshWebhookSecret();
  if (!terminal.interactive) return undefined;
  const answer = await terminal.ask({
    text: '   The App exists. Let its webhooks come here, with a new secret (yes or no)?',
    flag: '--set-webhook',
    fallback: 'no',
  });
  return answer === 'yes' ? freshWebhookSecret() : undefined;
}

/** After the secret is at Cloudflare, so that no delivery is refused in between. */
async function announce({ file, site, terminal }: SetupContext, app: AppInHand, secret: string): Promise<void> {
  const url = `${serviceUrl(file.variable('STS_DOMAIN') ?? '')}/webhook`;
  const result = site === undefined ? undefined : await setWebhook(site, app, url, secret);
  if (result?.kind === 'set') terminal.say(`   GitHub sends webhooks to ${url}`);
  else
    throw new Stop(
      `GitHub did not take the webhook (${result?.reason ?? 'no address of it'}). Run npm run setup -- --key FILE --set-webhook again.`,
    );
}

async function put(context: SetupContext, name: string, value: string, app: AppInHand): Promise<void> {
  const { file, root, wrangler, terminal } = context;
  let reason = '';
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const result = await withWranglerConfig(file.load(), root, (configPath) =>
      wrangler.putSecret(configPath, name, value),
    );
    if (result.kind === 'put') {
      context.hasNewSecrets = true;
      terminal.say(`   ${name} is at Cloudflare.`);
      return;
    }
    reason = result.reason;
    terminal.say(`   ${name} could not be given (attempt ${attempt} of ${MAX_ATTEMPTS}).`);
  }
  await offerCopy(context, app);
  const again = context.options.keyFile ?? 'FILE';
  throw new Stop(
    `${reason}\n${name} is not at Cloudflare. Mend it, then: npm run setup -- --key ${again}${name === WEBHOOK_SECRET ? ' --set-webhook' : ''}\n` +
      `Without a copy of the key: generate another one at ${file.note('app_settings') ?? 'the App’s settings'}.`,
  );
}

/** The key is in this process alone, which is about to end. */
async function offerCopy({ options, terminal }: SetupContext, app: AppInHand): Promise<void> {
  if (!app.isNew || options.saveKey !== undefined || !terminal.interactive) return;
  const path = await terminal.ask({
    text: '   Keep the key in a file, for you alone to read ("-": no)?',
    flag: '--save-key',
    fallback: '-',
  });
  if (path !== '-') saveKey(path, app.privateKey);
}

async function secretNames({ file, root, wrangler }: SetupContext): Promise<readonly string[]> {
  const result = await withWranglerConfig(file.load(), root, (configPath) => wrangler.secretNames(configPath));
  if (result.kind === 'failed') throw new Stop(`The Worker's secrets can't be listed:\n${result.reason}`);
  return result.kind === 'listed' ? result.names : [];
}
