/** The server that stands in for MongoDB, see docs/contributing/local-stack.md: it is not MongoDB. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { MongoClient } from 'mongodb';

import { readSecurityFiles } from '../../src/store/mongo/index.ts';

import { findFreePorts } from './free-ports.ts';
import { installMongoStandIn } from './install-mongo-stand-in.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import type { StoreSecurity } from './mongo-security.ts';

export interface MongoStandInOptions {
  /** Keeps data and log; a second start in the same folder finds the same documents. */
  readonly directory: string;
  /** A free one when absent. */
  readonly port?: number;
  /** Undefined: everybody may connect, without TLS. */
  readonly security?: StoreSecurity | undefined;
  /** A standalone server, as MongoDB is one without `--replSet`. */
  readonly isStandalone?: boolean;
  readonly report?: (message: string) => void;
}

export interface MongoStandIn extends ManagedProcess {
  readonly port: number;
  /**
   * Names a replica set, as on a cluster, so that the driver watches its topology and comes back after a restart the
   * way it does there. Through a proxy use `directUri` with the proxy's port: a driver that knows a set follows the
   * addresses that its members give, past the proxy. With TLS it is the same as `directUri`: the server names as its
   * only address one without TLS.
   */
  readonly uri: string;
  readonly directUri: string;
}

const host = '127.0.0.1';
const replicaSet = 'rs0';
const database = 'mathmill';
/** Where users are. */
const usersDatabase = 'admin';
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
  const { directory, port, security, report = () => undefined } = options;
  const base = `mongodb://${host}:${port}/${database}`;
  const directUri = `${base}?directConnection=true${security === undefined ? '' : `&authSource=${usersDatabase}`}`;
  const server = createManagedProcess({
    name: 'mongo-stand-in',
    directory,
    ports: [port],
    isKept: options.isKept,
    prepare: async () => {
      const data = join(directory, 'data');
      await mkdir(data, { recursive: true });
      return {
        command: await installMongoStandIn(report),
        arguments: createArguments(data, options),
        environment: security === undefined ? {} : { FERRETDB_SETUP_PASSWORD: security.user.password },
      };
    },
    isReady: () => isReady(directUri, security),
    startTimeoutMs,
    stopTimeoutMs,
  });
  const uri = security === undefined ? `${base}?replicaSet=${replicaSet}` : directUri;
  return Object.assign(server, { port, uri, directUri });
}

function createArguments(data: string, { port, security, isStandalone }: MongoStandInOptions): string[] {
  return [
    '--handler=sqlite',
    `--sqlite-url=file:${data}/`,
    `--state-dir=${data}`,
    ...(security === undefined
      ? [`--listen-addr=${host}:${port}`]
      : createSecureArguments(`${host}:${port}`, security)),
    ...(isStandalone === true ? [] : [`--repl-set-name=${replicaSet}`]),
    '--telemetry=disable',
    '--debug-addr=-',
    '--log-level=ERROR',
  ];
}

function createSecureArguments(address: string, { certificate, authority, isMutual, user }: StoreSecurity): string[] {
  return [
    '--listen-addr=',
    `--listen-tls=${address}`,
    `--listen-tls-cert-file=${certificate.certificateFile}`,
    `--listen-tls-key-file=${certificate.keyFile}`,
    ...(isMutual ? [`--listen-tls-ca-file=${authority.caFile}`] : []),
    '--test-enable-new-auth',
    `--setup-database=${usersDatabase}`,
    `--setup-username=${user.name}`,
  ];
}

async function isReady(uri: string, security: StoreSecurity | undefined): Promise<boolean> {
  const client = new MongoClient(uri, {
    ...(security === undefined ? {} : readSecurityFiles(security.connection)),
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
