import { fstat } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, describeError } from './exit-codes.ts';

/** Bytes of a file read at once. */
const blockBytes = 256 * 1024;

/** A file or standard input, to be read once. */
export interface InputSource {
  /** As the command was given it. */
  readonly path: string;
  /** Bytes it holds; undefined when only the end will tell. */
  readonly size: number | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Opens the file at `path`, or standard input for `-`. Throws a `CommandFailure` when it cannot be read. */
export async function openInput(path: string, context: Pick<CommandContext, 'input'>): Promise<InputSource> {
  return path === '-' ? openStandardInput(context.input) : openFile(path);
}

async function openFile(path: string): Promise<InputSource> {
  const name = JSON.stringify(path);
  try {
    const file = await open(path);
    const stats = await file.stat();
    const stream = file.createReadStream({ highWaterMark: blockBytes });
    if (stats.isDirectory()) {
      stream.destroy();
      throw new CommandFailure(`cannot read ${name}: it is a directory`);
    }
    return fromStream(path, name, stats.isFile() ? stats.size : undefined, stream);
  } catch (error) {
    throw toFailure(name, error);
  }
}

async function openStandardInput(stream: Readable): Promise<InputSource> {
  const stats = await promisify(fstat)(0).catch(() => undefined);
  // Node would show an empty stream in its place.
  if (stats?.isDirectory() === true) throw new CommandFailure('cannot read standard input: it is a directory');
  return fromStream('-', 'standard input', stats?.isFile() === true ? stats.size : undefined, stream);
}

function fromStream(path: string, name: string, size: number | undefined, stream: Readable): InputSource {
  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const block of stream as AsyncIterable<Uint8Array>) yield block;
    } catch (error) {
      throw toFailure(name, error);
    }
  }
  return { path, size, bytes: read(), close: () => void stream.destroy() };
}

function toFailure(name: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  return new CommandFailure(`cannot read ${name}: ${describeError(error)}`, { cause: error });
}

export const uploadFormats = ['text', 'ndjson'] as const;
export type InputFormat = (typeof uploadFormats)[number];

/** What the name of a file says about how its lines are written. */
export function guessInputFormat(path: string): InputFormat {
  return /\.(?:ndjson|jsonl)$/i.test(path) ? 'ndjson' : 'text';
}
