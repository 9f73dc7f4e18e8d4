/** A standalone server in a process of its own, on a fresh data folder and a free port. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resources, RunningProcess } from './resources.ts';

const root = resolve(import.meta.dirname, '..', '..');
const startMs = 30_000;

export interface BenchServer {
  readonly url: string;
  readonly process: RunningProcess;
}

/** `profileFolder`: where the CPU profiles of the server's threads go when it stops. */
export async function startServer(
  resources: Resources,
  profileFolder?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const port = await findFreePort();
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profileFolder)}`];
  const started = resources.start(
    join(root, 'node_modules', '.bin', 'node'),
    [...profiling, join(root, 'bin', 'mathmill.mjs'), 'serve'],
    {
      env: {
        ...process.env,
        DATA_DIR: resources.makeFolder('data'),
        HTTP_PORT: `${port}`,
        LOG_LEVEL: 'warn',
        ...environment,
      },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(url, started);
  return { url, process: started };
}

async function waitUntilReady(url: string, started: RunningProcess): Promise<void> {
  const giveUpAt = performance.now() + startMs;
  const end = started.ended.then(
    (code) => `it ended with ${code}`,
    (error: unknown) => String(error),
  );
  while (performance.now() < giveUpAt) {
    const isReady = fetch(`${url}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    const state = await Promise.race([isReady, end]);
    if (state === true) return;
    if (typeof state === 'string') throw new Error(`The server did not start: ${state}\n${started.readOutput()}`);
    await sleep(20);
  }
  throw new Error(`The server was not ready after ${startMs / 1000} s:\n${started.readOutput()}`);
}

/** A port that is free now; nothing else on the machine is expected to take it within the next second. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.');
  return address.port;
}

/** The times of the threads of one name, in milliseconds. */
export interface ThreadTimes {
  readonly running: number;
  /** Ready to run, but without a core: on a quiet machine the process itself is the only reason. */
  readonly waiting: number;
}

/** The times of all threads of a process, by name; empty where the system does not report them (only Linux does). */
export function readThreadTimes(pid: number): Map<string, ThreadTimes> {
  const times = new Map<string, ThreadTimes>();
  if (process.platform !== 'linux') return times;
  const folder = `/proc/${pid}/task`;
  for (const thread of readdirSync(folder)) {
    try {
      const name = readFileSync(join(folder, thread, 'comm'), 'utf8').trim();
      const [running = 0, waiting = 0] = readFileSync(join(folder, thread, 'schedstat'), 'utf8')
        .split(' ')
        .map((nanoseconds) => Number(nanoseconds) / 1e6);
      const sum = times.get(name);
      times.set(name, { running: running + (sum?.running ?? 0), waiting: waiting + (sum?.waiting ?? 0) });
    } catch (error) {
      // The thread ended between the listing and the reading.
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')))
        throw error;
    }
  }
  return times;
}

export function subtractThreadTimes(
  after: ReadonlyMap<string, ThreadTimes>,
  before: ReadonlyMap<string, ThreadTimes>,
): Map<string, ThreadTimes> {
  return new Map(
    [...after].map(([name, { running, waiting }]) => {
      const earlier = before.get(name) ?? { running: 0, waiting: 0 };
      return [name, { running: running - earlier.running, waiting: waiting - earlier.waiting }];
    }),
  );
}
