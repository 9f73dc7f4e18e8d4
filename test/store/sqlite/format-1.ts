/** A database as the first format had it, with the jobs of a server that was stopped in the middle of its work. */
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
    ) VIRTUAL
  ) STRICT;
  CREATE INDEX job_work ON job(work_at) WHERE work_at IS NOT NULL;
  CREATE UNIQUE INDEX job_idempotency_key ON job(idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX job_unfinished ON job(sequence) WHERE state IN ('Receiving', 'InProgress', 'Cancelling');
  CREATE INDEX job_visible ON job(id) WHERE is_visible;
  CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counter VALUES ('visible_jobs', 0), ('health_checks', 0);
  CREATE TRIGGER job_shown AFTER UPDATE OF state ON job WHEN new.is_visible > old.is_visible BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'visible_jobs';
  END;
  CREATE TRIGGER job_hidden AFTER UPDATE OF state ON job WHEN new.is_visible < old.is_visible BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'visible_jobs';
  END;
  CREATE TABLE chunk(key INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
  CREATE TABLE chunk_text(key INTEGER PRIMARY KEY, faults TEXT, custom_ids TEXT, text BLOB NOT NULL) STRICT;
  CREATE TABLE outcome(
    key INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    cost INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE outcome_text(key INTEGER PRIMARY KEY, text BLOB NOT NULL) STRICT;
  PRAGMA application_id = 1296910668; PRAGMA user_version = 1;
`;

/** Chunks of two lines: their outcome text, `cancelled`, or null while they have none. */
const jobs = {
  completed: { state: 'Completed', through: 4, outcomes: ['2\n4\n', '6\n!EMPTY 1 1 The line is empty.\n'] },
  inProgress: { state: 'InProgress', through: 2, outcomes: ['2\n4\n', '6\n8\n', null] },
  untouched: { state: 'InProgress', through: 0, outcomes: [null] },
  cancelled: { state: 'Cancelled', through: 4, outcomes: ['cancelled', 'cancelled'] },
} as const;

export type Format1Job = keyof typeof jobs;

export function writeFormat1(directory: string): void {
  const database = new DatabaseSync(join(directory, 'mathmill.db'));
  try {
    database.exec(schema);
    for (const [index, id] of (Object.keys(jobs) as Format1Job[]).entries()) writeJob(database, index + 1, id);
  } finally {
    database.close();
  }
}

function writeJob(database: DatabaseSync, sequence: number, id: Format1Job): void {
  const { state, through, outcomes } = jobs[id];
  const finishedAt = state === 'InProgress' ? null : 3;
  database
    .prepare(
      `INSERT INTO job(sequence, id, state, mode, precision, created_at, lease_owner, lease_until)
       VALUES (?, ?, 'Receiving', 'decimal', 34, 1, 'before', 1000)`,
    )
    .run(sequence, id);
  const fold = { succeeded: 0, failed: 0, cancelled: 0 };
  for (const [index, text] of outcomes.entries()) {
    const line = 1 + 2 * index;
    const counts = writeChunk(database, sequence * 2 ** 27 + line, text);
    if (line > through || counts === undefined) continue;
    for (const name of ['succeeded', 'failed', 'cancelled'] as const) fold[name] += counts[name];
  }
  database
    .prepare(
      `UPDATE job SET state = ?, sealed_at = 2, finished_at = ?, operations = ?, chunks = ?, fold_through = ?,
         fold_succeeded = ?, fold_failed = ?, fold_cancelled = ?, fold_cost = ? WHERE id = ?`,
    )
    .run(
      state,
      finishedAt,
      2 * outcomes.length,
      outcomes.length,
      through,
      fold.succeeded,
      fold.failed,
      fold.cancelled,
      through,
      id,
    );
}

function writeChunk(database: DatabaseSync, key: number, text: string | null) {
  database.prepare('INSERT INTO chunk VALUES (?, 2)').run(key);
  database.prepare('INSERT INTO chunk_text VALUES (?, NULL, NULL, ?)').run(key, Buffer.from('1 + 1\n2 + 2\n'));
  if (text === null) return undefined;
  const isCancelled = text === 'cancelled';
  const failed = text.includes('!') ? 1 : 0;
  const counts = { succeeded: isCancelled ? 0 : 2 - failed, failed, cancelled: isCancelled ? 2 : 0 };
  const { succeeded, cancelled } = counts;
  database.prepare('INSERT INTO outcome VALUES (?, 2, ?, ?, ?, 2)').run(key, succeeded, failed, cancelled);
  if (!isCancelled) database.prepare('INSERT INTO outcome_text VALUES (?, ?)').run(key, Buffer.from(text));
  return counts;
}
