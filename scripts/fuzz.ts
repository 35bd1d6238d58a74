/** Runs the properties of `test/fuzz` for longer than CI does: `npm run fuzz -- [--seed N] [--runs FACTOR] [--minutes N]`. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const JEST = 'node_modules/jest/bin/jest.js';
/** Of the properties in `test/fuzz/service.test.ts`, which share the time. */
const PROPERTIES = 6;
const LARGEST_SEED = 2 ** 31 - 1;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(LARGEST_SEED)) },
    runs: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});

function number(name: 'seed' | 'runs' | 'minutes', least: number): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= least) return value;
  console.error(`--${name} must be a number of ${least} or more`);
  process.exit(2);
}

const seed = Math.floor(number('seed', 0));
const factor = Math.ceil(number('runs', 1));
const properties = values.only === undefined ? PROPERTIES : 1;
const seconds = Math.ceil((number('minutes', 0) * 60) / properties);
console.log(`seed ${seed}; at most ${factor} times the runs of CI, and ${seconds} s for each property`);
const filter = values.only === undefined ? [] : ['--testNamePattern', values.only];
const options = ['--experimental-vm-modules', '--no-warnings', JEST, '--selectProjects', 'fuzz', ...filter];
const { status } = spawnSync(process.execPath, options, {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_FACTOR: String(factor), FUZZ_SECONDS: String(seconds) },
});
console.log(`seed ${seed}: ${status === 0 ? 'nothing found' : 'a counter-example stands above'}`);
process.exit(status === 0 ? 0 : 1);
