/**
 * The tables. Large data (text) and counted data (lines, outcomes, cost) are apart: a count over 100,000 chunks
 * then reads two megabytes of narrow rows and not one text, and a tombstone is a narrow row and nothing else.
 *
 *   job ── sequence ──┬─ chunk (key, count)        ── chunk_text (key, faults, custom_ids, text)
 *                     ├─ outcome (key, count, …)   ─┬ outcome_text (key, text, …), absent when the text is empty
 *                     │                             └ outcome_totals (key, totals), of tables only
 *                     └─ table_definition (sequence, definition), of tables only
 *   token
 *
 * Rows of the chunk tables and of table_definition are only inserted and deleted. There are no foreign keys: they would cost a search for
 * each row, and every statement that inserts a chunk or an outcome runs in the one writer after a look at its job.
 */
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../engine/index.ts';
import { defaultTenant, unknownEngine, visibleJobStates } from '../../jobs/index.ts';

/** "MMIL": distinguishes a file of ours from another program's. */
const applicationId = 0x4d4d494c;

/** Sequences are never used again (AUTOINCREMENT), so no remains of a deleted job can come under another's keys. */
const initialSchema = `
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
    -- When the job waits for a janitor; null: never.
    work_at INTEGER GENERATED ALWAYS AS (
      CASE WHEN state = 'Deleting' THEN -1 WHEN state IN ('Completed', 'Cancelled') THEN expires_at ELSE lease_until END
    ) VIRTUAL
  ) STRICT;
  CREATE INDEX job_work ON job(work_at) WHERE work_at IS NOT NULL;
  CREATE UNIQUE INDEX job_idempotency_key ON job(idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX job_unfinished ON job(sequence) WHERE state IN ('Receiving', 'InProgress', 'Cancelling');
  CREATE INDEX job_visible ON job(id) WHERE is_visible;

  -- How many jobs are visible, so that a page of jobs does not count millions of them.
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
`;

/**
 * The engine of outcomes, and outcome text that is packed (packed-text.ts). Nothing is rewritten: rows that are there
 * read as having the default of the new column. The engine of a tombstone does not count, whatever the column says.
 */
const enginesAndPacking = `
  ALTER TABLE outcome ADD COLUMN engine TEXT DEFAULT '${unknownEngine}';
  ALTER TABLE job ADD COLUMN fold_engines TEXT NOT NULL DEFAULT '[]';
  UPDATE job SET fold_engines = '["${unknownEngine}"]' WHERE fold_succeeded + fold_failed > 0;
  -- Length of the text when it is packed; null: it is stored as it is.
  ALTER TABLE outcome_text ADD COLUMN unpacked_bytes INTEGER;
`;

/**
 * Tables. Large data is apart from the record, which is rewritten with every fold, and from the narrow rows. Nothing is
 * rewritten: the existing jobs are jobs of lines.
 */
const tables = `
  ALTER TABLE job ADD COLUMN is_table INTEGER NOT NULL DEFAULT 0;
  -- Last, so that reading the others passes over no large text: the totals of the columns of a table, as JSON.
  ALTER TABLE job ADD COLUMN fold_columns TEXT NOT NULL DEFAULT '[]';
  CREATE TABLE table_definition(sequence INTEGER PRIMARY KEY, definition TEXT NOT NULL) STRICT;
  CREATE TABLE outcome_totals(key INTEGER PRIMARY KEY, totals TEXT NOT NULL) STRICT;
`;

/** Which job a job repairs; null: none. The existing jobs repair none. */
const repairs = `
  ALTER TABLE job ADD COLUMN repairs TEXT;
`;

/**
 * Lists by state, name and time. A state has its jobs in an index and their number in a counter; the other index holds all
 * that a filter uses, so that no record is read for it. Takes some seconds for each million jobs.
 */
const lists = `
  CREATE INDEX job_state ON job(state, id) WHERE is_visible;
  CREATE INDEX job_listing ON job(id, state, created_at, name) WHERE is_visible;
  DROP INDEX job_visible;
  INSERT INTO counter SELECT value, (SELECT count(*) FROM job WHERE is_visible AND state = value)
    FROM json_each('${JSON.stringify(visibleJobStates)}');
  CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN new.state <> old.state BEGIN
    UPDATE counter SET value = value - 1 WHERE name = old.state;
    UPDATE counter SET value = value + 1 WHERE name = new.state;
  END;
`;

/**
 * Failed lines by their error code, as JSON: of a chunk null when nothing failed, and in rows that are there already, whose
 * codes are only in their text.
 */
const errorCounts = `
  ALTER TABLE outcome ADD COLUMN errors TEXT;
  ALTER TABLE job ADD COLUMN fold_errors TEXT NOT NULL DEFAULT '{}';
`;

