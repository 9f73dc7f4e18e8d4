/** The job systems that benchmarks compare with: each with a private server, and each run a process of its own. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProgram, startPostgres, startRedis } from './peer-servers.ts';
import { runToEnd, type Resources } from './resources.ts';

const peersFolder = resolve(import.meta.dirname, '..', 'peers');

export interface Peer {
  /** One run with these options (see the head of the program of the comparison system); its rate in jobs per second. */
  run(options: object): Promise<number>;
}

type Say = (text: string) => void;

/** Undefined, said why, where a part of it is not installed. */
export async function startGraphilePeer(resources: Resources, say: Say): Promise<Peer | undefined> {
  const [initdb, postgres] = [findProgram('initdb'), findProgram('postgres')];
  if (!hasPeer('graphile-worker', say)) return undefined;
  if (initdb === undefined || postgres === undefined) {
    say('PostgreSQL is not installed (apt-get install postgresql): graphile-worker is left out.');
    return undefined;
  }
  const connectionString = await startPostgres(resources, initdb, postgres);
  return { run: (options) => runPeer(resources, 'graphile-worker.mjs', { ...options, connectionString }) };
}

/** Undefined, said why, where a part of it is not installed. */
export async function startBullPeer(
  resources: Resources,
  appendfsync: 'always' | 'everysec',
  say: Say,
): Promise<Peer | undefined> {
  const redis = findProgram('redis-server');
  if (!hasPeer('bullmq', say)) return undefined;
  if (redis === undefined) {
    say('Redis is not installed (apt-get install redis-server): BullMQ is left out.');
    return undefined;
  }
  const socket = await startRedis(resources, redis, appendfsync);
  return { run: (options) => runPeer(resources, 'bullmq.mjs', { ...options, socket }) };
}

function hasPeer(name: string, say: Say): boolean {
  const isThere = existsSync(join(peersFolder, 'node_modules', name));
  if (!isThere) say(`${name} is not installed (make bench-peers): left out.`);
  return isThere;
}

async function runPeer(resources: Resources, program: string, options: object): Promise<number> {
  const output = await runToEnd(resources, process.execPath, [join(peersFolder, program), JSON.stringify(options)]);
  const { jobs, milliseconds } = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as {
    readonly jobs: number;
    readonly milliseconds: number;
  };
  return (jobs * 1000) / milliseconds;
}
