// How the tests run: on two cores; packages are resolved as Node.js itself resolves them, so that there is one graphql.
import { defineConfig } from 'vitest/config';

const conditions = ['pulseql-source', 'module-sync', 'node', 'development'];

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  resolve: { conditions },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'scripts/system-packages.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // Files share what a worker has loaded: each leaves things as it found them, and loading is a third of the time.
    isolate: false,
  },
});
