// The project's source files with what the code map and the tidy test want to know of each.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');

export interface SourceFile {
  /** From the project's folder, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** The sentence or two that the file begins with; empty where it begins with none. */
  readonly header: string;
}

/** Every TypeScript file below a folder of the project, in order of path. */
export function sourceFiles(folder: string): SourceFile[] {
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && !name.includes('generated'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort()
    .map(readSource);
}

function readSource(file: string): SourceFile {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { path: file, text, lines: text.split('\n').length - 1, header: headerOf(text) };
}

function headerOf(text: string): string {
  const lines = text.split('\n');
  const start = lines[0]?.startsWith('#!') ? 1 : 0;
  let end = start;
  while (lines[end]?.startsWith('//')) end += 1;
  const comment = lines.slice(start, end).map((line) => line.replace(/^\/\/ ?/, ''));
  // A drawing below the sentences is for the reader of the file.
  const sentences = comment.includes('') ? comment.slice(0, comment.indexOf('')) : comment;
  return sentences.join(' ').trim();
}
