import { defineConfig } from 'vitest/config';

/** The tests that mutants of the pure parts are tried against: fast, in virtual time, with one seed. */
export default defineConfig({
  test: {
    env: { FC_SEED: '20261122' },
    include: ['test/{task,watch,operators,budget,cadence}/**/*.test.ts', 'test/client*.test.ts'],
    exclude: ['test/watch/sockets.test.ts'],
    setupFiles: ['test/seed.ts'],
  },
});
