// A bare WebSocket server behind PulseQL's own append: points come over HTTP and are stored by its engine; each that was is sent to every socket in a
// given text. Usage: FOLDER TEXT
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../src/base/clock.ts';
import { startEngine } from '../../src/engine/engine.ts';
import { allRights } from '../../src/engine/viewer.ts';
import { engineLimits, version } from '../../src/options.ts';
import { readSettings } from '../../src/settings/read-settings.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

const [folder = '', text = ''] = process.argv.slice(2);
const sentAt = /"at":[\d.]+/;
const nobody = { id: 'bench', rights: allRights };
const ignore = () => undefined;

const clock = systemClock;
const storage = await openSqliteStore({ clock, file: path.join(folder, 'pulse.db'), onWarning: ignore });
const logger = { info: ignore, warn: ignore, error: console.error };
const limits = engineLimits(readSettings({}, {}));
const engine = await startEngine({ storage, clock, logger, version, limits, random: Math.random });
storage.log.onBlock(({ points }) => {
  for (const { data } of points) broadcast(text.replace(sentAt, `"at":${(data as { at: number }).at}`));
});

const http = createServer(async (request, response) => {
  await engine.ingestLines(nobody, await buffer(request), null);
  response.end();
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
http.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
});

function broadcast(message: string): void {
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(message);
}
process.on('SIGTERM', () => process.exit(0));
