import { defineConfig } from 'vitest/config';
import every from './vitest.config.ts';

/** `npm run test:standalone`: what `npm run build:standalone` has made. Tests of the built program run on it, too. */
export default defineConfig({
  test: {
    ...every.test,
    include: ['test/standalone/*.test.ts', 'test/e2e/{browse,completion,watch}.test.ts'],
    exclude: [],
    env: { ...every.test?.env, TOMO_TEST_PROGRAM: '.standalone/tomo' },
  },
});
