import { constants, fstat, type Stats } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, describeError } from './exit-codes.ts';

/** Bytes of a file per read. */
const blockBytes = 256 * 1024;

/** A file or standard input, to be read once. */
export interface InputSource {
  /** The path as given to the command. */
  readonly path: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): void;
}

/**
 * Checks that every input can be read, without opening any: a pipe can be opened once only. Returns the bytes of each,
 * undefined where the number is known only at the end. Throws a `CommandFailure` when one cannot be read.
 */
export async function inspectInputs(paths: readonly string[]): Promise<(number | undefined)[]> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new CommandFailure('standard input (-) can be read once only; name it once');
  }
  const sizes: (number | undefined)[] = [];
  for (const path of paths) sizes.push(await inspectInput(path));
  return sizes;
}

async function inspectInput(path: string): Promise<number | undefined> {
  const stats = await (path === '-' ? promisify(fstat)(0).catch(() => undefined) : inspectFile(path));
  // Node would show an empty stream in place of a directory.
  if (stats?.isDirectory() === true) throw new CommandFailure(`cannot read ${nameOf(path)}: it is a directory`);
  return stats?.isFile() === true ? stats.size : undefined;
}

async function inspectFile(path: string): Promise<Stats> {
  try {
    await access(path, constants.R_OK);
    return await stat(path);
  } catch (error) {
    throw toFailure(path, error);
  }
}

/** Opens the file at `path`, or standard input for `-`. Throws a `CommandFailure` when it cannot be read. */
export async function openInput(path: string, context: Pick<CommandContext, 'input'>): Promise<InputSource> {
  const stream = path === '-' ? context.input : await openFile(path);
  return { path, bytes: readBlocks(path, stream), close: () => void stream.destroy() };
}

async function openFile(path: string): Promise<Readable> {
  try {
    return (await open(path)).createReadStream({ highWaterMark: blockBytes });
  } catch (error) {
    throw toFailure(path, error);
  }
}

async function* readBlocks(path: string, stream: Readable): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const block of stream as AsyncIterable<Uint8Array>) yield block;
  } catch (error) {
    throw toFailure(path, error);
  }
}

/** An input as messages call it. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : JSON.stringify(path);
}

function toFailure(path: string, error: unknown): CommandFailure {
  return new CommandFailure(`cannot read ${nameOf(path)}: ${describeError(error)}`, { cause: error });
}

export const uploadFormats = ['text', 'ndjson'] as const;
export type InputFormat = (typeof uploadFormats)[number];

/** The format of the lines of a file, judged by its name. */
export function guessInputFormat(path: string): InputFormat {
  return /\.(?:ndjson|jsonl)$/i.test(path) ? 'ndjson' : 'text';
}
