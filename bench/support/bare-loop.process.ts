// The process of the bare loop: opens a file, inserts batches as it is told, counts the rows.
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export type BareBatch = readonly { readonly series: string; readonly time: number; readonly data: string }[];

export type BareRequest =
  | {
      readonly kind: 'open';
      readonly file: string;
      readonly work: Readonly<Record<'warmUp' | 'measured', BareBatch[]>>;
    }
  | { readonly kind: 'run'; readonly part: 'warmUp' | 'measured' }
  | { readonly kind: 'count' };

export interface BareReply {
  /** In the file. */
  readonly rows: number;
}

interface Open {
  readonly db: DatabaseSync;
  readonly insert: StatementSync;
  readonly work: Readonly<Record<'warmUp' | 'measured', readonly BareBatch[]>>;
}

let opened: Open | undefined;

function open(file: string, work: Open['work']): Open {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE point (series TEXT NOT NULL, time INTEGER NOT NULL, data TEXT NOT NULL);
    CREATE INDEX point_series_time ON point (series, time);
  `);
  return { db, insert: db.prepare('INSERT INTO point (series, time, data) VALUES (?, ?, ?)'), work };
}

function insertAll({ db, insert }: Open, batches: readonly BareBatch[]): void {
  for (const batch of batches) {
    db.exec('BEGIN');
    for (const { series, time, data } of batch) insert.run(series, time, data);
    db.exec('COMMIT');
  }
}

function perform(request: BareRequest): number {
  if (request.kind === 'open') opened = open(request.file, request.work);
  if (opened === undefined) throw new Error('open comes first');
  if (request.kind === 'run') insertAll(opened, opened.work[request.part]);
  // Counting takes its time: only where it is asked for.
  if (request.kind !== 'count') return 0;
  return Number(opened.db.prepare('SELECT count(*) AS rows FROM point').get()?.['rows']);
}

process.on('message', (request: BareRequest) => {
  process.send?.({ rows: perform(request) } satisfies BareReply);
});
process.on('SIGTERM', () => process.exit(0));
