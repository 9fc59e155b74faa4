// The demo of a server is ended for good by a start without it.
import { expect, test } from 'vitest';
import { ingest } from './support/graphql.ts';
import { startServerProcess } from './support/start-server.ts';
import { tempFolder } from './support/temp-folder.ts';

const own = { entityType: 'mine', serviceId: 'me', data: { n: 1 } };

test('a demo goes on after a kill and beside own points, and is ended by a start without it, also after another kill', async () => {
  const folder = tempFolder();
  const start = (source: string) => startServerProcess({ folder: folder.path, args: ['--source', source] });
  const server = await start('demo');
  await ingest(server.url, [own]);
  await server.kill('SIGKILL');
  const again = await start('demo');
  expect(again.stdout()).toContain('demo');
  await again.kill('SIGKILL');
  const without = await start('none');
  expect(without.stdout()).not.toContain('demo');
  await without.kill('SIGKILL');
  const last = await start('demo');
  expect(last.stdout()).not.toContain('demo');
  await last.stop();
  folder.remove();
});
