// A restart on a file: KPIs are the same, and the log is read only from where panes were saved.
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { queryInput } from '../dashboards/inputs.ts';
import { somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, startWorld } from './engine-world.ts';

test('after a restart a KPI is what it was, from what was saved and what came since', async () => {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, 'pulseql.db');
  const clock = new FakeClock();
  const onWarning = (error: Error) => {
    throw error;
  };
  const queries = [
    queryInput(),
    queryInput({ aggregation: { function: 'QUANTILE', field: 'n', quantile: 0.5 }, groupBy: ['serviceId'] }),
    queryInput({ aggregation: { function: 'DISTINCT', field: 'n' } }),
  ];
  const first = await startWorld({}, { clock, file });
  await first.send(somePoints(300));
  const before = [];
  for (const query of queries) before.push((await first.engine.kpis.value(ann, query)).value);
  await first.engine.stop();
  const storage = await openSqliteStore({ clock, file, onWarning });
  const columns = vi.spyOn(storage.log, 'columns');
  const second = await startWorld({}, { clock, storage });
  onTestFinished(() => second.engine.stop());
  for (const [i, query] of queries.entries()) {
    expect((await second.engine.kpis.value(ann, query)).value).toEqual(before[i]);
  }
  expect(columns.mock.calls.map(([{ after }]) => after)).toEqual([300, 300, 300]);
});
