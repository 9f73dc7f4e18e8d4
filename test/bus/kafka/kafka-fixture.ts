/** Fixtures of a real cluster for the tests of the bus. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka, type Kafka } from '../../../deploy/local-stack/kafka.ts';
import { createKafkaBus, createTopics, type KafkaBus, type KafkaNames } from '../../../src/bus/kafka/index.ts';
import { noopLogger, type Logger } from '../../../src/engine/index.ts';

export interface Cluster {
  readonly kafka: Kafka;
  readonly bootstrapBrokers: readonly string[];
  stop(): Promise<void>;
}

export async function startCluster(brokers: 1 | 3): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'mathmill-kafka-'));
  const kafka = await startKafka({ directory, brokers });
  return {
    kafka,
    bootstrapBrokers: kafka.bootstrap.split(','),
    async stop() {
      await kafka.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let installations = 0;

/** Topics and groups that no other case has. */
export async function createInstallation(cluster: Cluster, partitions = 6): Promise<KafkaNames> {
  installations += 1;
  const id = `${process.pid}-${installations}`;
  const names: KafkaNames = {
    requestTopic: `request-${id}`,
    responseTopic: `response-${id}`,
    deadLetterTopic: `dead-letter-${id}`,
    requestGroup: `request-group-${id}`,
    responseGroup: `response-group-${id}`,
  };
  await createTopics({ bootstrapBrokers: cluster.bootstrapBrokers, names, partitions });
  return names;
}

/** LOG=1 prints the log of the bus, to find the cause of a failure. */
const consoleLogger: Logger = {
  debug: (fields, message) => console.error('debug', message, fields),
  info: (fields, message) => console.error('info', message, fields),
  warn: (fields, message) => console.error('warn', message, fields),
  error: (fields, message) => console.error('error', message, fields),
};
export const testLogger = process.env['LOG'] === undefined ? noopLogger : consoleLogger;

export async function openBus(
  cluster: Cluster,
  names: KafkaNames,
  instanceId = 'test',
  logger = testLogger,
): Promise<KafkaBus> {
  const bus = createKafkaBus({ logger }, { bootstrapBrokers: cluster.bootstrapBrokers, instanceId, names });
  await bus.start();
  return bus;
}

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}
