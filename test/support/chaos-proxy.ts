// A TCP proxy in front of a server that can cut every connection that runs through it.
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ChaosProxy {
  /** The server's address with the proxy's port. */
  readonly url: string;
  /** Connections since the start. */
  connections(): number;
  /** Cuts all connections, as a broken cable does. */
  cut(): void;
}

export async function chaosProxy(target: string): Promise<ChaosProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxyPort = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${proxyPort}`, connections: () => connections, cut };
}
