// Writes to the first file, closes it and writes to the second, which the system gives the same number; says how it went.
import { closeSync, openSync, writeSync } from 'node:fs';

const [, , first = '', second = ''] = process.argv;

function write(descriptor: number): string {
  try {
    writeSync(descriptor, 'text');
    return 'written';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

const before = openSync(first, 'w');
const watched = write(before);
closeSync(before);
const after = openSync(second, 'w');
const numbers = after === before ? 'same number' : 'another number';
writeSync(1, `${watched}, ${numbers}, ${write(after)}`);
