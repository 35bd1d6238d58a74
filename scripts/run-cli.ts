/**
 * `npm run --silent cli -- COMMAND …`: builds the command line and runs it in the folder where npm was started, so that
 * paths mean what they mean in the caller's shell.
 */
import { spawnSync } from 'node:child_process';

await import('./build-cli.ts');
const script = new URL('../dist-cli/octo-sts-worker.js', import.meta.url).pathname;
// npm changes into the project's folder, and keeps the caller's in INIT_CWD.
const cwd = process.env.INIT_CWD ?? process.cwd();
process.exitCode =
  spawnSync(process.execPath, [script, ...process.argv.slice(2)], { cwd, stdio: 'inherit' }).status ?? 1;
