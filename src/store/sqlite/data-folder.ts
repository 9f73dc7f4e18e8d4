/**
 * The folder of a store. It holds what users wrote, so only its owner may read it: a new folder and new files are
 * private whatever the umask is. SQLite gives the log and its index the mode of the file that they belong to. On
 * Windows, which has no such modes, a folder inherits the access list of the profile that it lies in.
 */
import { access, chmod, constants, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError, type Logger } from '../../engine/index.ts';

const folderMode = 0o700;
const fileMode = 0o600;
/** Everything that a group or others may do. */
const foreignBits = 0o077;
/** Characters of a path that a message repeats: the system allows no more than 4,096, and a person reads fewer. */
const shownPathMax = 200;

export function databaseFile(directory: string): string {
  return join(directory, 'mathmill.db');
}

export function lockFile(directory: string): string {
  return join(directory, 'lock.db');
}

/** Creates the folder if it is missing, and checks that files can be created in it. */
export async function prepareFolder(directory: string): Promise<void> {
  try {
    await createFolder(directory);
    if (!(await stat(directory)).isDirectory()) throw withCode('ENOTDIR');
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw toFolderError(error, directory);
  }
}

/**
 * Creates the missing folders one by one. `recursive` of Node would do it, but tries again forever where the system
 * denies that the parent exists, as below /proc.
 */
async function createFolder(directory: string): Promise<void> {
  if (await createOne(directory)) return;
  await createFolder(dirname(directory));
  if (!(await createOne(directory))) throw withCode('ENOENT');
}

/** False: its parent is missing. */
async function createOne(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { mode: folderMode });
    await chmod(directory, folderMode);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true;
    if (codeOf(error) === 'ENOENT' && dirname(directory) !== directory) return false;
    throw error;
  }
}

/** Creates the file, empty, if it is missing: SQLite takes an empty file for a new database and keeps its mode. */
export async function createPrivateFile(file: string): Promise<void> {
  try {
    await using handle = await open(file, 'wx', fileMode);
    // The umask may have taken some of the owner's own permissions away.
    await handle.chmod(fileMode);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw toFolderError(error, dirname(file));
  }
}

/** Warns where other users of the machine can reach the data. Changes nothing: somebody may have meant it. */
export async function warnOfExposure(directory: string, logger: Logger): Promise<void> {
  if (process.platform === 'win32') return;
  const database = databaseFile(directory);
  const paths = [directory, database, `${database}-wal`, `${database}-shm`, lockFile(directory)];
  const areExposed = await Promise.all(paths.map(isExposed));
  const exposed = paths.filter((_, index) => areExposed[index]);
  if (exposed.length === 0) return;
  const command = `chmod go= ${exposed.map(quoteForShell).join(' ')}`;
  logger.warn({ exposed, command }, 'other users of this machine can reach the data; to prevent it, run the command');
}

async function isExposed(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && (stats.mode & foreignBits) !== 0;
}

function quoteForShell(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function toFolderError(error: unknown, directory: string): StoreError {
  const shown = directory.length > shownPathMax ? `${directory.slice(0, shownPathMax)}…` : directory;
  return new StoreError('failed', `DATA_DIR ${shown} cannot be used: ${describe(codeOf(error))}`, { cause: error });
}

function describe(code: unknown): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'it, or a part of its path, is a file; set DATA_DIR to a folder';
    case 'ENOENT':
      return 'it cannot be created there, or a part of its path is a link to nothing; set DATA_DIR to another folder';
    case 'ELOOP':
      return 'its path holds links that lead to themselves; set DATA_DIR to another folder';
    case 'ENAMETOOLONG':
      return 'its path is too long; set DATA_DIR to a shorter one';
    case 'EACCES':
    case 'EPERM':
      return 'the user of this process has no permission; change the owner of the folder, or set DATA_DIR to another one';
    case 'EROFS':
      return 'its disk is mounted read-only; set DATA_DIR to a folder on another disk';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'its disk is full; free some space, or set DATA_DIR to a folder on another disk';
    default:
      return `the system reports ${String(code)}; set DATA_DIR to another folder`;
  }
}

/** An error as the file system gives it. */
function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
