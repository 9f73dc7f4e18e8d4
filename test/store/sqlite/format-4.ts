/** A database as the format 4 had it: the last one without tenants and tokens. Holds records of jobs and no chunks. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

const schema = `
  PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
  CREATE TABLE job(
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    name TEXT,
    mode TEXT NOT NULL,
    precision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sealed_at INTEGER,
    finished_at INTEGER,
    expires_at INTEGER,
    operations INTEGER NOT NULL DEFAULT 0,
    chunks INTEGER NOT NULL DEFAULT 0,
    fold_through INTEGER NOT NULL DEFAULT 0,
    fold_succeeded INTEGER NOT NULL DEFAULT 0,
    fold_failed INTEGER NOT NULL DEFAULT 0,
    fold_cancelled INTEGER NOT NULL DEFAULT 0,
    fold_cost INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    takeovers INTEGER NOT NULL DEFAULT 0,
    idempotency_key TEXT,
    content_digest TEXT,
    is_visible INTEGER NOT NULL GENERATED ALWAYS AS (state NOT IN ('Receiving', 'Deleting')) VIRTUAL,
    work_at INTEGER GENERATED ALWAYS AS (
      CASE WHEN state = 'Deleting' THEN -1 WHEN state IN ('Completed', 'Cancelled') THEN expires_at ELSE lease_until END
    ) VIRTUAL,
    fold_engines TEXT NOT NULL DEFAULT '[]',
    is_table INTEGER NOT NULL DEFAULT 0,
    fold_errors TEXT NOT NULL DEFAULT '{}',
    repairs TEXT,
    fold_totals TEXT NOT NULL DEFAULT '[]'
  ) STRICT;
  CREATE INDEX job_work ON job(work_at) WHERE work_at IS NOT NULL;
  CREATE UNIQUE INDEX job_idempotency_key ON job(idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX job_unfinished ON job(sequence) WHERE state IN ('Receiving', 'InProgress', 'Cancelling');
  CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counter VALUES ('visible_jobs', 0), ('health_checks', 0);
  INSERT INTO counter VALUES ('InProgress', 0), ('Cancelling', 0), ('Completed', 0), ('Cancelled', 0);
  CREATE TRIGGER job_shown AFTER UPDATE OF state ON job WHEN new.is_visible > old.is_visible BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'visible_jobs';
  END;
  CREATE TRIGGER job_hidden AFTER UPDATE OF state ON job WHEN new.is_visible < old.is_visible BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'visible_jobs';
  END;
  CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN new.state <> old.state BEGIN
    UPDATE counter SET value = value - 1 WHERE name = old.state;
    UPDATE counter SET value = value + 1 WHERE name = new.state;
  END;
  CREATE INDEX job_state ON job(state, id) WHERE is_visible;
  CREATE INDEX job_listing ON job(id, state, created_at, name) WHERE is_visible;
  CREATE TABLE chunk(key INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
  CREATE TABLE chunk_text(key INTEGER PRIMARY KEY, faults TEXT, custom_ids TEXT, text BLOB NOT NULL) STRICT;
  CREATE TABLE outcome(
    key INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    engine TEXT DEFAULT 'unknown',
    errors TEXT
  ) STRICT;
  CREATE TABLE outcome_text(key INTEGER PRIMARY KEY, text BLOB NOT NULL, unpacked_bytes INTEGER) STRICT;
  CREATE TABLE table_definition(sequence INTEGER PRIMARY KEY, definition TEXT NOT NULL) STRICT;
  CREATE TABLE outcome_totals(key INTEGER PRIMARY KEY, totals TEXT NOT NULL) STRICT;
  PRAGMA application_id = 1296910668; PRAGMA user_version = 4;
`;

/** Ids and states, the oldest first. */
export const format4Jobs = [
  ['a', 'Completed'],
  ['b', 'InProgress'],
  ['c', 'Receiving'],
  ['d', 'Completed'],
  ['e', 'Deleting'],
  ['f', 'Cancelled'],
] as const;

/** `totals`: of the columns of every job, as the database holds them. */
export function writeFormat4(directory: string, totals: string): void {
  const database = new DatabaseSync(join(directory, 'mathmill.db'));
  try {
    database.exec(schema);
    const insert = database.prepare(
      `INSERT INTO job(id, state, name, mode, precision, created_at, lease_owner, lease_until, is_table, fold_totals)
       VALUES (?, 'Receiving', ?, 'decimal', 34, ?, 'before', 1000, 1, ?)`,
    );
    const change = database.prepare('UPDATE job SET state = ? WHERE id = ?');
    for (const [index, [id, state]] of format4Jobs.entries()) {
      insert.run(id, `job ${id}`, index, totals);
      change.run(state, id);
    }
  } finally {
    database.close();
  }
}
