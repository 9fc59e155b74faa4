// `serve`: the server, until SIGTERM or SIGINT.
import { parseArgs } from 'node:util';
import pino from 'pino';
import { systemClock } from '../base/clock.ts';
import { boundHeapGrowth } from '../base/collect-garbage.ts';
import { type Logger, withPlainErrors } from '../base/logger.ts';
import { readSettings, variableOf } from '../settings/read-settings.ts';
import { settings } from '../settings/rows.ts';
import type { Setting } from '../settings/setting.ts';
import type { Command } from './command.ts';

const stopWithinMs = 9000;

export const serveCommand: Command = {
  help: serveHelp,
  run: runServe,
};

function serveHelp(): string {
  const rows = (settings as readonly Setting[]).map(({ name, placeholder, help, default: value }) => {
    const shown = placeholder === '' ? '' : ` [${value}]`;
    return `  ${`--${name} ${placeholder}`.trimEnd().padEnd(32)} ${help}${shown}`;
  });
  const environment = `Each has an environment variable: --max-groups is ${variableOf('max-groups')}.`;
  return ['Usage: pulseql serve [options]', '', ...rows, '', environment].join('\n');
}

async function runServe(words: readonly string[]): Promise<number> {
  const options = Object.fromEntries(
    (settings as readonly Setting[]).map(({ name, placeholder }) => [
      name,
      { type: placeholder === '' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values } = parseArgs({ args: [...words], options, strict: true, allowNegative: true });
  const chosen = readSettings(values as Record<string, string | boolean | undefined>, process.env);
  const logger = withPlainErrors(pino({ level: chosen['log-level'] }, pino.destination({ dest: 2, sync: true })));
  watchForSilence(logger);
  boundHeapGrowth();
  const stopSignal = nextSignal();
  // Loading the server takes a while, which those who ask for help or mistype need not wait.
  const { serve } = await import('../serve.ts');
  const running = await serve(chosen, logger);
  process.stdout.write(`listening on ${running.url}\n`);
  for (const note of running.notes) process.stdout.write(`${note}\n`);
  await stopSignal;
  // Whatever hangs must not keep the process: what was acknowledged is durable already.
  const timer = systemClock.after(stopWithinMs, () => process.exit(0));
  await running.stop();
  timer.cancel();
  return 0;
}

/** Settles at the first SIGTERM or SIGINT; a second one ends the process at once. */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        count += 1;
        if (count > 1) process.exit(1);
        resolve();
      });
    }
  });
}

// A promise nobody waits for, or an error nobody catches, is a mistake of ours: said whole. A rejection leaves state
// as it was and the server goes on; after an uncaught exception nothing is certain, and the process ends.
function watchForSilence(logger: Logger): void {
  process.on('unhandledRejection', (error) => logger.error({ error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    logger.error({ error }, 'uncaught exception');
    process.exit(1);
  });
}
