// `npm run readme`: writes the table of settings into README.md.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readmeWithSettings } from './settings-table.ts';
import { root } from './source-files.ts';

writeFileSync(path.join(root, 'README.md'), readmeWithSettings());
