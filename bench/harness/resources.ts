/**
 * Resources that a benchmark borrows from the machine: folders and processes. All are given back however the benchmark ends:
 * by returning, by an error, by a signal or by its time limit.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A process that does not end on request is killed after this time. */
const stopMs = 15_000;
/** A process that was just killed may still be writing for a moment when its folder is removed. */
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;
/** `f_type` of a file system that is kept in memory: a flush to it costs nothing. */
const tmpfsType = 0x01021994;

export interface RunningProcess {
  readonly pid: number;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The standard output and standard error so far, together. */
  readOutput(): string;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The user to run as, where this process may choose. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly stopSignal?: NodeJS.Signals;
}

export interface Resources {
  /** A new folder of its own, which other users may pass through. */
  makeFolder(name: string): string;
  start(command: string, parameters: readonly string[], options?: StartOptions): RunningProcess;
}

function interrupt(signal: NodeJS.Signals): never {
  console.error(`Ended by ${signal}.`);
  process.exit(130);
}

/** Lends resources to `use`. After `limitMs` the whole process ends with an error. */
export async function withResources<Result>(
  parentFolder: string,
  limitMs: number,
  use: (resources: Resources) => Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(join(parentFolder, 'mathmill-bench-'));
  chmodSync(root, 0o711);
  const children = new Map<ChildProcess, NodeJS.Signals>();
  const giveBackNow = () => {
    for (const [child, signal] of children) child.kill(signal === 'SIGQUIT' ? signal : 'SIGKILL');
    rmSync(root, removal);
  };
  const deadline = setTimeout(() => {
    console.error(`Not done after ${limitMs / 60_000} minutes: given up.`);
    process.exit(1);
  }, limitMs);
  process.once('exit', giveBackNow);
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);

  let folders = 0;
  const running: RunningProcess[] = [];
  try {
    return await use({
      makeFolder: (name) => {
        const folder = join(root, `${name}-${++folders}`);
        mkdirSync(folder, { mode: 0o755 });
        return folder;
      },
      start: (command, parameters, options = {}) => {
        const started = startProcess(children, join(root, `output-${running.length}`), command, parameters, options);
        running.push(started);
        return started;
      },
    });
  } finally {
    clearTimeout(deadline);
    for (const started of running.toReversed()) await started.stop();
    process.off('exit', giveBackNow);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    rmSync(root, removal);
  }
}

function startProcess(
  children: Map<ChildProcess, NodeJS.Signals>,
  outputPath: string,
  command: string,
  parameters: readonly string[],
  { env = process.env, user, stopSignal = 'SIGTERM' }: StartOptions,
): RunningProcess {
  const output = openSync(outputPath, 'w');
  const child = spawn(command, parameters, { env, stdio: ['ignore', output, output], ...user });
  closeSync(output);
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>();
  children.set(child, stopSignal);
  child.once('error', (error) => {
    children.delete(child);
    reject(error);
  });
  child.once('exit', (code, signal) => {
    children.delete(child);
    resolve(code ?? signal ?? 1);
  });
  // A caller that waits for the end sees the error; without a caller, it must not end the benchmark.
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ended,
    readOutput: () => readFileSync(outputPath, 'utf8'),
    stop: async () => {
      if (!children.has(child)) return;
      child.kill(stopSignal);
      const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await ended.catch(() => {});
      clearTimeout(killer);
    },
  };
}

/** Runs a program to its end; anything but exit code 0 is an error that shows its output. */
export async function runToEnd(
  resources: Resources,
  command: string,
  parameters: readonly string[],
  options?: StartOptions,
): Promise<string> {
  const started = resources.start(command, parameters, options);
  const end = await started.ended;
  if (end !== 0) throw new Error(`${command} ended with ${end}:\n${started.readOutput().slice(-2_000)}`);
  return started.readOutput();
}

/** The folder for temporary files, unless that is kept in memory: durable has to mean durable. */
export function findDiskFolder(): string {
  const candidates = [tmpdir(), '/var/tmp'];
  return candidates.find((folder) => statfsSync(folder).type !== tmpfsType) ?? tmpdir();
}
