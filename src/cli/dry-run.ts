// What `ingest` would send of a file: what each column becomes, how many points, and which rows are left out.
import type { CsvPlan } from '../points/csv-plan.ts';
import type { PointInput } from '../points/point.ts';
import type { BadRows } from './bad-rows.ts';
import type { PointFile } from './read-file.ts';

/** Reads all of the file and sends nothing; 1 where a row cannot be read. Errors: those of the file. */
export async function dryRun(file: PointFile, badRows: BadRows): Promise<number> {
  let first: PointInput | undefined;
  let count = 0;
  let [from, to] = ['', ''];
  for await (const point of file.points) {
    first ??= point;
    count += 1;
    const time = String(point.timestamp ?? '');
    if (from === '' || time < from) from = time;
    if (time > to) to = time;
  }
  const lines = file.plan === null ? [] : columnLines(file.plan);
  const { key: _, ...shownFirst } = first ?? {};
  if (first !== undefined) lines.push(`first point: ${JSON.stringify(shownFirst)}`);
  const range = from === '' ? '' : `, from ${from} to ${to}`;
  lines.push(`nothing was sent: ${count} points${range}, ${badRows.count} rows left out`);
  process.stdout.write(`${lines.join('\n')}\n`);
  process.stderr.write(badRows.text);
  return badRows.count === 0 ? 0 : 1;
}

function columnLines({ names, data, time, entityType, serviceId, delimiter }: CsvPlan): string[] {
  const width = Math.max(...names.map((name) => name.length), 'column'.length);
  const uses = names.map((name, index) => {
    if (time.includes(index)) return [name, 'time'];
    if (index === entityType) return [name, 'entityType'];
    if (index === serviceId) return [name, 'serviceId'];
    const type = data.find((column) => column.index === index)?.type ?? 'skip';
    return [name, type === 'skip' ? 'left out' : type];
  });
  const named = delimiter === '\t' ? 'tab' : delimiter;
  return [`delimiter: ${named}`, ...uses.map(([name = '', use]) => `${name.padEnd(width)}  ${use}`)];
}
