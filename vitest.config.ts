// How the tests run: packages are resolved as Node.js itself resolves them, so that there is one graphql.
import { defineConfig } from 'vitest/config';
import './test/support/quick-start.ts';
import { suites } from './test/support/suites.ts';

const conditions = ['pulseql-source', 'module-sync', 'node', 'development'];

/** `vitest run` runs the quick tests, `vitest run --mode long` the long ones. */
export default defineConfig(({ mode }) => {
  const suite = mode === 'long' ? 'long' : 'quick';
  return {
    ssr: { resolve: { conditions, externalConditions: conditions } },
    resolve: { conditions },
    test: {
      ...suites[suite],
      env: { PULSEQL_SUITE: suite },
      globalSetup: 'scripts/system-packages.ts',
      testTimeout: suite === 'long' ? 120_000 : 30_000,
      hookTimeout: 30_000,
      // On two cores: a third of the time of quick files is waiting.
      maxWorkers: suite === 'long' ? 2 : 3,
      // Quick files share what a worker has loaded: each leaves things as it found them, and loading is a third of the
      // time. Long ones look at the heap and the process: each has a process of its own.
      isolate: suite === 'long',
    },
  };
});
