/** One or three real Kafka brokers on this machine. Each is a controller too. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { findFreePorts } from './free-ports.ts';
import { installKafka, programsForKafka } from './install-kafka.ts';
import { createTopics, truncateTopics, withAdmin } from './kafka-topics.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import { requirePrograms, runProgram } from './programs.ts';

export interface KafkaOptions {
  /** Keeps data, settings and logs; a second start in the same folder finds the same messages. */
  readonly directory: string;
  readonly brokers: 1 | 3;
  /** One for each broker's clients; its controller takes the next one. Free ones when absent. */
  readonly ports?: readonly number[];
  /** Brokers that outlive this process and are found again by the next one; absent, they die with it. */
  readonly isKept?: boolean;
  readonly report?: (message: string) => void;
}

export interface KafkaBroker extends ManagedProcess {
  /** Where clients connect. */
  readonly port: number;
}

export interface Kafka {
  /** `host:port` of all brokers, with commas. */
  readonly bootstrap: string;
  readonly brokers: readonly KafkaBroker[];
  /** Makes the topics of Mathmill that are missing. */
  createTopics(): Promise<void>;
  /** Removes all messages from the topics of requests and responses. */
  truncateTopics(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
/** Any text of the right form; the same for all, so that a folder can be used again. */
const clusterId = 'TWF0aG1pbGwtbG9jYWwtMQ';
const commonSettings = join(import.meta.dirname, '..', 'kafka', 'server.properties');
const startTimeoutMs = 120_000;
/** A broker that lost the others' majority would wait minutes for a controller to hand its partitions over. */
const stopTimeoutMs = 10_000;

/** Small, and quick to start rather than quick to run: tests start brokers all the time. */
const javaOptions = [
  '-Xms256m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  // Hundreds of lines that repeat the settings.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn',
];

/** A single broker cannot replicate. */
const singleBrokerSettings = [
  'default.replication.factor=1',
  'min.insync.replicas=1',
  'offsets.topic.replication.factor=1',
  'transaction.state.log.replication.factor=1',
  'transaction.state.log.min.isr=1',
  'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
];

/** Resolves when all brokers take requests; the topics are for the caller to make. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  await requirePrograms(programsForKafka());
  const classPath = await installKafka(options.report ?? (() => undefined));
  const kafka = await createKafka(options, classPath);
  await kafka.start();
  return kafka;
}

async function createKafka(options: KafkaOptions, classPath: string): Promise<Kafka> {
  const ports = options.ports ?? (await findFreePorts(options.brokers, 2));
  const voters = ports.map((port, index) => `${index + 1}@${host}:${port + 1}`).join(',');
  const bootstrapBrokers = ports.map((port) => `${host}:${port}`);
  const brokers = await Promise.all(
    ports.map((port, index) => createBroker({ options, classPath, voters, port, nodeId: index + 1 })),
  );

  return {
    bootstrap: bootstrapBrokers.join(','),
    brokers,
    createTopics: () => createTopics(bootstrapBrokers, options.brokers),
    truncateTopics: () => truncateTopics(bootstrapBrokers),
    async start() {
      try {
        await Promise.all(brokers.map((broker) => broker.start()));
      } catch (error) {
        await Promise.all(brokers.map((broker) => broker.kill()));
        throw error;
      }
    },
    async stop() {
      await Promise.all(brokers.map((broker) => broker.stop()));
    },
  };
}

interface BrokerPlan {
  readonly options: KafkaOptions;
  readonly classPath: string;
  readonly voters: string;
  readonly port: number;
  readonly nodeId: number;
}

async function createBroker(plan: BrokerPlan): Promise<KafkaBroker> {
  const { options, classPath, port, nodeId } = plan;
  const name = `kafka-${nodeId}`;
  const directory = join(options.directory, name);
  const settings = join(directory, 'server.properties');
  await mkdir(directory, { recursive: true });
  await writeFile(settings, await createSettings(plan, directory));
  await format(classPath, settings, join(directory, 'data'));
  const process = createManagedProcess({
    name,
    command: 'java',
    arguments: [...javaOptions, '-cp', classPath, 'kafka.Kafka', settings],
    logFile: join(directory, 'log'),
    isReady: () => isBrokerReady(port, nodeId),
    startTimeoutMs,
    stopTimeoutMs,
    ...(options.isKept === true ? { recordFile: join(directory, 'process.json') } : {}),
  });
  return Object.assign(process, { port });
}

async function createSettings(plan: BrokerPlan, directory: string): Promise<string> {
  const { options, voters, port, nodeId } = plan;
  const own = [
    `node.id=${nodeId}`,
    `controller.quorum.voters=${voters}`,
    `listeners=PLAINTEXT://${host}:${port},CONTROLLER://${host}:${port + 1}`,
    `advertised.listeners=PLAINTEXT://${host}:${port}`,
    `log.dirs=${join(directory, 'data')}`,
    ...(options.brokers === 1 ? singleBrokerSettings : []),
  ];
  return `${await readFile(commonSettings, 'utf8')}\n# This broker's own.\n${own.join('\n')}\n`;
}

/** A storage folder must be formatted once. One that was cut short has no metadata file yet and is begun anew. */
async function format(classPath: string, settings: string, data: string): Promise<void> {
  if (existsSync(join(data, 'meta.properties'))) return;
  await rm(data, { recursive: true, force: true });
  await runProgram(
    'java',
    [
      ...javaOptions,
      '-cp',
      classPath,
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      clusterId,
      '--config',
      settings,
    ],
    {},
  );
}

/** Ready is a broker that the cluster counts in: it answers itself and names itself among those that serve. */
async function isBrokerReady(port: number, nodeId: number): Promise<boolean> {
  return withAdmin([`${host}:${port}`], async (admin) => {
    const metadata = await admin.metadata({ topics: [], forceUpdate: true });
    return metadata.brokers.has(nodeId);
  });
}
