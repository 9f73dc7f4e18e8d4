/** The processes of Mathmill on a cluster, run from this checkout. */
import { join } from 'node:path';

import { allOf } from './all-of.ts';
import { findFreePorts } from './free-ports.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';

export interface ApplicationsOptions {
  /** Keeps the logs. */
  readonly directory: string;
  readonly kafkaUri: string;
  readonly mongodbUri: string;
  /** Three of each kind unless told otherwise. */
  readonly clients?: number;
  readonly servers?: number;
  /** For all of them, over what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The checkout that an application is started from, read at each of its starts. Default: this one. */
  readonly checkoutOf?: (name: string) => string;
}

export interface Application extends ManagedProcess {
  /** Such as `http://127.0.0.1:8080`; a server-application answers there for its health only. */
  readonly url: string;
}

export interface Applications {
  readonly clients: readonly Application[];
  readonly servers: readonly Application[];
  /** Resolves when all say that they are ready. */
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const host = '127.0.0.1';
const ownCheckout = join(import.meta.dirname, '..', '..');
const defaultCount = 3;
const startTimeoutMs = 60_000;
/** Their own graceful end takes up to 30 s. */
const stopTimeoutMs = 40_000;
const probeTimeoutMs = 2_000;

/** Applications that run, on free ports, and die with this process. */
export async function startApplications(options: ApplicationsOptions): Promise<Applications> {
  const { clients = defaultCount, servers = defaultCount } = options;
  const ports = await findFreePorts(clients + servers);
  const applications = createApplications({
    ...options,
    clientPorts: ports.slice(0, clients),
    serverPorts: ports.slice(clients),
    isKept: false,
  });
  try {
    await applications.start();
  } catch (error) {
    await applications.kill();
    throw error;
  }
  return applications;
}

export interface KeptApplicationsOptions extends Omit<ApplicationsOptions, 'clients' | 'servers'> {
  readonly clientPorts: readonly number[];
  readonly serverPorts: readonly number[];
  readonly isKept: boolean;
}

/** Applications that do not run yet, or that an earlier process kept. */
export function createApplications(options: KeptApplicationsOptions): Applications {
  const clients = options.clientPorts.map((port, index) =>
    createApplication(options, 'client-application', index + 1, port),
  );
  const servers = options.serverPorts.map((port, index) =>
    createApplication(options, 'server-application', index + 1, port),
  );

  const all = [...clients, ...servers];

  return {
    clients,
    servers,
    start: () => allOf(all, (application) => application.start()),
    stop: () => allOf(all, (application) => application.stop()),
    kill: () => allOf(all, (application) => application.kill()),
  };
}

function createApplication(
  options: KeptApplicationsOptions,
  kind: 'client-application' | 'server-application',
  number: number,
  port: number,
): Application {
  const name = `${kind}-${number}`;
  const url = `http://${host}:${port}`;
  const application = createManagedProcess({
    name,
    directory: join(options.directory, name),
    ports: [port],
    isKept: options.isKept,
    prepare: async () => ({
      command: process.execPath,
      arguments: [join(options.checkoutOf?.(name) ?? ownCheckout, 'src', `${kind}.ts`)],
      environment: {
        KAFKA_URI: options.kafkaUri,
        MONGODB_URI: options.mongodbUri,
        HTTP_HOST: host,
        HTTP_PORT: String(port),
        INSTANCE_ID: name,
        ...options.environment,
      },
    }),
    isReady: () => isReady(url),
    startTimeoutMs,
    stopTimeoutMs,
  });
  return Object.assign(application, { url });
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(probeTimeoutMs) });
  await response.body?.cancel();
  return response.ok;
}
