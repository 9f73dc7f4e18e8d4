/**
 * A file of results that is there as a whole or not at all. The bytes go to a temporary file next to it, which takes the
 * name when it is complete and on the disk: a reader, or a crash of the machine, finds the old content or the new.
 */
import { randomUUID } from 'node:crypto';
import { constants, fstat, type Stats } from 'node:fs';
import { access, chmod, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CommandFailure, describeError, errorCode } from './exit-codes.ts';
import { nameOf } from './input-source.ts';
import { removeOnSignal } from './remove-on-signal.ts';

/** The destination of a command's results. */
export interface ResultSink {
  /** Rejects with a `CommandFailure` (a full disk), or with `BrokenPipe` where the sink is a pipe. */
  write(data: string | Uint8Array): Promise<void>;
}

export interface OutputFile extends ResultSink {
  /** Gives the file its name. Nothing may be written after it. */
  commit(): Promise<void>;
  /** Removes the temporary file, unless it was committed. */
  discard(): Promise<void>;
}

/**
 * Opens the file that is to stand at `path`. Throws a `CommandFailure` when it cannot be written, or when it is the input
 * itself: that would still be read while it is replaced. An existing path that is no regular file (a pipe, /dev/null) is
 * written directly.
 */
export async function openOutputFile(path: string, inputPath: string): Promise<OutputFile> {
  const existing = await inspect(path);
  if (existing?.isDirectory() === true) throw new CommandFailure(`cannot write ${nameOf(path)}: it is a directory`);
  if (existing !== undefined && isSame(existing, await inspect(inputPath))) {
    throw new CommandFailure(`${nameOf(path)} is the input itself: give another name with --output`);
  }
  if (existing?.isFile() === false) return openDirectly(path);
  return openBeside(path, existing);
}

async function openDirectly(path: string): Promise<OutputFile> {
  const file = await openOrFail(path, path, 'w');
  return { write: writerOf(file, path), commit: () => file.close(), discard: () => file.close() };
}

async function openBeside(path: string, existing: Stats | undefined): Promise<OutputFile> {
  // A link stays a link: its target is replaced.
  const target = existing === undefined ? path : await realpath(path);
  if (existing !== undefined) await requireWritable(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`);
  const file = await openOrFail(path, temporary, 'wx');
  const guard = removeOnSignal(temporary);
  let isOpen = true;

  async function close(): Promise<void> {
    isOpen = false;
    guard.release();
    await file.close();
  }

  async function finish(): Promise<void> {
    if (existing !== undefined) await chmod(temporary, existing.mode);
    await file.sync();
    await rename(temporary, target);
  }

  return {
    write: writerOf(file, path),
    async commit() {
      await finish().catch((error: unknown) => {
        throw toFailure(path, error);
      });
      await close();
    },
    async discard() {
      if (!isOpen) return;
      await close();
      await rm(temporary, { force: true });
    },
  };
}

function writerOf(file: FileHandle, path: string): ResultSink['write'] {
  return async (data) => {
    try {
      await file.appendFile(data);
    } catch (error) {
      throw toFailure(path, error);
    }
  };
}

async function openOrFail(path: string, opened: string, flags: string): Promise<FileHandle> {
  try {
    return await open(opened, flags);
  } catch (error) {
    throw toFailure(path, error);
  }
}

/** A file that its owner has made read-only is not replaced, although the folder would allow it. */
async function requireWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    throw toFailure(path, error);
  }
}

/** Undefined: there is no file, or it cannot be inspected; opening it reports why. */
async function inspect(path: string): Promise<Stats | undefined> {
  try {
    return await (path === '-' ? promisify(fstat)(0) : stat(path));
  } catch {
    return undefined;
  }
}

function isSame(output: Stats, input: Stats | undefined): boolean {
  return input !== undefined && output.isFile() && output.dev === input.dev && output.ino === input.ino;
}

function toFailure(path: string, error: unknown): CommandFailure {
  // The name of the temporary file would only confuse.
  const reason = errorCode(error) === 'ENOENT' ? 'there is no such folder' : describeError(error);
  return new CommandFailure(`cannot write ${nameOf(path)}: ${reason}`, { cause: error });
}
