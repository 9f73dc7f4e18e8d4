/** Starts the real command for tests, and sees to it that nothing it started is left. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../bin/mathmill.mjs', import.meta.url));

export type Variables = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The standard input of the command; undefined: nothing, it ends immediately. */
  readonly input?: string | Uint8Array;
  readonly environment?: Variables;
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the process has ended and all its output was read. */
  readonly ended: Promise<Ended>;
}

export function startMathmill(args: readonly string[], options: RunOptions = {}): Started {
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), bin, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...options.environment },
  });
  // Some tests are about a command that ends before it has read all of its input.
  child.stdin.on('error', () => undefined);
  const output = Promise.all([readText(child.stdout), readText(child.stderr)]);
  const ended = once(child, 'close').then(async ([code, signal]) => {
    const [stdout, stderr] = await output;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
  });
  return { child, ended };
}

export async function runMathmill(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { child, ended } = startMathmill(args, options);
  child.stdin.end(options.input);
  return ended;
}

async function readText(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'close');
  return Buffer.concat(pieces).toString('utf8');
}

/** Resolves with the match when the output so far matches the pattern; rejects when the stream ends first. */
export function waitForOutput(stream: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const look = (piece: Buffer): void => {
      text += piece.toString('utf8');
      const match = pattern.exec(text);
      if (match === null) return;
      stream.off('data', look);
      resolve(match);
    };
    stream.on('data', look);
    stream.once('close', () => reject(new Error(`the output ended without ${String(pattern)}: ${text}`)));
  });
}

/** A folder that is removed after the test. */
export async function createFolder(context: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mathmill-cli-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Server extends Started {
  readonly url: string;
  readonly dataDirectory: string;
}

/** Starts `mathmill serve` on a free port with a data folder of its own. */
export async function startServer(context: Pick<TestContext, 'after'>, options: RunOptions = {}): Promise<Server> {
  const dataDirectory = options.environment?.['DATA_DIR'] ?? (await createFolder(context));
  const environment = { HTTP_PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: dataDirectory, ...options.environment };
  const started = startMathmill(['serve'], { ...options, environment });
  context.after(async () => {
    started.child.kill('SIGKILL');
    await started.ended;
  });
  const [, url = ''] = await waitForOutput(started.child.stderr, /serves at (http:\S+)/);
  assert.notEqual(url, '');
  return { ...started, url, dataDirectory };
}
