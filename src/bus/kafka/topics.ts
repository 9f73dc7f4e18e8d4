/** The topics of an installation: created once, when the cluster is set up. */
import { Admin, ConfigResourceTypes, findErrorBy } from '@platformatic/kafka';
import { pause, systemTime } from '../../engine/index.ts';
import { limitTime } from './limit.ts';
import { defaultKafkaNames, type KafkaNames } from './names.ts';
import type { SecurityOptions } from './security/index.ts';

/** How brokers are reached. */
export interface BrokerAccess {
  readonly bootstrapBrokers: readonly string[];
  /** Default: neither TLS nor a login. */
  readonly security?: SecurityOptions;
}

export interface CreateTopicsOptions extends BrokerAccess {
  readonly names?: KafkaNames;
  /** Of the two topics of the bus. Default 60: divisible among 2, 3, 4, 5, 6, 10 or 12 consumers. */
  readonly partitions?: number;
  /** Default: as many as there are brokers, at most 3. */
  readonly replicas?: number;
}

export const partitionsDefault = 60;
/** Dead letters are read by people, who need time. */
export const deadLetterPartitions = 6;
const replicasMax = 3;
/** The outcomes of one chunk may take 10 MiB, before compression. */
export const messageBytesMax = 16 * 1024 * 1024;
/** Everything on the bus can be sent again from the store, so it is kept for as long as all consumers may be down. */
export const retentionMs = 24 * 60 * 60 * 1000;
/** Somebody has to look at them. */
export const deadLetterRetentionMs = 7 * 24 * 60 * 60 * 1000;
const leaderPollMs = 50;
const limitMs = 30_000;

/** Makes the topics that are missing and leaves the others as they are; which ones it made. */
export async function createTopics(options: CreateTopicsOptions): Promise<readonly string[]> {
  const names = options.names ?? defaultKafkaNames;
  return await withAdmin(options, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const { brokers } = await admin.metadata({ topics: [] });
    const replicas = options.replicas ?? Math.min(replicasMax, brokers.size);
    const wanted = [
      { topic: names.requestTopic, partitions: options.partitions ?? partitionsDefault, retention: retentionMs },
      { topic: names.responseTopic, partitions: options.partitions ?? partitionsDefault, retention: retentionMs },
      { topic: names.deadLetterTopic, partitions: deadLetterPartitions, retention: deadLetterRetentionMs },
    ];
    const made: string[] = [];
    for (const { topic, partitions, retention } of wanted) {
      if (existing.has(topic)) continue;
      if (await createTopic(admin, topic, partitions, replicas, retention)) made.push(topic);
      await waitForLeaders(admin, topic);
    }
    return made;
  });
}

async function createTopic(
  admin: Admin,
  topic: string,
  partitions: number,
  replicas: number,
  retention: number,
): Promise<boolean> {
  const configs = [
    // With three replicas one may be down; with fewer none can be spared or none is needed.
    { name: 'min.insync.replicas', value: String(replicas >= 3 ? 2 : 1) },
    { name: 'max.message.bytes', value: String(messageBytesMax) },
    { name: 'retention.ms', value: String(retention) },
  ];
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas, configs });
    return true;
  } catch (error) {
    // Another one that sets the same cluster up was faster.
    if (error instanceof Error && findErrorBy(error, 'apiId', 'TOPIC_ALREADY_EXISTS') !== null) return false;
    throw error;
  }
}

/** A new topic can be used when the brokers have heard of it and each partition has a leader. Bounded by `limitMs`. */
async function waitForLeaders(admin: Admin, topic: string): Promise<void> {
  while (!admin.closed && !(await hasLeaders(admin, topic))) await pause(systemTime, leaderPollMs);
}

async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
    return topics.get(topic)?.partitions.every(({ leader }) => leader >= 0) === true;
  } catch {
    return false;
  }
}

/** The topics that reject messages of the size that the bus may need. */
export async function findNarrowTopics(brokers: BrokerAccess, topics: readonly string[]): Promise<readonly string[]> {
  return await withAdmin(brokers, async (admin) => {
    const described = await admin.describeConfigs({
      resources: topics.map((resourceName) => ({
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName,
        configurationKeys: ['max.message.bytes'],
      })),
    });
    return described
      .filter(({ configs }) => configs.some(({ value }) => Number(value) < messageBytesMax))
      .map(({ resourceName }) => resourceName);
  });
}

async function withAdmin<Result>(
  { bootstrapBrokers, security = {} }: BrokerAccess,
  use: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = new Admin({
    clientId: 'mathmill-topics',
    bootstrapBrokers: [...bootstrapBrokers],
    ...security,
    connectTimeout: 2_000,
    requestTimeout: 8_000,
    retries: 5,
    retryDelay: 500,
  });
  try {
    return await limitTime(use(admin), limitMs, 'a request to the Kafka cluster');
  } finally {
    await admin.close();
  }
}
