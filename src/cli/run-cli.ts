// Which commands there are, and what becomes of their errors: what somebody did wrong is one line, all else is whole.
import { isPulseError } from '../base/errors.ts';
import { version } from '../options.ts';
import type { Command } from './command.ts';

interface Entry {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  /** Only the command that runs is loaded: a server's parts take a second that `ingest` need not wait. */
  load(): Promise<Command>;
}

const commands: readonly Entry[] = [
  { name: 'serve', summary: 'run the server', load: async () => (await import('./serve.ts')).serveCommand },
  {
    name: 'ingest',
    summary: 'send a file of points to a server',
    load: async () => (await import('./ingest.ts')).ingestCommand,
  },
  {
    name: 'replay',
    summary: 'send a file of points as if it happened now',
    load: async () => (await import('./replay.ts')).replayCommand,
  },
  {
    name: 'clock',
    summary: "show a server's clock, or believe a step of it at once",
    load: async () => (await import('./clock.ts')).clockCommand,
  },
  {
    name: 'schema',
    summary: "print the API's GraphQL schema",
    load: async () => (await import('./schema.ts')).schemaCommand,
  },
];

/** Runs a command line without the program's name; gives the exit code. */
export async function runCli(words: readonly string[]): Promise<number> {
  const [first = '--help', ...rest] = words;
  if (first === '--version') return print(version);
  const entry = commands.find(({ name }) => name === first);
  if (entry === undefined) {
    if (first === '--help' || first === '-h' || first === 'help') return print(overview());
    process.stderr.write(`pulseql: there is no command ${JSON.stringify(first)}\n\n${overview()}\n`);
    return 2;
  }
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) return print(command.help());
  try {
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(`pulseql ${entry.name}: ${describe(error)}\n`);
    return isUsage(error) ? 2 : 1;
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function overview(): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`);
  return [
    'Usage: pulseql COMMAND [options]',
    '',
    ...rows,
    '',
    'pulseql COMMAND --help says more; pulseql --version.',
  ].join('\n');
}

function isUsage(error: unknown): boolean {
  return (
    isPulseError(error, 'BAD_USER_INPUT') ||
    (error instanceof TypeError && String(codeOf(error)).startsWith('ERR_PARSE_ARGS'))
  );
}

function describe(error: unknown): string {
  if (isPulseError(error) || isUsage(error) || typeof codeOf(error) === 'string') return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// Errors of the system and of Node's parser carry a code; they say what is wrong without a stack.
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
