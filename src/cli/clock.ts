// `clock`: shows a server's clock, and with `accept` believes the machine's wall clock at once.
import { parseArgs } from 'node:util';
import { badUserInput, PulseError } from '../base/errors.ts';
import { isJsonObject, shown } from '../base/json.ts';
import type { Command } from './command.ts';
import { defaultUrl } from './import-options.ts';

const options = { url: { type: 'string', default: defaultUrl } } as const;
const fields = 'now wall aheadSeconds isStepped since takenOverAt newestArrivalAheadSeconds deletionTime';
const actions = new Map([
  ['show', `{ status { clock { ${fields} } } }`],
  ['accept', `mutation { acceptClock { ${fields} } }`],
]);

export const clockCommand: Command = {
  help: () =>
    [
      'Usage: pulseql clock show|accept [options]',
      '',
      "show prints the server's clock. accept believes the machine's wall clock at once, where a step of it is not",
      'believed yet, for deletion too: points older by it than the retention are deleted. Make sure that it is right.',
      "accept works only on the server's own machine.",
      '',
      `  --url URL            the server [${defaultUrl}]`,
    ].join('\n'),
  run: runClock,
};

async function runClock(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [action = ''] = positionals;
  const query = actions.get(action);
  if (query === undefined || positionals.length > 1)
    throw badUserInput('say pulseql clock show or pulseql clock accept');
  if (!/^https?:/.test(values.url) || !URL.canParse(values.url)) {
    throw badUserInput(`--url must be the address of a server, such as ${defaultUrl}, not ${shown(values.url)}`);
  }
  const data = await ask(new URL('/graphql', values.url), query);
  const clock = isJsonObject(data['status']) ? data['status']['clock'] : data['acceptClock'];
  for (const [name, value] of Object.entries(clock ?? {})) {
    process.stdout.write(`${name.padEnd(26)} ${value === null ? '-' : value}\n`);
  }
  return 0;
}

/** Errors: STOPPED where no server answers, FORBIDDEN. */
async function ask(endpoint: URL, query: string): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ query });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const response = await fetch(endpoint, { method: 'POST', body, headers }).catch((error: Error) => {
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    throw new PulseError('STOPPED', `no server answers at ${endpoint.origin} (${why}); name it with --url`);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (isJsonObject(answer) && isJsonObject(answer['data'])) return answer['data'];
  const errors = isJsonObject(answer) && Array.isArray(answer['errors']) ? (answer['errors'] as unknown[]) : [];
  const [first] = errors;
  if (!isJsonObject(first)) throw new PulseError('STOPPED', `${endpoint.href} does not answer as PulseQL does`);
  throw new PulseError('FORBIDDEN', String(first['message']));
}
