// The tables of the store's file and their version; docs/storage.md describes each column.

/** "PQL1": tells a file of ours from another program's. */
export const applicationId = 0x50514c31;
/** Of the tables: a file with a higher one is refused, one with a lower one is upgraded. Before raising it: test/store/files/write.ts. */
export const fileVersion = 2;

/** Blocks lie by place = partition * 2^46 + first offset, so that one integer key serves all partitions. */
export const placesPerPartition = 2 ** 46;

// From version 2 on.
export const createRecords = `
  CREATE TABLE record (
    stream TEXT NOT NULL, revision INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    checksum INTEGER NOT NULL, PRIMARY KEY (stream, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX record_key ON record (stream, key, revision);
  CREATE TABLE record_bounds (stream TEXT PRIMARY KEY, newest INTEGER NOT NULL, trimmed INTEGER NOT NULL, checksum INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
`;

// Without row ids where the key is no number: an index beside the table could be damaged unseen by a look over the table.
export const createTables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE seal (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, sum INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE series (number INTEGER PRIMARY KEY, entity_type TEXT NOT NULL, service_id TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE block (
    place INTEGER PRIMARY KEY, count INTEGER NOT NULL, format INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL,
    previous BLOB NOT NULL, chain BLOB NOT NULL, parts BLOB,
    series BLOB NOT NULL, head_crc INTEGER NOT NULL, lines BLOB NOT NULL, lines_crc INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE batch (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, digest TEXT NOT NULL, appended TEXT NOT NULL, checksum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX batch_at ON batch (at);
  CREATE TABLE point_key (hash BLOB PRIMARY KEY, at INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX point_key_at ON point_key (at);
  CREATE TABLE document (
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
    checksum INTEGER NOT NULL, PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE state (
    name TEXT PRIMARY KEY, partition INTEGER NOT NULL, offset INTEGER NOT NULL, epoch INTEGER NOT NULL,
    format INTEGER NOT NULL, bytes BLOB NOT NULL, checksum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (
    id TEXT PRIMARY KEY, due INTEGER NOT NULL, attempts INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  ${createRecords}
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${fileVersion};
`;
