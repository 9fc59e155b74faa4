// The store in a file: the cases of every store.
import path from 'node:path';
import { describe, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { storeCases } from './store-cases.ts';

describe('the store in a file', () => {
  const cases = storeCases(
    (folder, clock) =>
      openSqliteStore({
        clock,
        file: path.join(folder, 'pulseql.db'),
        onWarning: (error) => {
          throw error;
        },
      }),
    { durable: true },
  );
  for (const { title, run } of cases) test(title, run);
});
