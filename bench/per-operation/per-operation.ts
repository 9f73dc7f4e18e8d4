/** The baseline as processes of its own: as many as Mathmill has, on the same brokers and the same store. */
import { join } from 'node:path';
import { allOf } from '../../deploy/local-stack/all-of.ts';
import { findFreePorts } from '../../deploy/local-stack/free-ports.ts';
import { createManagedProcess, type ManagedProcess } from '../../deploy/local-stack/managed-process.ts';
import { createTopics } from '../../src/bus/kafka/index.ts';
import { perOperationNames } from './layout.ts';

export interface PerOperation {
  /** Addresses of the clients. */
  readonly urls: readonly string[];
  readonly clients: readonly ManagedProcess[];
  readonly servers: readonly ManagedProcess[];
  stop(): Promise<void>;
}

export interface PerOperationOptions {
  /** Keeps the logs. */
  readonly directory: string;
  readonly kafkaUri: string;
  readonly mongodbUri: string;
  readonly instances: number;
}

/** As in the topics of Mathmill. */
const partitions = 60;
const startTimeoutMs = 60_000;
const stopTimeoutMs = 1_000;

export async function startPerOperation(options: PerOperationOptions): Promise<PerOperation> {
  const { kafkaUri, instances } = options;
  await createTopics({ bootstrapBrokers: kafkaUri.split(','), names: perOperationNames, partitions });
  const ports = await findFreePorts(2 * instances);
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const processes = ports.map((port, index) =>
    createProcess(options, index < instances ? 'client' : 'server', port, urls[index] ?? ''),
  );
  const stop = (): Promise<void> => allOf(processes, (one) => one.kill());
  try {
    await allOf(processes, (one) => one.start());
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: urls.slice(0, instances),
    clients: processes.slice(0, instances),
    servers: processes.slice(instances),
    stop,
  };
}

function createProcess(
  { directory, kafkaUri, mongodbUri }: PerOperationOptions,
  kind: 'client' | 'server',
  port: number,
  url: string,
): ManagedProcess {
  const name = `per-operation-${kind}-${port}`;
  return createManagedProcess({
    name,
    directory: join(directory, name),
    ports: [port],
    isKept: false,
    prepare: async () => ({
      command: process.execPath,
      arguments: [join(import.meta.dirname, `${kind}.ts`)],
      environment: {
        KAFKA_URI: kafkaUri,
        MONGODB_URI: mongodbUri,
        HTTP_PORT: String(port),
        PARTITIONS: String(partitions),
      },
    }),
    isReady: async () => (await fetch(url)).status < 500,
    startTimeoutMs,
    stopTimeoutMs,
  });
}
