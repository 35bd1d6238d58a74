import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default {
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
  jest: { projectType: 'custom', configFile: 'mutation/jest.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  // The script reads the report and says what matters.
  reporters: ['json'],
  jsonReporter: { fileName: process.env.MUTATION_REPORT },
  ignorePatterns: ['/dist*', '/.wrangler', '/docs', '/reports', '/bench', '/mutation/node_modules'],
  // Apart from the project, where Jest would find every file twice.
  tempDirName: join(tmpdir(), 'octo-sts-worker-mutation'),
  allowEmpty: true,
  // Jest keeps what each run has loaded.
  maxTestRunnerReuse: 30,
  // A mutant that runs on for ever is found by this; one that a busy machine slows down is not taken for it.
  timeoutMS: 15_000,
  logLevel: 'warn',
  warnings: { slow: false },
};
