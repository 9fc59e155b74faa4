// The demo of the README runs as it says.
import { expect, test } from 'vitest';
import { runProgram } from './support/run-program.ts';

test('the weather demo ingests the whole series and prints live values until it ends', async () => {
  const { code, stdout } = await runProgram(process.execPath, ['--no-warnings', 'scripts/demo.ts', '--seconds', '2']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/days: 1461 .*sun 640/);
  expect(stdout).toMatch(/1461 days accepted, 0 rejected/);
}, 60_000);
