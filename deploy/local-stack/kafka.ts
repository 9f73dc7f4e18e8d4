/** One or three real Kafka brokers on this machine. */
import { randomBytes } from 'node:crypto';

import { allOf } from './all-of.ts';
import { findFreePorts } from './free-ports.ts';
import { installKafka, type KafkaInstallation } from './install-kafka.ts';
import { createKafkaBroker, defaultClusterId, host, portsPerBroker, type KafkaBroker } from './kafka-broker.ts';
import type { BrokerSecurity } from './kafka-security.ts';
import { createTopics, truncateTopics } from './kafka-topics.ts';

export interface KafkaOptions {
  /** Keeps data, settings and logs; a second start in the same folder finds the same messages. */
  readonly directory: string;
  readonly brokers: 1 | 3;
  /** One for each broker's clients; its controller takes the next one. Free ones when absent. */
  readonly ports?: readonly number[];
  readonly report?: (message: string) => void;
  /** Brokers demand TLS and a login; undefined: neither. */
  readonly security?: BrokerSecurity | undefined;
}

export interface Kafka {
  /** `host:port` of all brokers, with commas. */
  readonly bootstrap: string;
  readonly brokers: readonly KafkaBroker[];
  /** Makes the topics of Mathmill that are missing, and waits until each partition has a leader. */
  createTopics(): Promise<void>;
  /** Removes all messages from the topics of requests and responses. Committed offsets stay where they are. */
  truncateTopics(): Promise<void>;
  /** Resolves when all brokers take requests. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The fast end, for a test that throws the data away. */
  kill(): Promise<void>;
  /**
   * Kills all brokers and removes all that they store. The next start makes another cluster at the same addresses: with an id
   * of its own, and without topics, groups and offsets.
   */
  loseEverything(): Promise<void>;
}

/** An id is a UUID in base64 without padding. */
const clusterIdBytes = 16;

/** Brokers that run and die with this process. The topics are for the caller to make. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const ports = options.ports ?? (await findFreePorts(options.brokers, portsPerBroker(options.security)));
  const kafka = createKafka({ ...options, ports, isKept: false });
  try {
    await kafka.start();
  } catch (error) {
    await kafka.kill();
    throw error;
  }
  return kafka;
}

/** Brokers that do not run yet, or that an earlier process kept. */
export function createKafka(
  options: Omit<KafkaOptions, 'brokers'> & { readonly ports: readonly number[]; readonly isKept: boolean },
): Kafka {
  const { directory, ports, isKept, security, report = () => undefined } = options;
  let installation: Promise<KafkaInstallation> | undefined;
  let clusterId = defaultClusterId;
  const install = (): Promise<KafkaInstallation> => (installation ??= installTrainedKafka(report));
  const brokers = ports.map((port, index) =>
    createKafkaBroker({
      directory,
      isKept,
      ports,
      nodeId: index + 1,
      port,
      install,
      security,
      clusterId: () => clusterId,
    }),
  );
  const bootstrapBrokers = ports.map((port) => `${host}:${port}`);

  return {
    bootstrap: bootstrapBrokers.join(','),
    brokers,
    createTopics: () => createTopics({ bootstrapBrokers, security }),
    truncateTopics: () => truncateTopics({ bootstrapBrokers, security }),
    start: () => allOf(brokers, (broker) => broker.start()),
    stop: () => allOf(brokers, (broker) => broker.stop()),
    kill: () => allOf(brokers, (broker) => broker.kill()),
    async loseEverything() {
      await allOf(brokers, (broker) => broker.kill());
      await allOf(brokers, (broker) => broker.eraseData());
      clusterId = randomBytes(clusterIdBytes).toString('base64url');
    },
  };
}

export function installTrainedKafka(report: (message: string) => void): Promise<KafkaInstallation> {
  return installKafka(report, async (installation, directory) => {
    const ports = await findFreePorts(1, 2);
    const [port = 0] = ports;
    const install = async (): Promise<KafkaInstallation> => installation;
    const broker = createKafkaBroker({
      directory,
      isKept: false,
      ports,
      nodeId: 1,
      port,
      install,
      security: undefined,
    });
    await broker.start();
    await broker.stop();
  });
}
