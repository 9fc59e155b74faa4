// A process that releases most of its heap while it makes garbage all the time, as a server does whose clients ask; it prints `given back` once
// its resident memory has fallen by half of what it released. Words: `ticks` has the
// seconds of a memory return pass at once; `unsaid` does not say that anything was released, and has
// as many pass as memory must be calm.
import { MemoryReturn } from '../../src/base/collect-garbage.ts';
import { report } from './report.ts';

const releasedBytes = 100 * 2 ** 20;
const bytesPerArray = 280;

/** What is released must not be alive as a variable of the module is. */
const held: { arrays: number[][]; last: unknown } = { arrays: [], last: null };
const memoryReturn = new MemoryReturn();
const isUnsaid = process.argv.includes('unsaid');
memoryReturn.tick();

for (let i = 0; i < releasedBytes / bytesPerArray; i += 1) held.arrays.push(new Array<number>(32).fill(i));
const peak = process.memoryUsage.rss();
setInterval(() => {
  held.last = Array.from({ length: 2000 }, (_, n) => ({ n }));
  if (process.memoryUsage.rss() > peak - releasedBytes / 2) return;
  report('given back');
  process.exit();
}, 20);
held.arrays = [];
if (!isUnsaid) memoryReturn.begin(releasedBytes);
if (isUnsaid) pass(20);
if (process.argv.includes('ticks')) pass(60);

function pass(seconds: number): void {
  for (let second = 0; second < seconds; second += 1) memoryReturn.tick();
}
