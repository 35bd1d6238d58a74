import type { SetupContext, Step } from '../setup.ts';
import { urlOf } from './deploy.ts';

export const installStep: Step = {
  name: 'install',
  title: 'The App installed, and a look at everything',
  intent:
    'Opens the App’s installation page: choose the repositories that policies may grant access to, and the policy repository (.github) too. Then npm run doctor looks at the service.',
  byHand: (context) => `${installationPage(context)}; npm run doctor -- ${urlOf(context)}`,
  done: async () => undefined,
  run: async (context) => {
    const { options, terminal, openPage, doctor } = context;
    const page = installationPage(context);
    // A page that the operator has seen before is only named.
    const opens = options.opensBrowser && (context.app !== undefined || options.repeated.has('install'));
    const isOpen = opens && page.startsWith('http') && (await openPage(page));
    terminal.say(`   ${isOpen ? 'If no page opened, open' : 'Open'} ${page}`);
    if (terminal.interactive)
      await terminal.ask({ text: '   Press Enter when it is installed.', flag: '--yes', fallback: 'installed' });
    context.verdict = await doctor(urlOf(context));
  },
};

function installationPage({ file }: SetupContext): string {
  const page = file.note('app_page');
  return page === undefined
    ? 'the App’s page at GitHub, "Install App"'
    : `${page.replace(/\/$/, '')}/installations/new`;
}
