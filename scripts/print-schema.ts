// `npm run schema`: writes schema/schema.graphql from the code.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { printedSchema } from '../src/schema/schema.ts';
import { root } from './source-files.ts';

writeFileSync(path.join(root, 'schema/schema.graphql'), printedSchema());
