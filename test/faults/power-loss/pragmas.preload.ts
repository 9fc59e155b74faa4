// Preloaded into a process that opens a store: runs the pragmas in PULSEQL_TEST_PRAGMAS after the store has set its own.
import { DatabaseSync } from 'node:sqlite';

const pragmas = process.env['PULSEQL_TEST_PRAGMAS'];
const exec = DatabaseSync.prototype.exec;

if (pragmas !== undefined) {
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    exec.call(this, sql);
    if (sql.includes('PRAGMA synchronous')) exec.call(this, pragmas);
  };
}
