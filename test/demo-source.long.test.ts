// The demo of a server is ended for good by a start without it.
import { expect, test } from 'vitest';
import { ingest, query } from './support/graphql.ts';
import { startServerProcess } from './support/start-server.ts';
import { tempFolder } from './support/temp-folder.ts';

const own = { entityType: 'mine', serviceId: 'me', data: { n: 1 } };

/** The demo has one while it runs. */
async function dashboardsOf(url: string): Promise<number> {
  const { dashboards } = await query<{ dashboards: { totalCount: number } }>(url, '{ dashboards { totalCount } }');
  return dashboards.totalCount;
}

test('a demo goes on after a kill and beside own points, and is ended by a start without it, also after another kill', async () => {
  const folder = tempFolder();
  const start = (source: string) => startServerProcess({ folder: folder.path, args: ['--source', source] });
  const server = await start('demo');
  await ingest(server.url, [own]);
  await server.kill('SIGKILL');
  const again = await start('demo');
  expect(await dashboardsOf(again.url)).toBe(1);
  await again.kill('SIGKILL');
  const without = await start('none');
  expect(await dashboardsOf(without.url)).toBe(0);
  await without.kill('SIGKILL');
  const last = await start('demo');
  expect(await dashboardsOf(last.url)).toBe(0);
  await last.stop();
  folder.remove();
});
