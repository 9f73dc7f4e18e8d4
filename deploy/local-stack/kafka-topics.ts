/** The topics of Mathmill on a running cluster, through the admin interface. */
import { setTimeout as sleep } from 'node:timers/promises';

import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';

import { StackError } from './stack-error.ts';

const busTopics = ['application.operation.request', 'application.operation.response'] as const;
const deadLetterTopic = 'application.operation.dead-letter';
const busPartitions = 60;
/** Nobody reads dead letters fast. */
const deadLetterPartitions = 6;

const pollMs = 50;
const leadersTimeoutMs = 30_000;

/** A broker that does not answer in this time is asked again. */
const defaultRequestTimeoutMs = 5_000;
const defaultRetries = 3;
const retryDelayMs = 250;

export interface AdminOptions {
  readonly bootstrapBrokers: readonly string[];
  readonly requestTimeoutMs?: number;
  readonly retries?: number;
}

export async function withAdmin<Result>(
  { bootstrapBrokers, requestTimeoutMs = defaultRequestTimeoutMs, retries = defaultRetries }: AdminOptions,
  use: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = new Admin({
    clientId: 'local-stack',
    bootstrapBrokers: [...bootstrapBrokers],
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

/** Makes those that are missing and waits until each partition has a leader. */
export async function createTopics(bootstrapBrokers: readonly string[]): Promise<void> {
  const replicas = Math.min(3, bootstrapBrokers.length);
  const configs = [{ name: 'min.insync.replicas', value: String(Math.min(2, replicas)) }];
  await withAdmin({ bootstrapBrokers }, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const bus = busTopics.filter((topic) => !existing.has(topic));
    if (bus.length > 0) await admin.createTopics({ topics: bus, partitions: busPartitions, replicas, configs });
    if (!existing.has(deadLetterTopic)) {
      await admin.createTopics({ topics: [deadLetterTopic], partitions: deadLetterPartitions, replicas, configs });
    }
    const deadline = performance.now() + leadersTimeoutMs;
    while (!(await haveLeaders(admin))) {
      if (performance.now() > deadline) throw new StackError('Some partitions of the new topics got no leader.');
      await sleep(pollMs);
    }
  });
}

async function haveLeaders(admin: Admin): Promise<boolean> {
  try {
    const metadata = await admin.metadata({ topics: [...busTopics, deadLetterTopic], forceUpdate: true });
    return [...metadata.topics.values()].every(({ partitions }) =>
      Object.values(partitions).every((partition) => partition.leader >= 0),
    );
  } catch {
    return false;
  }
}

/** Removes every message of the two topics of the bus. Committed offsets stay where they are. */
export async function truncateTopics(bootstrapBrokers: readonly string[]): Promise<void> {
  const partitions = Array.from({ length: busPartitions }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: ListOffsetTimestamps.LATEST,
  }));
  await withAdmin({ bootstrapBrokers }, async (admin) => {
    const ends = await admin.listOffsets({ topics: busTopics.map((name) => ({ name, partitions })) });
    await admin.deleteRecords({
      topics: ends.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => ({ partition: partitionIndex, offset })),
      })),
    });
  });
}
