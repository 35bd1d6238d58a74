import type { OpenPage } from './browser.ts';
import { DeploymentStore } from './deployment-store.ts';
import type { GitHubSite } from './github-site.ts';
import type { ConvertedApp } from './registered-app.ts';
import type { SetupOptions, StepName } from './setup-options.ts';
import { appStep } from './steps/app.ts';
import { deployStep } from './steps/deploy.ts';
import { firstStep } from './steps/first.ts';
import { hostStep } from './steps/host.ts';
import { installStep } from './steps/install.ts';
import { secretsStep } from './steps/secrets.ts';
import { workerStep } from './steps/worker.ts';
import type { Terminal } from './terminal.ts';
import type { Wrangler } from './wrangler.ts';

export interface SetupPorts {
  /** The project's folder. */
  readonly root: string;
  readonly terminal: Terminal;
  readonly wrangler: Wrangler;
  readonly openPage: OpenPage;
  /** `npm run doctor`. */
  readonly doctor: (url: string) => Promise<'well' | 'ill' | 'unknown'>;
}

/** What the steps know of each other. Everything that outlives the run is in the deployment's file. */
export interface SetupContext extends SetupPorts {
  readonly options: SetupOptions;
  readonly file: DeploymentStore;
  /** The App, where this run has its key: only then can secrets be given. */
  app?: AppInHand;
  site?: GitHubSite;
  /** Whether secrets were given in this run. */
  hasNewSecrets: boolean;
  /** What the doctor found. */
  verdict: 'well' | 'ill' | 'unknown';
}

export interface AppInHand extends ConvertedApp {
  /** Made in this run, so nobody else uses its webhook yet. */
  readonly isNew: boolean;
}

export interface Step {
  readonly name: StepName;
  readonly title: string;
  /** What it will do. */
  readonly intent: string;
  /** How to do it without this program. */
  readonly byHand: (context: SetupContext) => string;
  /** @returns what was found done already, or nothing */
  readonly done: (context: SetupContext) => Promise<string | undefined>;
  readonly run: (context: SetupContext) => Promise<void>;
}

const STEPS: readonly Step[] = [workerStep, hostStep, appStep, secretsStep, deployStep, installStep, firstStep];

/**
 * From nothing to a first exchange. Each step needs the one before; what is done is skipped.
 *
 * @returns whether the service is well, as far as can be seen from here
 * @throws Stop where a step can't be done now; the next run goes on from there
 */
export async function setup(options: SetupOptions, ports: SetupPorts): Promise<boolean> {
  const file = new DeploymentStore(ports.root, options.deployment);
  const context: SetupContext = { ...ports, options, file, hasNewSecrets: false, verdict: 'unknown' };
  for (const [index, step] of STEPS.entries()) await take(step, index + 1, context);
  return context.verdict !== 'ill';
}

async function take(step: Step, number: number, context: SetupContext): Promise<void> {
  const { terminal, options } = context;
  terminal.say(`\n${number}. ${step.title}`);
  const done = options.repeated.has(step.name) ? undefined : await step.done(context);
  if (done !== undefined) {
    terminal.say(`   Done already: ${done} (again: --repeat ${step.name})`);
    return;
  }
  terminal.say(indented(step.intent));
  terminal.say(indented(`By hand: ${step.byHand(context)}`));
  await step.run(context);
}

function indented(text: string): string {
  return text.replace(/^/gm, '   ');
}
