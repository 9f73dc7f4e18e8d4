/** The server that stands in for MongoDB, see docs/local-stack.md: it is not MongoDB. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { MongoClient } from 'mongodb';

import { findFreePorts } from './free-ports.ts';
import { installMongoStandIn } from './install-mongo-stand-in.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';

export interface MongoStandInOptions {
  /** Keeps data and log; a second start in the same folder finds the same documents. */
  readonly directory: string;
  /** A free one when absent. */
  readonly port?: number;
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

/** A server that runs and dies with this process. */
export async function startMongoStandIn(options: MongoStandInOptions): Promise<MongoStandIn> {
  const [port = 0] = options.port === undefined ? await findFreePorts(1) : [options.port];
  const server = createMongoStandIn({ ...options, port, isKept: false });
  await server.start();
  return server;
}

/** A server that does not run yet, or that an earlier process kept. */
export function createMongoStandIn(
  options: MongoStandInOptions & { readonly port: number; readonly isKept: boolean },
): MongoStandIn {
  const { directory, port, report = () => undefined } = options;
  const directUri = `mongodb://${host}:${port}/${database}?directConnection=true`;
  const server = createManagedProcess({
    name: 'mongo-stand-in',
    directory,
    ports: [port],
    isKept: options.isKept,
    prepare: async () => {
      const data = join(directory, 'data');
      await mkdir(data, { recursive: true });
      return { command: await installMongoStandIn(report), arguments: createArguments(data, port) };
    },
    isReady: () => isReady(directUri),
    startTimeoutMs,
    stopTimeoutMs,
  });
  const uri = `mongodb://${host}:${port}/${database}?replicaSet=${replicaSet}`;
  return Object.assign(server, { port, uri, directUri });
}

function createArguments(data: string, port: number): string[] {
  return [
    '--handler=sqlite',
    `--sqlite-url=file:${data}/`,
    `--state-dir=${data}`,
    `--listen-addr=${host}:${port}`,
    `--repl-set-name=${replicaSet}`,
    '--telemetry=disable',
    '--debug-addr=-',
    '--log-level=ERROR',
  ];
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
