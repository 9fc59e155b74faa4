// The live heap of another Node.js process: what is left once its garbage has been collected, asked of its inspector.
import { WebSocket } from 'ws';

/** What a process is started with to be asked. */
export const inspected = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;
/** What it prints then. */
export const inspectorLine = /Debugger listening on (ws:\S+)/;

/** Bytes. */
export async function liveHeap(url: string): Promise<number> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let last = 0;
  const ask = (method: string): Promise<{ usedSize?: number }> => {
    last += 1;
    const id = last;
    return new Promise((resolve) => {
      socket.on('message', (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as { id?: number; result: { usedSize?: number } };
        if (answer.id === id) resolve(answer.result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  };
  await ask('HeapProfiler.collectGarbage');
  await ask('HeapProfiler.collectGarbage');
  const { usedSize = 0 } = await ask('Runtime.getHeapUsage');
  socket.close();
  return usedSize;
}
