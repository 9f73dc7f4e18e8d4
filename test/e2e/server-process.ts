/** A real `mathmill serve` in a process of its own, on a free port and a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '../..');

export interface ServerProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it has written so far, both streams. */
  output(): string;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts a server; rejects with what it wrote when it ends before it serves. */
export async function startServer(dataDirectory: string, environment: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['bin/mathmill.mjs', 'serve'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HTTP_PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: dataDirectory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'exit');
  /** Ended, and all that it has written is read. */
  const closed = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    const take = (bytes: Buffer): void => {
      output += bytes.toString();
      const serving = /serves at (http:\S+)/.exec(output)?.[1];
      if (serving !== undefined) resolve(serving);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('close', (code) => reject(new Error(`the server ended with code ${code} before it served:\n${output}`)));
    child.once('error', reject);
  });
  return {
    url,
    process: child,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await closed;
      return child.exitCode;
    },
  };
}

/** A folder that is removed when the test is over. */
export function createDataDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'mathmill-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface JobDocument {
  readonly id: string;
  readonly status: string;
  readonly operations: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

export async function postJob(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...headers },
    body,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as { id: string; code?: string },
  };
}

export async function readJob(url: string, id: string): Promise<JobDocument | undefined> {
  const response = await fetch(`${url}/api/jobs/${id}`);
  const body = (await response.json()) as JobDocument;
  return response.status === 200 ? body : undefined;
}

/**
 * Waits until the job is finished; an instance that cannot serve at the moment (503) is asked again. The tests' own time
 * limit ends a wait that never does.
 */
export async function waitForJob(url: string, id: string): Promise<JobDocument> {
  for (;;) {
    const response = await fetch(`${url}/api/jobs/${id}`);
    const job = (await response.json()) as JobDocument;
    if (response.status !== 200 && response.status !== 503) throw new Error(`job ${id}: ${JSON.stringify(job)}`);
    if (job.status === 'Completed' || job.status === 'Cancelled') return job;
    await sleep(5);
  }
}

export async function readResults(url: string, id: string, query = ''): Promise<string> {
  const response = await fetch(`${url}/api/jobs/${id}/results?format=text${query}`);
  if (response.status !== 200) throw new Error(`results: ${response.status} ${await response.text()}`);
  return response.text();
}
