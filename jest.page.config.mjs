import config from './jest.config.mjs';

const integration = config.projects.find(({ displayName }) => displayName === 'integration');

/** `npm run test:page`: the page in a real browser. Apart from the other suites, which need nothing but Node. @type {import('jest').Config} */
export default {
  ...config,
  projects: [{ ...integration, displayName: 'page', testMatch: ['<rootDir>/test/page/**/*.test.ts'] }],
  // One browser, one Worker.
  maxWorkers: 1,
  testTimeout: 60_000,
};
