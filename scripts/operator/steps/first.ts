import { parseScope } from '../../../src/domain/scope.ts';
import { firstExchange } from '../first-exchange.ts';
import { repositoryFault } from '../setup-options.ts';
import type { Step } from '../setup.ts';

export const firstStep: Step = {
  name: 'first',
  title: 'A first policy and a workflow that uses it',
  intent:
    'Prints two files. Commit both to the repository’s main branch, then start the workflow "First exchange" by hand.',
  byHand: () => 'docs/policies.md and action/README.md',
  done: async () => undefined,
  run: async ({ options, terminal, file, site }) => {
    const answer =
      options.repository ??
      (terminal.interactive
        ? await terminal.ask({
            text: '   For which repository (OWNER/REPO, "-": none)?',
            flag: '--repository',
            fallback: '-',
            fault: (text) => (text === '-' ? undefined : repositoryFault(text)),
          })
        : '-');
    const scope = answer === '-' ? undefined : parseScope(answer);
    const host = file.variable('STS_DOMAIN');
    if (scope?.repository === undefined || site === undefined || host === undefined) {
      terminal.say('   No repository was named: npm run setup -- --repository OWNER/REPO prints them.');
      return;
    }
    const { policyPath, policy, workflowPath, workflow } = firstExchange({
      host,
      owner: scope.owner,
      repository: scope.repository,
      server: site.server,
    });
    terminal.say(`\n--- ${policyPath}\n${policy}\n--- ${workflowPath}\n${workflow}---`);
  },
};
