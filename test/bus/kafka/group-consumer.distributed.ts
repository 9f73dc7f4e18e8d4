/** Differences of our consumer from the client's own, on a real broker. */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Admin, Producer, ProduceAcks } from '@platformatic/kafka';
import { createGroupConsumer, openGroupStream } from '../../../src/bus/kafka/group-client.ts';
import { GroupUnsettled, type GroupConsumer } from '../../../src/bus/kafka/group-consumer.ts';
import type { KafkaNames } from '../../../src/bus/kafka/index.ts';
import { createInstallation, startCluster, until, type Cluster } from './kafka-fixture.ts';
import { range } from './messages.ts';

const listOffsetsKey = 2;
const offsetFetchKey = 9;
/** Members that join one after the other until a commit meets the rebalance of one of them. */
const attemptsMax = 8;
/** Time after which the process ends although a part of the client is still at work. */
const exitAfterMs = 15_000;

let cluster: Cluster;
let names: KafkaNames;
let admin: Admin;
let producer: Producer;
let consumers: GroupConsumer[] = [];

interface Member {
  readonly consumer: GroupConsumer;
  /** The values read, in order. */
  readonly values: string[];
}

async function join(clientId: string): Promise<Member> {
  const { bootstrapBrokers } = cluster;
  const consumer = createGroupConsumer({
    bootstrapBrokers,
    security: {},
    clientId,
    rotation: 0,
    groupId: names.requestGroup,
  });
  consumers.push(consumer);
  const values: string[] = [];
  const stream = await openGroupStream(consumer, names.requestTopic);
  stream.on('data', (message) => values.push(message.value.toString()));
  return { consumer, values };
}

/** Commits until a commit meets a rebalance; false: the heartbeat between two commits met it first. */
async function commitUntilRebalance(consumer: GroupConsumer): Promise<boolean> {
  const { generationId } = consumer;
  const offsets = [{ topic: names.requestTopic, partition: 0, offset: 0n, leaderEpoch: -1 }];
  try {
    while (consumer.generationId === generationId) await consumer.commit({ offsets });
    return false;
  } catch (error) {
    assert.ok(error instanceof GroupUnsettled, String(error));
    return true;
  }
}

/** One message for each partition. */
async function send(value: string): Promise<void> {
  const messages = range(0, 5).map((partition) => ({
    topic: names.requestTopic,
    partition,
    value: Buffer.from(value),
  }));
  await producer.send({ acks: ProduceAcks.ALL, messages });
}

before(async () => {
  cluster = await startCluster(1);
  const bootstrapBrokers = [...cluster.bootstrapBrokers];
  admin = new Admin({ clientId: 'test', bootstrapBrokers });
  producer = new Producer({ clientId: 'test', bootstrapBrokers });
});
after(async () => {
  await producer.close();
  await admin.close();
  await cluster.stop();
  // Seen once, never found again: a consumer that was closed while its group changed went on asking for a broker that was
  // gone. The results are complete by now, and the other files must not wait for it.
  setTimeout(() => process.exit(), exitAfterMs).unref();
});
beforeEach(async () => {
  names = await createInstallation(cluster);
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close(true)));
  consumers = [];
});

describe('group consumer', () => {
  it('begins with the first message that a topic still has', async () => {
    await send('deleted');
    const partitions = range(0, 5).map((partition) => ({ partition, offset: 1n }));
    await admin.deleteRecords({ topics: [{ name: names.requestTopic, partitions }] });
    await send('kept');
    const { values } = await join('first');
    await until(() => values.length >= 6);
    assert.deepEqual(values, Array<string>(6).fill('kept'));
  });

  it('asks no leader where partitions begin before it reads: one of them may be dead', async () => {
    const asked: number[] = [];
    const onRequest = (event: unknown): void => {
      asked.push((event as { readonly apiKey: number }).apiKey);
    };
    const requests = channel('tracing:plt:kafka:connections:api:start');
    requests.subscribe(onRequest);
    try {
      const first = await join('first');
      const second = await join('second');
      await until(() => first.consumer.generationId === second.consumer.generationId);
      await send('x');
      await until(() => first.values.length + second.values.length >= 6);
      assert.ok(asked.filter((key) => key === offsetFetchKey).length >= 2, 'committed offsets were asked for');
      assert.equal(asked.filter((key) => key === listOffsetsKey).length, 0);
      await first.consumer.listOffsets({ topics: [names.requestTopic], partitions: { [names.requestTopic]: [0] } });
      assert.equal(asked.filter((key) => key === listOffsetsKey).length, 1);
    } finally {
      requests.unsubscribe(onRequest);
    }
  });

  it('begins no other rebalance when a commit meets one', async () => {
    const { consumer } = await join('first');
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const { generationId } = consumer;
      const joining = join(`other-${attempt}`);
      const hasMet = await commitUntilRebalance(consumer);
      const other = await joining;
      await until(() => consumer.generationId === other.consumer.generationId);
      if (!hasMet) continue;
      assert.equal(consumer.generationId, generationId + 1);
      return;
    }
    assert.fail('no commit met a rebalance');
  });
});
