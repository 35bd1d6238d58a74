/** The operator's commands, in this order: `setup` makes a deployment, `deploy` brings a change of it to Cloudflare. */
import { parseArgs } from 'node:util';
import { systemBrowser } from './browser.ts';
import { deploy, DEPLOY_HELP, deployFromBuild, deploymentMissing } from './deploy.ts';
import { npmDoctor } from './doctor.ts';
import { setup } from './setup.ts';
import { SETUP_HELP, setupOptions } from './setup-options.ts';
import { Stop } from './stop.ts';
import { ProcessTerminal } from './terminal.ts';
import { Wrangler, type DeployKind } from './wrangler.ts';

/** Bundled to `.wrangler/operator/`. */
const ROOT = new URL('../..', import.meta.url).pathname;
const INTERRUPTED = 130;

process.on('SIGINT', () => {
  console.error('\nInterrupted. What is done stays done: run the same command again.');
  process.exit(INTERRUPTED);
});

const [command, ...args] = process.argv.slice(2);
try {
  process.exitCode = command === 'setup' ? await runSetup(args) : await runDeploy(args);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
// A browser that is still open, or a connection, must not keep the program.
process.exit();

async function runSetup(args: readonly string[]): Promise<number> {
  const options = setupOptions(args);
  if (typeof options === 'object' && 'help' in options) return told(SETUP_HELP);
  if (typeof options === 'string') throw new Stop(`${options}\n\n${SETUP_HELP}`);
  const terminal = new ProcessTerminal(options.asks && process.stdin.isTTY && process.stdout.isTTY);
  const say = (text: string): void => terminal.say(text);
  const isWell = await setup(options, {
    root: ROOT,
    terminal,
    wrangler: new Wrangler(ROOT, process.env),
    openPage: systemBrowser(process.env),
    doctor: npmDoctor(ROOT, say),
  });
  say(isWell ? '\nDone.' : '\nDone, but the doctor found something. What it says stands above.');
  return isWell ? 0 : 1;
}

async function runDeploy(args: readonly string[]): Promise<number> {
  const { name, how, unconfigured, help } = deployOptions(args);
  if (help) return told(DEPLOY_HELP);
  const ports = { root: ROOT, wrangler: new Wrangler(ROOT, process.env), say: (text: string) => console.log(text) };
  if (name === undefined) {
    // Cloudflare's own build, which its deploy button starts, has no file of a deployment.
    if (process.env.WORKERS_CI !== '1') throw deploymentMissing(ROOT);
    await deployFromBuild(how, ports);
  } else {
    await deploy({ name, how, missing: unconfigured ? 'tell' : 'refuse' }, ports);
  }
  return 0;
}

function deployOptions(args: readonly string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'dry-run': flag, upload: flag, unconfigured: flag, help: flag },
    });
    const [name, ...others] = positionals;
    if (others.length > 0) throw new Stop(`One deployment at a time.\n${DEPLOY_HELP}`);
    const how: DeployKind = values['dry-run'] ? 'dry-run' : values.upload ? 'upload' : 'deploy';
    return { name, how, unconfigured: values.unconfigured, help: values.help };
  } catch (error) {
    if (error instanceof Stop) throw error;
    throw new Stop(`${error instanceof Error ? error.message : 'The options can’t be read.'}\n${DEPLOY_HELP}`);
  }
}

function told(text: string): number {
  console.log(text);
  return 0;
}
