/** The stack that `make stack-start` leaves running: where each part lies, and what happens to all of them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { allOf } from './all-of.ts';
import { createApplications } from './applications.ts';
import { install } from './install.ts';
import type { JaegerPorts } from './jaeger.ts';
import { createKafka } from './kafka.ts';
import { securityEnvironment, type BrokerSecurity } from './kafka-security.ts';
import { withLock } from './lock.ts';
import type { ManagedProcess } from './managed-process.ts';
import { storeSecurityEnvironment, type StoreSecurity } from './mongo-security.ts';
import { createMongoStandIn } from './mongo-stand-in.ts';
import { createObservability } from './observability.ts';
import { StackError } from './stack-error.ts';

const folders = ['kafka', 'kafka-secure', 'security', 'mongo', 'mongo-secure', 'prometheus', 'jaeger', 'applications'];

/** In the checkout, so that each checkout has its own files. The ports are the same for both. */
export const defaultStackOptions: StackOptions = {
  directory: join(import.meta.dirname, '..', '..', '.stack'),
  brokerPorts: [19_092, 19_094, 19_096],
  mongoPort: 27_117,
  clientPorts: [8_080, 8_081, 8_082],
  serverPorts: [18_080, 18_081, 18_082],
  observability: {
    prometheusPort: 9_090,
    jaegerPorts: { query: 16_686, queryGrpc: 16_685, otlp: 4_318, health: 13_133 },
  },
};

/** The ports of a secure stack: each broker needs one more. */
export const secureBrokerPorts: readonly number[] = [19_092, 19_095, 19_098];

/** Where a secure stack keeps certificates and passwords. */
export function securityFolder(directory: string): string {
  return join(directory, 'security');
}

export interface StackOptions {
  readonly directory: string;
  /** Each broker's controller takes the port that follows. */
  readonly brokerPorts: readonly number[];
  /** Brokers demand TLS and a login; undefined: neither. */
  readonly security?: BrokerSecurity | undefined;
  /** The same of the store. */
  readonly storeSecurity?: StoreSecurity | undefined;
  readonly mongoPort: number;
  readonly clientPorts: readonly number[];
  /** Ports for the health of server-applications only. */
  readonly serverPorts: readonly number[];
  /** Undefined: the stack has no Prometheus and no Jaeger, and its applications send nothing. */
  readonly observability: { readonly prometheusPort: number; readonly jaegerPorts: JaegerPorts } | undefined;
}

export interface PartStatus {
  readonly name: string;
  readonly pid: number | undefined;
  readonly address: string;
  readonly isReady: boolean;
}

export interface Stack {
  /** Starts the parts that do not run, in order: servers first. */
  start(): Promise<void>;
  /** Ends exactly what `start` started, in the reverse order. */
  stop(options: { readonly isClean: boolean }): Promise<void>;
  status(): Promise<PartStatus[]>;
  /** The end of the output of that part. */
  output(name: string): Promise<string>;
  readonly names: readonly string[];
  readonly kafkaUri: string;
  readonly mongodbUri: string;
  /** Settings that applications need besides both URIs; no secrets, but names of files that hold them. */
  readonly securitySettings: Readonly<Record<string, string>>;
  readonly apiUrl: string;
  /** Where people and scripts query metrics and traces; undefined without observability. */
  readonly prometheusUrl: string | undefined;
  readonly jaegerUrl: string | undefined;
}

interface Part {
  readonly process: ManagedProcess;
  readonly address: string;
}

export function createStack(options: StackOptions, report: (message: string) => void): Stack {
  const { directory, brokerPorts, mongoPort, clientPorts, serverPorts, security, storeSecurity } = options;
  // Users of SCRAM are part of a broker's data.
  const kafkaFolder = join(directory, security === undefined ? 'kafka' : 'kafka-secure');
  const kafka = createKafka({ directory: kafkaFolder, ports: brokerPorts, isKept: true, security, report });
  // So are users of the store.
  const mongoFolder = join(directory, storeSecurity === undefined ? 'mongo' : 'mongo-secure');
  const mongo = createMongoStandIn({
    directory: mongoFolder,
    port: mongoPort,
    isKept: true,
    security: storeSecurity,
    report,
  });
  const securitySettings = {
    ...(security ? securityEnvironment(security.connect(security.users.mathmill)) : {}),
    ...(storeSecurity ? storeSecurityEnvironment(storeSecurity.connection) : {}),
  };
  const observability =
    options.observability && createObservability({ ...options.observability, directory, isKept: true, report });
  const observers = observability === undefined ? [] : [observability.prometheus, observability.jaeger];
  const applications = createApplications({
    directory: join(directory, 'applications'),
    kafkaUri: kafka.bootstrap,
    mongodbUri: mongo.uri,
    clientPorts,
    serverPorts,
    environment: {
      ...addUnset(observability?.environment ?? {}),
      ...securitySettings,
    },
    isKept: true,
  });
  const parts: Part[] = [
    ...kafka.brokers.map((broker) => ({ process: broker, address: `127.0.0.1:${broker.port}` })),
    { process: mongo, address: `127.0.0.1:${mongo.port}` },
    ...observers.map((server) => ({ process: server, address: server.url })),
    ...[...applications.servers, ...applications.clients].map((application) => ({
      process: application,
      address: application.url,
    })),
  ];

  async function start(): Promise<void> {
    await install(report, { isObservable: observability !== undefined });
    report(`Starting Kafka${observability === undefined ? '' : ', Prometheus, Jaeger'} and the MongoDB stand-in.`);
    await allOf([kafka, mongo, ...observers], (server) => server.start());
    await kafka.createTopics();
    report('Starting the applications.');
    await applications.start();
  }

  async function stop(isClean: boolean): Promise<void> {
    // First the applications: at their end they send what they have counted last.
    await applications.stop();
    await allOf([kafka, mongo, ...observers], (server) => server.stop());
    // The lock lies next to the removed folders.
    if (isClean) await allOf(folders, (name) => removeTree(join(directory, name)));
  }

  // Two commands at once would both find a part missing and start it twice.
  const alone = (use: () => Promise<void>): Promise<void> => withLock(join(directory, 'lock'), use);

  return {
    start: () => alone(start),
    stop: ({ isClean }) => alone(() => stop(isClean)),
    status: () => Promise.all(parts.map(readStatus)),
    async output(name) {
      const part = parts.find(({ process }) => process.name === name);
      if (part === undefined) throw new StackError(`There is no ${name} in the stack.`);
      return part.process.output();
    },
    names: parts.map(({ process }) => process.name),
    kafkaUri: kafka.bootstrap,
    mongodbUri: mongo.uri,
    securitySettings,
    apiUrl: `http://127.0.0.1:${clientPorts[0]}`,
    prometheusUrl: observability?.prometheus.url,
    jaegerUrl: observability?.jaeger.url,
  };
}

/** The caller's own environment has precedence. */
function addUnset(defaults: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, process.env[name] ?? value]));
}

async function readStatus({ process, address }: Part): Promise<PartStatus> {
  const isReady = await process.isReady();
  return { name: process.name, pid: process.pid, address, isReady };
}

function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
