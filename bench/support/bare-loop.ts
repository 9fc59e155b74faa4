// The bare loop that a durable server is measured against: rows inserted with node:sqlite, a transaction a batch, nothing else.
import path from 'node:path';
import type { BareBatch, BareReply, BareRequest } from './bare-loop.process.ts';
import type { Contestant, Work } from './contestant.ts';
import { type Child, startChild, temporaryFolder } from './leftovers.ts';

export const bareLoop: Contestant = {
  name: 'bare node:sqlite loop',
  async start(work) {
    const folder = temporaryFolder();
    const words = ['--no-warnings', path.join(import.meta.dirname, 'bare-loop.process.ts')];
    const child = await startChild({ program: process.execPath, words });
    await askLoop(child, { kind: 'open', file: path.join(folder.path, 'bare.db'), work: rowsOf(work) });
    return {
      pid: child.pid,
      run: async (part) => {
        await askLoop(child, { kind: 'run', part });
      },
      count: async () => (await askLoop(child, { kind: 'count' })).rows,
      [Symbol.asyncDispose]: async () => {
        await child[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  },
};

function rowsOf({ warmUp, measured }: Work): Record<'warmUp' | 'measured', BareBatch[]> {
  const batches = (part: Work['measured']) =>
    part.map((batch) =>
      batch.map(({ entityType, serviceId, time, data }) => ({
        series: `${entityType}/${serviceId}`,
        time,
        data: JSON.stringify(data),
      })),
    );
  return { warmUp: batches(warmUp), measured: batches(measured) };
}

function askLoop({ process: child }: Child, request: BareRequest): Promise<BareReply> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the bare loop ended early'));
    child.once('exit', ended);
    child.once('message', (reply) => {
      child.off('exit', ended);
      resolve(reply as BareReply);
    });
    child.send(request);
  });
}
