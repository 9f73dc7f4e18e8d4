/** The stack that `make stack-start` leaves running: where each part lies, and what happens to all of them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { allOf } from './all-of.ts';
import { createApplications } from './applications.ts';
import { install } from './install.ts';
import { createKafka } from './kafka.ts';
import { withLock } from './lock.ts';
import type { ManagedProcess } from './managed-process.ts';
import { createMongoStandIn } from './mongo-stand-in.ts';
import { StackError } from './stack-error.ts';

/** In the checkout, so that two checkouts know apart what is theirs. The ports are the same for both. */
export const defaultStackOptions: StackOptions = {
  directory: join(import.meta.dirname, '..', '..', '.stack'),
  brokerPorts: [19_092, 19_094, 19_096],
  mongoPort: 27_117,
  clientPorts: [8_080, 8_081, 8_082],
  serverPorts: [18_080, 18_081, 18_082],
};

export interface StackOptions {
  readonly directory: string;
  /** Each broker's controller takes the port that follows. */
  readonly brokerPorts: readonly number[];
  readonly mongoPort: number;
  readonly clientPorts: readonly number[];
  /** They answer there for their health only. */
  readonly serverPorts: readonly number[];
}

export interface PartStatus {
  readonly name: string;
  readonly pid: number | undefined;
  readonly address: string;
  readonly isReady: boolean;
}

export interface Stack {
  /** Starts what does not run, in order: servers first. */
  start(): Promise<void>;
  /** Ends exactly what `start` started, in the reverse order. */
  stop(options: { readonly isClean: boolean }): Promise<void>;
  status(): Promise<PartStatus[]>;
  /** The end of what that part wrote. */
  output(name: string): Promise<string>;
  readonly names: readonly string[];
  readonly kafkaUri: string;
  readonly mongodbUri: string;
  readonly apiUrl: string;
}

interface Part {
  readonly process: ManagedProcess;
  readonly address: string;
}

export function createStack(options: StackOptions, report: (message: string) => void): Stack {
  const { directory, brokerPorts, mongoPort, clientPorts, serverPorts } = options;
  const kafka = createKafka({ directory: join(directory, 'kafka'), ports: brokerPorts, isKept: true, report });
  const mongo = createMongoStandIn({ directory: join(directory, 'mongo'), port: mongoPort, isKept: true, report });
  const applications = createApplications({
    directory: join(directory, 'applications'),
    kafkaUri: kafka.bootstrap,
    mongodbUri: mongo.uri,
    clientPorts,
    serverPorts,
    isKept: true,
  });
  const parts: Part[] = [
    ...kafka.brokers.map((broker) => ({ process: broker, address: `127.0.0.1:${broker.port}` })),
    { process: mongo, address: `127.0.0.1:${mongo.port}` },
    ...[...applications.servers, ...applications.clients].map((application) => ({
      process: application,
      address: application.url,
    })),
  ];

  async function start(): Promise<void> {
    await install(report);
    report('Starting Kafka and the MongoDB stand-in.');
    await allOf([kafka, mongo], (server) => server.start());
    await kafka.createTopics();
    report('Starting the applications.');
    await applications.start();
  }

  async function stop(isClean: boolean): Promise<void> {
    await applications.stop();
    await allOf([kafka, mongo], (server) => server.stop());
    // The lock lies beside what is removed.
    if (isClean) await allOf(['kafka', 'mongo', 'applications'], (name) => removeTree(join(directory, name)));
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
    apiUrl: `http://127.0.0.1:${clientPorts[0]}`,
  };
}

async function readStatus({ process, address }: Part): Promise<PartStatus> {
  const isReady = await process.isReady();
  return { name: process.name, pid: process.pid, address, isReady };
}

function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
