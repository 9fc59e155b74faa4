// `npm run readme`: writes the tables of settings and limits into README.md.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readmeWithTables } from './readme-tables.ts';
import { root } from './source-files.ts';

writeFileSync(path.join(root, 'README.md'), readmeWithTables());
