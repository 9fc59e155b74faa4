// A bare WebSocket server: sends a text to every socket, as often as it is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export interface BroadcastRequest {
  readonly text: string;
  readonly times: number;
}

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
http.listen(0, '127.0.0.1', () => {
  console.log(`listening on ws://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
});

process.on('message', ({ text, times }: BroadcastRequest) => {
  for (let i = 0; i < times; i += 1) {
    for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(text);
  }
});
process.on('SIGTERM', () => process.exit(0));
