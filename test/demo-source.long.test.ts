// The demo of a server ends with the first point that a user sends.
import { expect, test } from 'vitest';
import { ingest } from './support/graphql.ts';
import { startServerProcess } from './support/start-server.ts';
import { tempFolder } from './support/temp-folder.ts';

const own = { entityType: 'mine', serviceId: 'me', data: { n: 1 } };

test("a user's first acknowledged point ends the demo for good, also after a kill", async () => {
  const folder = tempFolder();
  const server = await startServerProcess({ folder: folder.path, args: ['--source', 'demo'] });
  await ingest(server.url, [own]);
  await server.kill('SIGKILL');
  const again = await startServerProcess({ folder: folder.path, args: ['--source', 'demo'] });
  expect(again.stdout()).not.toContain('demo');
  await again.stop();
  folder.remove();
});
