/**
 * Which process a pid means. The system gives pids away again, so whoever signals a process that it did not start
 * itself must know more than the number: the moment when the process started.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** As the system tells it: clock ticks since boot on Linux, a date elsewhere. Only good for comparing. */
  readonly startedAt: string;
}

/** Where things stand among the fields that follow the name of the program, see proc(5). */
const stateField = 0;
const threadsField = 17;
const startTimeField = 19;

/** Undefined when no such process runs; one that ended and was not yet collected by its parent does not run. */
export function readProcessIdentity(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? readProcStart(pid) : readPsStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return readProcessIdentity(identity.pid)?.startedAt === identity.startedAt;
}

/** Does nothing when that process is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readProcStart(pid: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name is in parentheses and may hold anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // The first thread may be dead already while others still hold the ports.
  const isDead = ['Z', 'X'].includes(fields[stateField] ?? '') && Number(fields[threadsField]) <= 1;
  return isDead ? undefined : fields[startTimeField];
}

function readPsStart(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
