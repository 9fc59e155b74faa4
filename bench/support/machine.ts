// On what a bench ran: without it, its figures say nothing.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { version } from '../../src/options.ts';

export function machine(): string {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${os.cpus().length} × ${cpu?.model.trim()}, ${memory} GB, Linux ${os.release()}, ${new Date().toISOString().slice(0, 10)}`;
}

export function versions(): string {
  const influx = influxVersion();
  return [
    `PulseQL ${version}`,
    `Node ${process.version}`,
    `SQLite ${process.versions['sqlite']}`,
    ...(influx === undefined ? [] : [influx]),
  ].join(', ');
}

/** As the program prints it; undefined where it is not installed. */
export function influxVersion(): string | undefined {
  try {
    const text = execFileSync('influxd', ['version'], { encoding: 'utf8' });
    return /InfluxDB v\S+/.exec(text)?.[0];
  } catch {
    return undefined;
  }
}
