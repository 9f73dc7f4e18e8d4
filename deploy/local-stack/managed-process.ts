/**
 * A server process that can be started, stopped, killed and frozen, as often as wanted.
 *
 * It lives in a session of its own, so a Ctrl-C in the terminal reaches only whoever started it. Unless it is to be
 * kept, it dies with the process that started it, even if that one is killed: a small shell beside it reads from a pipe
 * whose other end only the starter holds, and kills the server when that end closes without a farewell.
 *
 * A kept one is written down in a file with its start time, so that a later run of the same program finds it again.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, readProcessIdentity, signalProcess, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';

export interface ProcessPlan {
  /** For messages, such as `kafka-1`. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets all that the process writes. */
  readonly logFile: string;
  /** Asked again and again after a start until it says yes; a rejection counts as no. */
  readonly isReady: () => Promise<boolean>;
  readonly startTimeoutMs: number;
  /** After so long a polite stop becomes a kill. */
  readonly stopTimeoutMs: number;
  /** Where a process is written down that outlives its starter; absent, it dies with it. */
  readonly recordFile?: string;
}

export interface ManagedProcess {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Resolves when it is ready; at once when it runs already. Rejects with the end of its log when it does not come up. */
  start(): Promise<void>;
  /** SIGTERM, later SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nobody. */
  pause(): void;
  resume(): void;
  /** The end of what it wrote, over all its lives. */
  output(): Promise<string>;
}

const readyPollMs = 50;
const exitPollMs = 20;
const logTailBytes = 256 * 1024;
const logTailLines = 30;
/** A log that has grown beyond this is begun anew at the next start. */
const logBytesMax = 16 * 1024 * 1024;

/** `$$` stays the pid of the shell, which becomes the server's by `exec`. */
const diesWithItsStarter = 'exec 3<&0; (read -r farewell <&3 || kill -KILL $$) & exec "$@" 3<&- </dev/null';

export function createManagedProcess(plan: ProcessPlan): ManagedProcess {
  let identity = readRecord(plan.recordFile);

  function readCurrent(): ProcessIdentity | undefined {
    if (identity !== undefined && !isRunning(identity)) identity = undefined;
    return identity;
  }

  async function start(): Promise<void> {
    if (readCurrent() === undefined) {
      identity = await launch(plan);
      writeRecord(plan.recordFile, identity);
    }
    const deadline = performance.now() + plan.startTimeoutMs;
    while (!(await isReady(plan))) {
      const hasEnded = readCurrent() === undefined;
      if (!hasEnded && performance.now() < deadline) {
        await sleep(readyPollMs);
        continue;
      }
      await end('SIGKILL');
      const reason = hasEnded ? 'ended while starting' : `was not ready after ${plan.startTimeoutMs / 1_000} s`;
      const lines = (await readTail(plan.logFile)).trimEnd().split('\n').slice(-logTailLines);
      throw new StackError(`${plan.name} ${reason}. The end of ${plan.logFile}:\n${lines.join('\n')}`);
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ending = readCurrent();
    if (ending !== undefined) {
      signalProcess(ending, signal);
      // A frozen process takes a polite signal only when it goes on.
      signalProcess(ending, 'SIGCONT');
      const deadline = performance.now() + plan.stopTimeoutMs;
      while (isRunning(ending)) {
        if (performance.now() > deadline) signalProcess(ending, 'SIGKILL');
        await sleep(exitPollMs);
      }
      if (identity === ending) identity = undefined;
    }
    if (plan.recordFile !== undefined) rmSync(plan.recordFile, { force: true });
  }

  function signal(name: NodeJS.Signals): void {
    const current = readCurrent();
    if (current === undefined) throw new StackError(`${plan.name} does not run.`);
    signalProcess(current, name);
  }

  return {
    name: plan.name,
    get pid() {
      return readCurrent()?.pid;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    output: () => readTail(plan.logFile),
  };
}

async function isReady(plan: ProcessPlan): Promise<boolean> {
  try {
    return await plan.isReady();
  } catch {
    return false;
  }
}

async function launch(plan: ProcessPlan): Promise<ProcessIdentity> {
  const isKept = plan.recordFile !== undefined;
  const [command, args] = isKept
    ? [plan.command, plan.arguments]
    : ['/bin/sh', ['-c', diesWithItsStarter, 'sh', plan.command, ...plan.arguments]];
  const log = openLog(plan.logFile);
  try {
    const child = spawn(command, args, {
      env: { ...process.env, ...plan.environment },
      stdio: [isKept ? 'ignore' : 'pipe', log, log],
      detached: true,
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => reject(new StackError(`${plan.name} could not be started.`, { cause })));
    });
    sayFarewellAfter(child);
    const identity = child.pid === undefined ? undefined : readProcessIdentity(child.pid);
    if (identity === undefined) throw new StackError(`${plan.name} ended at once.`);
    return identity;
  } finally {
    closeSync(log);
  }
}

/** Neither the process nor the pipe keeps this one alive: its end is what ends them. */
function sayFarewellAfter(child: ChildProcess): void {
  const { stdin } = child;
  child.unref();
  if (stdin === null) return;
  // The shell may have gone with the server.
  stdin.on('error', () => undefined);
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  child.once('exit', () => stdin.end('farewell\n'));
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(path, size > logBytesMax ? 'w' : 'a');
}

async function readTail(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const length = Math.min(size, logTailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString('utf8', 0, bytesRead);
}

function readRecord(path: string | undefined): ProcessIdentity | undefined {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function writeRecord(path: string | undefined, identity: ProcessIdentity): void {
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(identity));
}
