const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.jest.json' }] },
  // TypeScript writes `.ts` imports as `.js`; Jest finds the source again.
  // A bundler takes one member out of a JSON file; Node imports it whole, so that tests get it from a module.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^(\\.{1,2}/)+package\\.json$': '<rootDir>/test/support/manifest.mjs',
  },
  setupFiles: ['reflect-metadata'],
  clearMocks: true,
};

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/unit/**/*.test.ts', '<rootDir>/test/support/**/*.test.ts'],
    },
    { ...common, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.test.ts'] },
    // In Node alone, so it needs no bundle. `npm run fuzz` runs it for longer.
    { ...common, displayName: 'fuzz', testMatch: ['<rootDir>/test/fuzz/**/*.test.ts'] },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      globalSetup: '<rootDir>/test/integration/build-worker.mjs',
    },
  ],
  globalSetup: '<rootDir>/test/support/generate-rsa-keys.mjs',
  globalTeardown: '<rootDir>/test/support/remove-rsa-keys.mjs',
  // Jest takes one less than there are cores; much of a suite's time is waiting for workerd or for a child process.
  maxWorkers: 2,
  // Node keeps the modules of every suite that has run in a process (they are ES modules in contexts of their own). In a heap of a
  // gigabyte all that a suite allocates costs several times the CPU, so a process ends after ten to thirty suites.
  workerIdleMemoryLimit: '300MB',
  testTimeout: 30_000,
};
