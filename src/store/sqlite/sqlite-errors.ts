/** Turns errors of SQLite and of the file system into errors of the store, each with a sentence that a person can act on. */
import { StoreError, type StoreErrorCode } from '../../engine/index.ts';

/** Result codes of SQLite (https://sqlite.org/rescode.html): the low byte is the kind, the rest the place. */
const kinds = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;
/** Writing, synchronizing, truncating, and growing the shared memory of the log: what fails when there is no room left. */
const writingErrors: ReadonlySet<number> = new Set([778, 1034, 1546, 4874]);

/** The error of a store on `file`. An error that is one already stays as it is. */
export function toStoreError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const [code, sentence] = describe(resultCode(error), file);
  const detail = error instanceof Error ? error.message : String(error);
  return new StoreError(code, `${sentence} (${detail})`, { cause: error });
}

function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}

function describe(code: number | undefined, file: string): readonly [StoreErrorCode, string] {
  if (code === undefined) return ['failed', `the store ${file} failed`];
  if (writingErrors.has(code)) {
    return ['full', `could not write to ${file}: the disk is full, over its quota or broken; free some space`];
  }
  switch (code & 0xff) {
    case kinds.full:
      return ['full', `no room left for ${file}; free some space on its disk`];
    case kinds.corrupt:
    case kinds.notADatabase:
      return [
        'corrupt',
        `${file} is damaged or not a database; restore it from a backup, or move it elsewhere to start with an empty one`,
      ];
    case kinds.readOnly:
      return ['failed', `${file} cannot be written; make it and its folder writable for the user of this process`];
    case kinds.cannotOpen:
      return ['unavailable', `could not open ${file}; check that it and its folder can be read and written`];
    case kinds.ioError:
      return ['unavailable', `the disk of ${file} returns errors; see the system log`];
    case kinds.busy:
    case kinds.locked:
      return ['unavailable', `${file} is in use by another program`];
    default:
      return ['failed', `the store ${file} failed`];
  }
}
