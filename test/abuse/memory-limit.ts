/**
 * A limit of memory for one process, as containers have it: a control group of Linux, version 1 or 2. Where this user may
 * not make one, the tests only look at what the process takes.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemoryLimit {
  /** The command that runs a program within the limit. */
  wrap(command: string, args: readonly string[]): readonly [command: string, args: readonly string[]];
  /** To be called when the program has ended. */
  remove(): void;
  readonly isEnforced: boolean;
}

const versions = [
  { folder: '/sys/fs/cgroup/memory', file: 'memory.limit_in_bytes' },
  { folder: '/sys/fs/cgroup', file: 'memory.max' },
] as const;

export function limitMemory(bytes: number): MemoryLimit {
  for (const { folder, file } of versions) {
    const group = join(folder, `mathmill-abuse-${process.pid}`);
    if (tryCreate(group, file, bytes)) return createLimit(group);
  }
  return { wrap: (command, args) => [command, args], remove() {}, isEnforced: false };
}

function tryCreate(group: string, file: string, bytes: number): boolean {
  try {
    mkdirSync(group);
  } catch {
    return false;
  }
  try {
    if (!existsSync(join(group, file))) throw new Error('the controller of memory is not there');
    writeFileSync(join(group, file), String(bytes));
    return true;
  } catch {
    rmdirSync(group);
    return false;
  }
}

function createLimit(group: string): MemoryLimit {
  const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
  return {
    wrap: (command, args) => ['sh', ['-c', enter, group, command, ...args]],
    remove: () => rmdirSync(group),
    isEnforced: true,
  };
}
