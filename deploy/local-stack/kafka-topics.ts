/** The topics of Mathmill on a running cluster, through the admin interface. */
import { setTimeout as sleep } from 'node:timers/promises';

import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';

import {
  createSecurityOptions,
  createTopics as createTopicsOfBus,
  defaultKafkaNames,
  type SecurityOptions,
} from '../../src/bus/kafka/index.ts';
import type { BrokerSecurity } from './kafka-security.ts';
import { StackError } from './stack-error.ts';

const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;

const pollMs = 50;
const leadersTimeoutMs = 30_000;
/** A broker that does not answer in this time is asked again. */
const defaultRequestTimeoutMs = 5_000;
const defaultRetries = 3;
const retryDelayMs = 250;

export interface AdminOptions {
  readonly bootstrapBrokers: readonly string[];
  /** Connects as the administrator; without it, without TLS and login. */
  readonly security?: BrokerSecurity | undefined;
  readonly requestTimeoutMs?: number;
  readonly retries?: number;
}

export async function withAdmin<Result>(
  { bootstrapBrokers, security, requestTimeoutMs = defaultRequestTimeoutMs, retries = defaultRetries }: AdminOptions,
  use: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = new Admin({
    clientId: 'local-stack',
    bootstrapBrokers: [...bootstrapBrokers],
    ...adminSecurity(security),
    connectTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retries,
    retryDelay: retryDelayMs,
  });
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

function adminSecurity(security: BrokerSecurity | undefined): SecurityOptions {
  return security === undefined ? {} : createSecurityOptions(security.connect(security.users.admin));
}

/** Makes those that are missing and waits until each partition has a leader. */
export async function createTopics(access: AdminOptions): Promise<void> {
  const { bootstrapBrokers, security } = access;
  await createTopicsOfBus({ bootstrapBrokers, security: adminSecurity(security) });
  await withAdmin(access, async (admin) => {
    const deadline = performance.now() + leadersTimeoutMs;
    while (!(await haveLeaders(admin))) {
      if (performance.now() > deadline) throw new StackError('Some partitions of the new topics got no leader.');
      await sleep(pollMs);
    }
  });
}

async function haveLeaders(admin: Admin): Promise<boolean> {
  try {
    const topics = [requestTopic, responseTopic, deadLetterTopic];
    const metadata = await admin.metadata({ topics, forceUpdate: true });
    return [...metadata.topics.values()].every(({ partitions }) =>
      Object.values(partitions).every((partition) => partition.leader >= 0),
    );
  } catch {
    // Brokers that have not heard of a topic yet say so with an error.
    return false;
  }
}

/** Removes every message of the two topics of the bus. Committed offsets stay where they are. */
export async function truncateTopics(access: AdminOptions): Promise<void> {
  await withAdmin(access, async (admin) => {
    const { topics } = await admin.metadata({ topics: [requestTopic, responseTopic] });
    const ends = await admin.listOffsets({
      topics: [...topics].map(([name, { partitionsCount }]) => ({
        name,
        partitions: Array.from({ length: partitionsCount }, (_, partitionIndex) => ({
          partitionIndex,
          timestamp: ListOffsetTimestamps.LATEST,
        })),
      })),
    });
    await admin.deleteRecords({
      topics: ends.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => ({ partition: partitionIndex, offset })),
      })),
    });
  });
}
