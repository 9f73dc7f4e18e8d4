/**
 * Copies of a data file as of one moment, taken while a server writes to it, and how they are restored.
 *
 * The copy is one step of SQLite's backup: a step reads in one transaction, so commits meanwhile are not seen and do not
 * restart it, as they do when a copy is made in many steps. The file gets its name when it is complete, checked
 * and on the disk. Until then its name says that it is unfinished.
 */
import { constants, existsSync, statSync } from 'node:fs';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StoreError } from '../../engine/index.ts';
import { databaseFile, prepareFolder } from './data-folder.ts';
import { lockFolder, openReader, readFreeBytes } from './open-database.ts';
import { readPragma, requireFormat } from './schema.ts';
import { toStoreError } from './sqlite-errors.ts';

/** Contents of a copy. */
export interface BackupReport {
  readonly jobs: number;
  /** Jobs that continue when a server starts on the copy. */
  readonly unfinishedJobs: number;
  readonly bytes: number;
}

/** More pages than any file has: the copy is one step. */
const allPages = 2 ** 30;

/** The name of a copy until it is complete. A file that a killed command leaves under such a name can be deleted. */
export function unfinishedName(file: string): string {
  return `${file}.unfinished-${process.pid}`;
}

/** Copies the data file of `directory`, in use or not, to `file`, which must not exist. Throws a `StoreError`. */
export async function backUpFolder(directory: string, file: string): Promise<BackupReport> {
  const source = databaseFile(resolve(directory));
  requireExisting(source, `no Mathmill data in the directory ${resolve(directory)}`);
  requireAbsent(file);
  return writeWhole(file, async (unfinished) => {
    using database = openSource(source);
    requireRoom(file, readSize(database));
    await backup(database, unfinished, { rate: allPages });
    return closeLog(unfinished);
  });
}

/** Reads the whole copy and reports its contents. Changes nothing. Throws a `StoreError` where it is no whole copy. */
export function checkBackup(file: string): BackupReport {
  requireExisting(file, `there is no file ${file}`);
  if (existsSync(`${file}-wal`)) {
    throw new StoreError(
      'failed',
      `${file}-wal is next to it: this is the data file of a server, not a backup; create a backup with mathmill backup`,
    );
  }
  return readReport(file, 'integrity_check');
}

/** Puts a copy into a folder that holds no data yet. Throws a `StoreError`. */
export async function restoreFolder(file: string, directory: string): Promise<BackupReport> {
  const target = databaseFile(resolve(directory));
  checkBackup(file);
  requireEmpty(target);
  await prepareFolder(resolve(directory));
  // oxlint-disable-next-line no-underscore-dangle -- the mark of a variable that is only there to be disposed of
  using _lock = await lockFolder(resolve(directory));
  requireEmpty(target);
  requireRoom(target, statSync(file).size);
  return writeWhole(target, async (unfinished) => {
    await copyFile(file, unfinished, constants.COPYFILE_FICLONE);
    return readReport(unfinished, 'quick_check');
  });
}

/** Has a file written under the unfinished name, and gives it its own name once it is on the disk. */
async function writeWhole(file: string, write: (unfinished: string) => Promise<BackupReport>): Promise<BackupReport> {
  const unfinished = unfinishedName(file);
  try {
    await createUnfinished(unfinished);
    const report = await write(unfinished);
    await synchronize(unfinished);
    await giveName(unfinished, file);
    await synchronize(dirname(resolve(file)));
    return report;
  } catch (error) {
    throw toBackupError(error, file);
  } finally {
    for (const path of [unfinished, `${unfinished}-journal`]) await rm(path, { force: true });
  }
}

/** The file will hold data of users, so only its owner may read it. */
async function createUnfinished(path: string): Promise<void> {
  await using handle = await open(path, 'wx', 0o600);
  await handle.chmod(0o600);
}

/** Unlike a rename, a link never replaces a file that has come meanwhile; some file systems have none. */
async function giveName(unfinished: string, file: string): Promise<void> {
  try {
    await link(unfinished, file);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    requireAbsent(file);
    await rename(unfinished, file);
  }
}

function openSource(file: string): DatabaseSync {
  const database = openReader(file);
  try {
    requireFormat(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The copy is marked as having a log, as its source is. Without one it is a single file, which can be moved. */
function closeLog(file: string): BackupReport {
  {
    using database = new DatabaseSync(file);
    database.exec('PRAGMA journal_mode = DELETE');
  }
  return readReport(file, 'quick_check');
}

/** `immutable`: nothing is written next to the file, as a reader of a file with a log would do. */
function readReport(file: string, check: 'quick_check' | 'integrity_check'): BackupReport {
  try {
    const url = pathToFileURL(file);
    url.searchParams.set('immutable', '1');
    using database = new DatabaseSync(url, { readOnly: true });
    requireFormat(database, file);
    const verdict = readPragma(database, `${check}(1)`);
    if (verdict !== 'ok') throw new StoreError('corrupt', `${file} is damaged: ${String(verdict)}`);
    return { ...countJobs(database), bytes: statSync(file).size };
  } catch (error) {
    throw toStoreError(error, file);
  }
}

function countJobs(database: DatabaseSync): Omit<BackupReport, 'bytes'> {
  const counts = database
    .prepare(
      `SELECT count(*) AS jobs, count(*) FILTER (WHERE state IN ('InProgress', 'Cancelling')) AS unfinished
       FROM job WHERE is_visible`,
    )
    .get();
  return { jobs: Number(counts?.['jobs']), unfinishedJobs: Number(counts?.['unfinished']) };
}

function readSize(database: DatabaseSync): number {
  return Number(readPragma(database, 'page_count')) * Number(readPragma(database, 'page_size'));
}

function requireExisting(file: string, complaint: string): void {
  if (!existsSync(file)) throw new StoreError('failed', complaint);
}

function requireAbsent(file: string): void {
  if (existsSync(file)) throw new StoreError('failed', `${file} exists already; give another name`);
}

/** A log without its file would be taken for that of the restored one. */
function requireEmpty(database: string): void {
  for (const path of [database, `${database}-wal`]) {
    if (existsSync(path)) {
      throw new StoreError('failed', `${path} exists already; restore into an empty folder`);
    }
  }
}

function requireRoom(file: string, bytes: number): void {
  const free = readFreeBytes(dirname(resolve(file)));
  if (free >= bytes) return;
  throw new StoreError(
    'full',
    `the disk of ${file} has ${toMebibytes(free)} MiB free, and the copy needs ${toMebibytes(bytes)} MiB`,
  );
}

function toMebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

async function synchronize(path: string): Promise<void> {
  // Windows opens no folders, and needs no flush of them.
  if (process.platform === 'win32' && statSync(path).isDirectory()) return;
  await using handle = await open(path, 'r');
  await handle.sync();
}

function toBackupError(error: unknown, file: string): StoreError {
  switch (codeOf(error)) {
    case 'EEXIST':
      return new StoreError('failed', `${file} exists already; give another name`, { cause: error });
    case 'ENOENT':
    case 'ENOTDIR':
      return new StoreError('failed', `there is no folder ${dirname(resolve(file))}`, { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StoreError('failed', `${file} cannot be written: permission denied`, { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError('full', `no room left on the disk of ${file}`, { cause: error });
    default:
      return toStoreError(error, file);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
