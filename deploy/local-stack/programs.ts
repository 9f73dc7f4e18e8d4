/** Looks for the programs that the stack is built with, and runs them. */
import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { StackError } from './stack-error.ts';

/** Kafka 4 needs at least this one. */
const javaVersionMin = 17;
/** How much of a failed program's output its error repeats. */
const outputTailCharacters = 4_000;

const purposes = {
  java: `java (${javaVersionMin} or newer) runs Kafka`,
  mvn: 'mvn (Maven) fetches Kafka',
  go: 'go builds the MongoDB stand-in, Prometheus and Jaeger',
  git: 'git applies the patch of the MongoDB stand-in',
} as const;

export type ProgramName = keyof typeof purposes;

/** Throws one error that names every program that is not there. */
export async function requirePrograms(names: Iterable<ProgramName>): Promise<void> {
  const missing: string[] = [];
  for (const name of new Set(names)) {
    if (!(await isUsable(name))) missing.push(purposes[name]);
  }
  if (missing.length === 0) return;
  throw new StackError(`The local stack needs programs that are not on the PATH:\n  ${missing.join('\n  ')}`);
}

async function isUsable(name: ProgramName): Promise<boolean> {
  if (!(await isOnPath(name))) return false;
  return name !== 'java' || (await readJavaVersion()) >= javaVersionMin;
}

async function isOnPath(name: string): Promise<boolean> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    if (directory === '') continue;
    try {
      await access(join(directory, name), constants.X_OK);
      return true;
    } catch {
      // Not in this one.
    }
  }
  return false;
}

/** 0 where there is no telling, such as macOS's `java` that only says where to get one. */
async function readJavaVersion(): Promise<number> {
  try {
    const output = await runProgram('java', ['-version'], {});
    return Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export interface RunOptions {
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and answers with all it said; rejects with the end of that when it fails. */
export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.directory,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('error', (cause) => reject(new StackError(`${command} could not be started.`, { cause })));
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
        return;
      }
      const end = signal === null ? `code ${code}` : signal;
      reject(
        new StackError(
          `${command} ${args.join(' ')} ended with ${end}:\n${output.slice(-outputTailCharacters).trim()}`,
        ),
      );
    });
  });
}
