/** The server that stands in for MongoDB, see docs/local-stack.md: it is not MongoDB. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { MongoClient } from 'mongodb';

import { findFreePorts } from './free-ports.ts';
import { installMongoStandIn, programsForMongoStandIn } from './install-mongo-stand-in.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import { requirePrograms } from './programs.ts';

export interface MongoStandInOptions {
  /** Keeps data and log; a second start in the same folder finds the same documents. */
  readonly directory: string;
  /** A free one when absent. */
  readonly port?: number;
  /** A server that outlives this process and is found again by the next one; absent, it dies with it. */
  readonly isKept?: boolean;
  readonly report?: (message: string) => void;
}

export interface MongoStandIn extends ManagedProcess {
  readonly port: number;
  /**
   * Names a replica set, as on a cluster, so that the driver watches its topology and comes back after a restart the
   * way it does there. Through a proxy use `directUri` with the proxy's port: a driver that knows a set follows the
   * addresses that its members give, past the proxy.
   */
  readonly uri: string;
  readonly directUri: string;
}

const host = '127.0.0.1';
const replicaSet = 'rs0';
const database = 'mathmill';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const probeTimeoutMs = 2_000;

/** Resolves when it answers. */
export async function startMongoStandIn(options: MongoStandInOptions): Promise<MongoStandIn> {
  await requirePrograms(programsForMongoStandIn());
  const program = await installMongoStandIn(options.report ?? (() => undefined));
  const port = options.port ?? (await findFreePorts(1))[0];
  if (port === undefined) throw new Error('no free port');
  const data = join(options.directory, 'data');
  await mkdir(data, { recursive: true });
  const directUri = `mongodb://${host}:${port}/${database}?directConnection=true`;
  const process = createManagedProcess({
    name: 'mongo-stand-in',
    command: program,
    arguments: [
      '--handler=sqlite',
      `--sqlite-url=file:${data}/`,
      `--state-dir=${data}`,
      `--listen-addr=${host}:${port}`,
      `--repl-set-name=${replicaSet}`,
      '--telemetry=disable',
      '--debug-addr=-',
      '--log-level=ERROR',
    ],
    logFile: join(options.directory, 'log'),
    isReady: () => isReady(directUri),
    startTimeoutMs,
    stopTimeoutMs,
    ...(options.isKept === true ? { recordFile: join(options.directory, 'process.json') } : {}),
  });
  await process.start();
  return Object.assign(process, {
    port,
    uri: `mongodb://${host}:${port}/${database}?replicaSet=${replicaSet}`,
    directUri,
  });
}

async function isReady(uri: string): Promise<boolean> {
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: probeTimeoutMs,
    connectTimeoutMS: probeTimeoutMs,
    socketTimeoutMS: probeTimeoutMs,
  });
  try {
    await client.db().command({ ping: 1 });
    return true;
  } finally {
    await client.close();
  }
}
