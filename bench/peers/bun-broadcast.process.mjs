// Bun's WebSocket server: sends a text to every socket, as often as it is told.
const sockets = new Set();
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, self) =>
    self.upgrade(request) ? undefined : new Response('a WebSocket is wanted', { status: 426 }),
  websocket: {
    open: (socket) => void sockets.add(socket),
    close: (socket) => void sockets.delete(socket),
    // Nobody says anything.
    message: () => undefined,
  },
});
console.log(`listening on ws://127.0.0.1:${server.port}\n`);

process.on('message', ({ text, times }) => {
  for (let i = 0; i < times; i += 1) {
    for (const socket of sockets) socket.send(text);
  }
});
process.on('SIGTERM', () => process.exit(0));
