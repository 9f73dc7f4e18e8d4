/** Opens the databases of a store: the lock that makes this process its only owner, the writer, and the reader. */
import { statfsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../engine/index.ts';
import { createPrivateFile, lockFile } from './data-folder.ts';
import { migrate, readPragma, requireFormat } from './schema.ts';
import { toStoreError } from './sqlite-errors.ts';

/** Up to 3.51.2, a checkpoint at the wrong moment can lose what was committed to the log (the WAL-reset bug). */
const sqliteVersionMin = [3, 51, 3] as const;

/** How long a connection waits for another one, such as that of a backup. */
export const busyTimeoutMs = 5_000;

/** Bytes that an ordinary user may still write on the disk of the folder. */
export function readFreeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/**
 * Takes the folder for this process until the returned connection is closed or the process ends in whatever way. The
 * lock is one of the operating system's on a file of its own, so that the store's own file stays free for readers.
 */
export async function lockFolder(directory: string): Promise<DatabaseSync> {
  const lock = await tryLockFolder(directory);
  if (lock !== undefined) return lock;
  throw new StoreError(
    'unavailable',
    `DATA_DIR ${directory} is in use by another Mathmill server; stop that server, or set DATA_DIR to a different directory`,
  );
}

/** As `lockFolder`; undefined: another process has the folder. */
export async function tryLockFolder(directory: string): Promise<DatabaseSync | undefined> {
  const file = lockFile(directory);
  await createPrivateFile(file);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file);
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return undefined;
    throw toStoreError(error, file);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

/** The one connection that writes, or the first of them: brings the file to the present format. */
export function openWriter(file: string): DatabaseSync {
  return openDurable(file, migrate);
}

/** A connection next to the writer of a server, for changes that this one need not know of. Rejects a file of another format. */
export function openSecondWriter(file: string): DatabaseSync {
  return openDurable(file, requireFormat);
}

/**
 * A connection that writes. FULL flushes the log at every commit, so what was answered survives a power cut; the
 * full flushes are for macOS, where a plain one stops at the drive's cache.
 */
function openDurable(file: string, prepare: (database: DatabaseSync, file: string) => void): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    checkVersion(database);
    // The size and the vacuum mode only take effect before the first table.
    database.exec('PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;');
    // 2,000 pages are 16 MiB: a longer log is no faster, and must be read back after a crash.
    database.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864;');
    database.exec('PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;');
    if (readPragma(database, 'journal_mode') !== 'wal' || readPragma(database, 'synchronous') !== 2) {
      throw new StoreError(
        'failed',
        `the disk of ${file} cannot keep a write-ahead log safely (a network folder?); use a local disk`,
      );
    }
    prepare(database, file);
    return database;
  } catch (error) {
    database.close();
    throw toStoreError(error, file);
  }
}

/** A connection that reads only, for the thread that answers users. Needs a writer to be open. */
export function openReader(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    database.exec('PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;');
    return database;
  } catch (error) {
    throw toStoreError(error, file);
  }
}

function checkVersion(database: DatabaseSync): void {
  const text = String(database.prepare('SELECT sqlite_version() AS version').get()?.['version']);
  const parts = text.split('.').map(Number);
  const difference = sqliteVersionMin.map((part, index) => (parts[index] ?? 0) - part).find((step) => step !== 0) ?? 0;
  if (difference < 0) {
    throw new StoreError(
      'failed',
      `SQLite ${text} can lose committed data; start Mathmill with a Node.js that holds SQLite ${sqliteVersionMin.join('.')} or later`,
    );
  }
}
