// Temporary folders in memory where the machine has them: thousands of small files are written and read there.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const memory = '/dev/shm';

export interface MemoryFolder extends Disposable {
  readonly path: string;
}

/** A folder that is removed when it is disposed of, at the latest when this process exits. */
export function memoryFolder(): MemoryFolder {
  const folder = mkdtempSync(path.join(existsSync(memory) ? memory : tmpdir(), 'pulseql-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.on('exit', remove);
  return {
    path: folder,
    [Symbol.dispose]: () => {
      process.off('exit', remove);
      remove();
    },
  };
}