/** The large column moves behind the new columns of the record: see `tables`. */
const largeColumnLast = `
  ALTER TABLE job ADD COLUMN fold_totals TEXT NOT NULL DEFAULT '[]';
  UPDATE job SET fold_totals = fold_columns WHERE fold_columns <> '[]';
  ALTER TABLE job DROP COLUMN fold_columns;
`;

/** One format for all of these. */
const webPage = `${errorCounts}${repairs}${largeColumnLast}${lists}`;

/**
 * Tenants. The jobs of a tenant by state have an index and a number. That index takes the place of the one of all jobs by state,
 * since each costs every job something: where there are several tenants, their jobs by state are found as jobs by name are. The large column moves
 * to the end again. Takes some seconds for each million jobs.
 */
const tenants = `
  ALTER TABLE job RENAME COLUMN fold_totals TO fold_columns;
  ALTER TABLE job ADD COLUMN tenant TEXT NOT NULL DEFAULT '${defaultTenant}';
  ${largeColumnLast}
  DROP INDEX job_state;
  CREATE INDEX job_tenant ON job(tenant, state, id) WHERE is_visible;
  DROP INDEX job_listing;
  CREATE INDEX job_listing ON job(id, tenant, state, created_at, name) WHERE is_visible;

  -- Visible jobs. The rows of a tenant come with its first job, and stay.
  CREATE TABLE job_count(tenant TEXT, state TEXT, jobs INTEGER NOT NULL, PRIMARY KEY(tenant, state)) STRICT, WITHOUT ROWID;
  INSERT INTO job_count
    SELECT '${defaultTenant}', value, (SELECT count(*) FROM job WHERE is_visible AND state = value)
    FROM json_each('${JSON.stringify(visibleJobStates)}');
  DELETE FROM counter WHERE name IN (SELECT value FROM json_each('${JSON.stringify(visibleJobStates)}'));
  DROP TRIGGER job_moved;
  CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN new.state <> old.state BEGIN
    UPDATE job_count SET jobs = jobs - 1 WHERE tenant = old.tenant AND state = old.state;
    UPDATE job_count SET jobs = jobs + 1 WHERE tenant = new.tenant AND state = new.state;
  END;
  CREATE TRIGGER job_tenant_added AFTER INSERT ON job
    WHEN NOT EXISTS (SELECT 1 FROM job_count WHERE tenant = new.tenant) BEGIN
    INSERT INTO job_count SELECT new.tenant, value, 0 FROM json_each('${JSON.stringify(visibleJobStates)}');
  END;
`;

/** Tokens of the API. Their secrets are not in the file. */
const tokens = `
  CREATE TABLE token(
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    tenant TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    used_at INTEGER,
    -- When the token ceased or will cease to be valid; null: never.
    ended_at INTEGER GENERATED ALWAYS AS (coalesce(min(expires_at, revoked_at), expires_at, revoked_at)) VIRTUAL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX token_listing ON token(created_at, id) WHERE parent IS NULL;
  CREATE INDEX token_tenant ON token(tenant, created_at, id) WHERE parent IS NULL;
  CREATE INDEX token_end ON token(ended_at) WHERE ended_at IS NOT NULL;
`;

/** One format for both. */
const access = `${tenants}${tokens}`;

/** Each migration brings the file from the format of its index to the next. */
const migrations: readonly string[] = [initialSchema, enginesAndPacking, tables, webPage, access];

/** The format that this version of Mathmill reads and writes. */
const formatVersion = migrations.length;

/** The format of the file, 0 if it is empty. Throws where it is another program's, or a newer Mathmill's. */
function readFormat(database: DatabaseSync, file: string): number {
  const version = Number(readPragma(database, 'user_version'));
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (!isEmpty && readPragma(database, 'application_id') !== applicationId) {
    throw new StoreError('failed', `${file} belongs to another program; set DATA_DIR to another folder`);
  }
  if (version > formatVersion) {
    throw new StoreError(
      'failed',
      `${file} was written by a newer Mathmill (format ${version}, this one knows ${formatVersion}); ` +
        'start that version, or set DATA_DIR to another folder',
    );
  }
  return version;
}

/** For callers that cannot bring a file to the present format, because they only read it. */
export function requireFormat(database: DatabaseSync, file: string): void {
  const version = readFormat(database, file);
  if (version === formatVersion) return;
  throw new StoreError(
    'failed',
    `${file} was written by an older Mathmill (format ${version}, this one reads ${formatVersion}); ` +
      'start and stop a server of this version on it once',
  );
}

/** Brings the tables to the present format. Must be called with no transaction open. */
export function migrate(database: DatabaseSync, file: string): void {
  const version = readFormat(database, file);
  if (version === formatVersion) return;
  database.exec('BEGIN EXCLUSIVE');
  try {
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** The value of a pragma that returns one. */
export function readPragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}
