// A folder of a test's own, which goes with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TempFolder {
  readonly path: string;
  remove(): void;
}

export function tempFolder(): TempFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'pulseql-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
