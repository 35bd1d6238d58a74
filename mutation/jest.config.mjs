import config from '../jest.config.mjs';

const { projects, ...shared } = config;
const [unit] = projects;

/** One project of one worker, as Stryker wants it: the suites that `npm run mutation` names. @type {import('jest').Config} */
export default {
  ...shared,
  ...unit,
  displayName: undefined,
  // `scripts/mutation.ts` makes the keys once for all mutants.
  globalSetup: undefined,
  globalTeardown: undefined,
  rootDir: process.cwd(),
  maxWorkers: 1,
  testMatch: JSON.parse(process.env.MUTATION_SUITES ?? '[]').map((suite) => `<rootDir>/${suite}`),
};
