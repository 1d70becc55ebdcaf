import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // oclif's output is captured by the tests themselves
    disableConsoleIntercept: true,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/standalone/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // as Node imports
    deps: { interopDefault: false },
    pool: 'forks',
    // every file loads the same modules; loading them once a worker saves a quarter of the time, and the set-up file
    // fails a test file that leaves something changed for the next one
    isolate: false,
    maxWorkers: 3,
    env: { TZ: 'UTC', NO_COLOR: '1' },
  },
});
