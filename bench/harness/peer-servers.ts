/**
 * PostgreSQL and Redis for the comparison systems: private to the benchmark, in its folder, reached over Unix sockets, on the settings
 * that their packages ship unless a comment says why not.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runToEnd, type Resources, type RunningProcess } from './resources.ts';

const startMs = 30_000;

/** Where a Debian package or the PATH has a program; undefined where neither has. */
export function findProgram(name: string): string | undefined {
  const debianPostgres = '/usr/lib/postgresql';
  const versions = existsSync(debianPostgres) ? readdirSync(debianPostgres).toSorted().toReversed() : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debianPostgres, version, 'bin')),
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a new PostgreSQL and returns how to reach it. Durable as shipped: fsync and synchronous_commit are on. */
export async function startPostgres(resources: Resources, initdb: string, postgres: string): Promise<string> {
  const folder = resources.makeFolder('postgres');
  // PostgreSQL rejects to run as root.
  const user = process.getuid?.() === 0 ? findUser('postgres') : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const asBench = ['--username=bench', '--auth=trust', '--encoding=UTF8', '--no-locale'];
  await runToEnd(resources, initdb, [`--pgdata=${data}`, ...asBench], { user });
  // SIGQUIT: what it holds is thrown away, so there is no need to wait for an orderly end.
  const started = resources.start(postgres, ['-D', data, '-k', folder, '-c', 'listen_addresses='], {
    user,
    stopSignal: 'SIGQUIT',
  });
  await waitForOutput(started, 'database system is ready to accept connections');
  return `postgres://bench@localhost/postgres?host=${encodeURIComponent(folder)}`;
}

function findUser(name: string): { readonly uid: number; readonly gid: number } {
  const ask = (what: string) => Number(execFileSync('id', [what, name], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

/**
 * Starts a new Redis and returns the path of its socket. `always` flushes before each answer, as PostgreSQL and Mathmill
 * do; `everysec`, its default for the append-only file, may lose the last second.
 */
export async function startRedis(
  resources: Resources,
  redis: string,
  appendfsync: 'always' | 'everysec',
): Promise<string> {
  const folder = resources.makeFolder('redis');
  const socket = join(folder, 'redis.sock');
  const started = resources.start(redis, [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    appendfsync,
    // The append-only file holds everything; snapshots in addition would only cost.
    '--save',
    '',
  ]);
  await waitForOutput(started, 'eady to accept connections');
  return socket;
}

async function waitForOutput(started: RunningProcess, wanted: string): Promise<void> {
  const giveUpAt = performance.now() + startMs;
  while (!started.readOutput().includes(wanted)) {
    const end = await Promise.race([started.ended, sleep(20)]);
    if (end !== undefined || performance.now() > giveUpAt) {
      throw new Error(`A peer's server did not start:\n${started.readOutput().slice(-2_000)}`);
    }
  }
}
