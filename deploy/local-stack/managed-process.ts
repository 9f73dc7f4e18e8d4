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
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isPortFree } from './free-ports.ts';
import { isRunning, readProcessIdentity, signalProcess, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';

export interface ProcessPlan {
  /** For messages, such as `kafka-1`. */
  readonly name: string;
  /** Gets the file `log` with all that the process writes. */
  readonly directory: string;
  /**
   * Where it will listen. They must be free before each start: whoever else has one might answer in its place, and it
   * would pass for ready.
   */
  readonly ports: readonly number[];
  /** Whether it outlives its starter. */
  readonly isKept: boolean;
  /** Does what must be done before each start, and says what to start. */
  readonly prepare: () => Promise<Launch>;
  /** Asked again and again after a start until it says yes; a rejection counts as no. */
  readonly isReady: () => Promise<boolean>;
  readonly startTimeoutMs: number;
  /** After so long a polite stop becomes a kill. */
  readonly stopTimeoutMs: number;
}

export interface Launch {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ManagedProcess {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Whether it runs and answers now. */
  isReady(): Promise<boolean>;
  /** Resolves when it is ready, also when it ran before. Rejects with the end of its log when it does not come up. */
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
const exitPollMs = 10;
const outputBytesMax = 256 * 1024;
const errorLinesMax = 30;
/** A log that has grown beyond this is begun anew at the next start. */
const logBytesMax = 16 * 1024 * 1024;

/** `$$` stays the pid of the shell, which becomes the server's by `exec`. */
const diesWithItsStarter = '(read -r farewell <&3 || kill -KILL $$) & exec "$@" 3<&-';

export function createManagedProcess(plan: ProcessPlan): ManagedProcess {
  const logFile = join(plan.directory, 'log');
  const recordFile = join(plan.directory, 'process.json');
  let identity = plan.isKept ? readRecord(recordFile) : undefined;

  function readCurrent(): ProcessIdentity | undefined {
    if (identity !== undefined && !isRunning(identity)) identity = undefined;
    return identity;
  }

  async function isReady(): Promise<boolean> {
    try {
      return readCurrent() !== undefined && (await plan.isReady());
    } catch {
      return false;
    }
  }

  async function start(): Promise<void> {
    if (readCurrent() === undefined) {
      const launch = await plan.prepare();
      for (const port of plan.ports) {
        if (!(await isPortFree(port))) throw new StackError(`${plan.name} needs port ${port}, which is taken.`);
      }
      mkdirSync(plan.directory, { recursive: true });
      identity = await launchProcess(plan, launch, logFile);
      if (plan.isKept) writeFileSync(recordFile, JSON.stringify(identity));
    }
    const deadline = performance.now() + plan.startTimeoutMs;
    while (!(await isReady())) {
      const hasEnded = readCurrent() === undefined;
      if (!hasEnded && performance.now() < deadline) {
        await sleep(readyPollMs);
        continue;
      }
      await end('SIGKILL');
      const reason = hasEnded ? 'ended while starting' : `was not ready after ${plan.startTimeoutMs / 1_000} s`;
      const lines = (await readTail(logFile)).trimEnd().split('\n').slice(-errorLinesMax);
      throw new StackError(`${plan.name} ${reason}. The end of ${logFile}:\n${lines.join('\n')}`);
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
    }
    if (plan.isKept) rmSync(recordFile, { force: true });
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
    isReady,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    output: () => readTail(logFile),
  };
}

async function launchProcess(plan: ProcessPlan, launch: Launch, logFile: string): Promise<ProcessIdentity> {
  const [command, args] = plan.isKept
    ? [launch.command, launch.arguments]
    : ['/bin/sh', ['-c', diesWithItsStarter, 'sh', launch.command, ...launch.arguments]];
  const log = openLog(logFile);
  try {
    const child = spawn(command, args, {
      env: { ...process.env, ...launch.environment },
      // Not its standard input: Node closes that as soon as the process has ended, before there is a farewell.
      stdio: ['ignore', log, log, plan.isKept ? 'ignore' : 'pipe'],
      detached: true,
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => reject(new StackError(`${plan.name} could not be started.`, { cause })));
    });
    sayFarewellAfter(child);
    const identity = child.pid === undefined ? undefined : readProcessIdentity(child.pid);
    if (identity === undefined) throw new StackError(`${plan.name} ended at once, see ${logFile}.`);
    return identity;
  } finally {
    closeSync(log);
  }
}

/** Neither the process nor the pipe keeps this one alive: its end is what ends them. */
function sayFarewellAfter(child: ChildProcess): void {
  const pipe = child.stdio[3];
  child.unref();
  if (!(pipe instanceof Socket)) return;
  // The shell may have gone with the server.
  pipe.on('error', () => undefined);
  pipe.unref();
  child.once('exit', () => pipe.end('farewell\n'));
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(path, size > logBytesMax ? 'w' : 'a');
}

async function readTail(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const length = Math.min(size, outputBytesMax);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString('utf8', 0, bytesRead);
}

function readRecord(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
