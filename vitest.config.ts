import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // oclif's output is captured by the tests themselves
    disableConsoleIntercept: true,
    globalSetup: ['test/support/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    env: { TZ: 'UTC', NO_COLOR: '1' },
  },
});
