import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const seed = process.env['FC_SEED'] ?? (process.env['CI'] ? '20261122' : String(Date.now() % 2 ** 31));
process.env['FC_SEED'] = seed;

/** What touches neither network, disk nor process. */
const pure = 'test/{bridges,broken,budget,cadence,fleet,operators,providers,streams,task,told,wake,watch}/**/*.test.ts';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    env: { FC_SEED: seed },
    // Many tests wait for servers, processes and browsers. As a percentage, this could be no more than there are cores.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/crash/**', 'test/browser/**', 'test/load/**', 'test/buses/**', pure],
          setupFiles: ['test/seed.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'pure',
          include: [pure],
          // They leave nothing behind, and to load the library anew for each takes longer than most of them.
          isolate: false,
          setupFiles: ['test/seed.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'cross-fetch',
          // What asks over the network, once more in a runtime that has no `fetch`.
          include: ['test/*.test.ts', 'test/{create,download,http,sse,testing,watch}/**/*.test.ts'],
          exclude: ['test/create/{file,storage}-ledger/**', 'test/download/{part,processes}*', '**/*.property.test.ts'],
          setupFiles: ['test/seed.ts', 'test/without-fetch.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          setupFiles: ['test/seed.ts'],
          globalSetup: ['test/browser/find-chromium.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'buses',
          include: ['test/buses/**/*.test.ts'],
          setupFiles: ['test/seed.ts'],
          globalSetup: ['test/buses/brokers/find-brokers.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'load',
          include: ['test/load/**/*.test.ts'],
          setupFiles: ['test/seed.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          include: ['test/crash/**/*.test.ts'],
          setupFiles: ['test/seed.ts'],
          globalSetup: ['test/buses/brokers/find-brokers.ts'],
        },
      },
    ],
  },
});
