// The documents of the project, and the blocks of code in them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/source-files.ts';

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** The blocks of that language, in their order. */
export function blocks(file: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...read(file).matchAll(fence)].map(([, text = '']) => text);
}
