/** One Kafka broker on this machine, which is a controller too. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { KafkaInstallation } from './install-kafka.ts';
import { scramArguments, securityJavaOptions, securitySettings, type BrokerSecurity } from './kafka-security.ts';
import { withAdmin } from './kafka-topics.ts';
import { createManagedProcess, type Launch, type ManagedProcess } from './managed-process.ts';
import { runProgram } from './programs.ts';

export interface KafkaBroker extends ManagedProcess {
  /** Where clients connect. */
  readonly port: number;
  /** Removes all that it stores, as the loss of its volume does. It must not run; its next start formats a new folder. */
  eraseData(): Promise<void>;
}

export interface BrokerOptions {
  readonly directory: string;
  readonly isKept: boolean;
  /**
   * Of all brokers, in the order of their node ids from 1. Each one's controller takes the port that follows, and the
   * one after it is for the other brokers where clients must log in.
   */
  readonly ports: readonly number[];
  readonly nodeId: number;
  readonly port: number;
  readonly install: () => Promise<KafkaInstallation>;
  /** Of the cluster that a new folder is formatted for. Default: the same for all, so that a folder can be used again. */
  readonly clusterId?: () => string;
  /** Undefined: every client may connect, without TLS. */
  readonly security: BrokerSecurity | undefined;
}

export const host = '127.0.0.1';

/** Any string of the right form. */
export const defaultClusterId = 'TWF0aG1pbGwtbG9jYWwtMQ';
const commonSettings = join(import.meta.dirname, '..', 'kafka', 'server.properties');
const startTimeoutMs = 120_000;
/** A broker whose cluster lost its majority would wait minutes for a controller to take its partitions from it. */
const stopTimeoutMs = 10_000;
const probeTimeoutMs = 2_000;

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

export function createKafkaBroker(options: BrokerOptions): KafkaBroker {
  const name = `kafka-${options.nodeId}`;
  const directory = join(options.directory, name);
  const broker = createManagedProcess({
    name,
    directory,
    ports: Array.from({ length: portsPerBroker(options.security) }, (_, index) => options.port + index),
    isKept: options.isKept,
    prepare: () => prepare(options, directory),
    isReady: () => isReady(options),
    startTimeoutMs,
    stopTimeoutMs,
  });
  const eraseData = (): Promise<void> => rm(join(directory, 'data'), { recursive: true, force: true });
  return Object.assign(broker, { port: options.port, eraseData });
}

/** Consecutive ones, each found free. */
export function portsPerBroker(security: unknown): number {
  return security === undefined ? 2 : 3;
}

async function prepare(options: BrokerOptions, directory: string): Promise<Launch> {
  const { security } = options;
  const installation = await options.install();
  const javaArguments = [...(security ? securityJavaOptions(security) : []), ...installation.javaArguments];
  const settings = join(directory, 'server.properties');
  const data = join(directory, 'data');
  await mkdir(directory, { recursive: true });
  await writeFile(settings, await createSettings(options, data));
  // A storage folder is formatted once. One that was cut short has no such file yet and is begun anew.
  if (!existsSync(join(data, 'meta.properties'))) {
    await rm(data, { recursive: true, force: true });
    const clusterId = options.clusterId?.() ?? defaultClusterId;
    const users = security ? scramArguments(security) : [];
    const format = ['format', '--cluster-id', clusterId, '--config', settings, ...users];
    await runProgram('java', [...javaArguments, 'kafka.tools.StorageTool', ...format], {});
  }
  return { command: 'java', arguments: [...javaArguments, 'kafka.Kafka', settings] };
}

async function createSettings({ ports, nodeId, port, security }: BrokerOptions, data: string): Promise<string> {
  const voters = ports.map((port, index) => `${index + 1}@${host}:${port + 1}`);
  const listeners = security
    ? [`CLIENT://${host}:${port}`, `INTERNAL://${host}:${port + 2}`]
    : [`PLAINTEXT://${host}:${port}`];
  const own = [
    `node.id=${nodeId}`,
    `controller.quorum.voters=${voters.join(',')}`,
    `listeners=${listeners.join(',')},CONTROLLER://${host}:${port + 1}`,
    `advertised.listeners=${listeners.join(',')}`,
    `log.dirs=${data}`,
    ...(ports.length === 1 ? singleBrokerSettings : []),
    ...(security ? securitySettings(security) : []),
  ];
  return `${await readFile(commonSettings, 'utf8')}\n# What is this broker's own.\n${own.join('\n')}\n`;
}

/** Ready is a broker that the cluster counts in: it answers itself and names itself among those that serve. */
function isReady({ port, nodeId, security }: BrokerOptions): Promise<boolean> {
  return withAdmin(
    { bootstrapBrokers: [`${host}:${port}`], security, requestTimeoutMs: probeTimeoutMs, retries: 0 },
    async (admin) => {
      const metadata = await admin.metadata({ topics: [], forceUpdate: true });
      return metadata.brokers.has(nodeId);
    },
  );
}
