import { isLoopbackHost } from '../../../src/domain/issuer-url.ts';
import { deploy, withWranglerConfig } from '../deploy.ts';
import { HOST } from '../setup-options.ts';
import type { SetupContext, Step } from '../setup.ts';
import { Stop } from '../stop.ts';

export const hostStep: Step = {
  name: 'host',
  title: 'A first deployment, which gives the host',
  intent: 'Deploys the Worker before it is configured: it answers 500 until then. wrangler makes the KV namespace.',
  byHand: ({ options, file }) =>
    `npm run deploy -- ${options.deployment} --unconfigured, then write the host that it prints to ${file.path}: STS_DOMAIN under [vars].`,
  done: async (context) => {
    const host = context.file.variable('STS_DOMAIN');
    return host !== undefined && (await isDeployed(context)) ? host : undefined;
  },
  run: async (context) => {
    const { options, file, terminal } = context;
    const targets = await deploy(
      { name: options.deployment, how: 'deploy', missing: 'expect' },
      { ...context, say: (text) => terminal.say(`   ${text}`) },
    );
    const host = file.variable('STS_DOMAIN') ?? hostOf(targets);
    if (host === undefined) {
      throw new Stop(
        `wrangler named no address of the Worker. Look at the dashboard (Workers & Pages), write the host to ${file.path} (STS_DOMAIN under [vars]), and run npm run setup again.`,
      );
    }
    file.set({ table: 'vars', key: 'STS_DOMAIN', value: host });
    terminal.say(`   The service’s host: ${host}`);
  },
};

async function isDeployed({ file, root, wrangler }: SetupContext): Promise<boolean> {
  const secrets = await withWranglerConfig(file.load(), root, (configPath) => wrangler.secretNames(configPath));
  if (secrets.kind === 'failed') throw new Stop(`wrangler can't look at the Worker:\n${secrets.reason}`);
  return secrets.kind === 'listed';
}

/** The address on workers.dev; a route is no address. */
function hostOf(targets: readonly string[]): string | undefined {
  return targets.flatMap((target) => {
    const url = /^https?:\/\/[^/]+\/?$/.test(target) && URL.canParse(target) ? new URL(target) : undefined;
    if (url === undefined) return [];
    return HOST.test(url.host) || isLoopbackHost(url.hostname) ? [url.host] : [];
  })[0];
}
