// Imported for what it does: threads and children that tests start keep what Node has made of the source, so that each
// next one starts in half the time. Vitest's configuration imports it, before there are workers.
import path from 'node:path';

process.env['NODE_COMPILE_CACHE'] ??= path.resolve(import.meta.dirname, '../../node_modules/.cache/compile');
