// `npm run build`: the package's JavaScript and types in dist/, from nothing. Node.js runs TypeScript in a checkout as it is, but not
// in node_modules.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './source-files.ts';

const output = path.join(root, 'dist');
rmSync(output, { recursive: true, force: true });
const compiler = path.join(root, 'node_modules/.bin/tsc');
const { status } = spawnSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status === 0) chmodSync(path.join(output, 'main.js'), 0o755);
process.exitCode = status ?? 1;
