// A bare WebSocket server behind a bare insert: a POST is put into a table with node:sqlite, on the disk, then sent to every socket in a given text.
// Usage: FILE TEXT
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { text as textOf } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';

const [file = '', text = ''] = process.argv.slice(2);
const sentAt = /"at":[\d.]+/;
const db = new DatabaseSync(file);
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE point (time INTEGER NOT NULL, data TEXT NOT NULL);
`);
const insert = db.prepare('INSERT INTO point (time, data) VALUES (?, ?)');

const http = createServer(async (request, response) => {
  const point = await textOf(request);
  insert.run(Date.now(), point);
  response.end();
  const message = text.replace(sentAt, sentAt.exec(point)?.[0] ?? '');
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(message);
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
http.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
