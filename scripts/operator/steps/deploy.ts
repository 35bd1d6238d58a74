import { deploy } from '../deploy.ts';
import { look, serviceUrl, waitUntilLive } from '../service.ts';
import type { SetupContext, Step } from '../setup.ts';
import { Stop } from '../stop.ts';

export const deployStep: Step = {
  name: 'deploy',
  title: 'The settings, deployed',
  intent: 'Checks the deployment’s files and secrets, deploys, and waits until the service says that it is well.',
  byHand: (context) => `npm run deploy -- ${context.options.deployment}, then curl ${urlOf(context)}/healthz`,
  done: async (context) => {
    if (context.file.isChanged || context.hasNewSecrets) return undefined;
    const result = await look(urlOf(context));
    return result.kind === 'live' ? `${urlOf(context)} says "${result.status}"` : undefined;
  },
  run: async (context) => {
    const { options, terminal } = context;
    await deploy(
      { name: options.deployment, how: 'deploy', missing: 'refuse' },
      { ...context, say: (text) => terminal.say(`   ${text}`) },
    );
    const url = urlOf(context);
    terminal.say(`   Waiting for ${url}, up to ${options.waitMilliseconds / 1000} s`);
    const result = await waitUntilLive(url, options.waitMilliseconds);
    if (result.kind === 'not-live')
      throw new Stop(
        `Deployed, but not live yet: ${result.last}\nA new domain can take longer. Then run npm run setup again: it goes on here.`,
      );
    terminal.say(`   ${url} is live and says "${result.status}".`);
  },
};

export function urlOf({ file }: SetupContext): string {
  return serviceUrl(file.variable('STS_DOMAIN') ?? '');
}
