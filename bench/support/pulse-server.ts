// The server under test: a process of its own, as `serve` starts it, and GraphQL to ask it.
import path from 'node:path';
import { type Child, printed, startChild } from './leftovers.ts';

export interface PulseServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

export interface PulseServerOptions {
  readonly data: string;
  /** Folder of the project whose server it is; another working copy to compare with. */
  readonly project: string;
  /** Where a CPU profile of the process is left when it ends; null: none is made. */
  readonly profileFolder: string | null;
}

export const thisProject = path.resolve(import.meta.dirname, '../..');

export async function startPulseServer({ data, project, profileFolder }: PulseServerOptions): Promise<PulseServer> {
  const flags = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profileFolder)}`];
  const main = path.join(project, 'src/main.ts');
  const settings = ['--data', data, '--port', '0', '--source', 'none', '--log-level', 'silent'];
  const child: Child = await startChild({
    program: process.execPath,
    words: ['--no-warnings', ...flags, main, 'serve', ...settings],
  });
  try {
    const url = await printed(child, /listening on (\S+)\n/);
    return { url, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a query gives; an error where it gives any. */
export async function ask<Data>(url: string, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (errors !== undefined || data === undefined) throw new Error(`${query}: ${JSON.stringify(errors)}`);
  return data;
}
