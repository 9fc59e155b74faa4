// `npm run map`: writes docs/codemap.md.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { codemap } from './codemap.ts';
import { root } from './source-files.ts';

writeFileSync(path.join(root, 'docs/codemap.md'), codemap());
