/** Hands on the messages of a cluster from outside: sends them again, sends unreadable ones, counts dead letters. */
import { randomBytes } from 'node:crypto';
import { Consumer, MessagesStreamModes, ProduceAcks, Producer } from '@platformatic/kafka';
import { withAdmin } from '../../deploy/local-stack/kafka-topics.ts';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import { writeRequest, writeResponse } from '../../src/bus/kafka/wire-format.ts';

const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;
const copyHeader = Buffer.from('copy');

function createProducer(bootstrap: string): Producer {
  return new Producer({ clientId: 'test-producer', bootstrapBrokers: bootstrap.split(',') });
}

export interface Duplicator {
  /** Resolves with how many messages were sent once more. */
  stop(): Promise<number>;
}

/** Sends each message of both topics once more, to any partition. */
export async function startDuplicator(bootstrap: string): Promise<Duplicator> {
  const producer = createProducer(bootstrap);
  const consumer = new Consumer({
    clientId: 'test-duplicator',
    groupId: `test-duplicator-${process.pid}`,
    bootstrapBrokers: bootstrap.split(','),
    autocommit: false,
  });
  const stream = await consumer.consume({
    topics: [requestTopic, responseTopic],
    mode: MessagesStreamModes.LATEST,
    maxWaitTime: 100,
    minBytes: 1,
  });
  let copies = 0;
  const copying = (async () => {
    for await (const { topic, value, headers } of stream) {
      if (headers.has(copyHeader) || [...headers.keys()].some((key) => key.equals(copyHeader))) continue;
      copies += 1;
      const copy = { topic, value, headers: new Map([...headers, [copyHeader, copyHeader]]) };
      await producer.send({ messages: [copy], acks: ProduceAcks.ALL });
    }
  })();
  return {
    async stop() {
      await consumer.close(true);
      await copying;
      await producer.close();
      return copies;
    },
  };
}

const poisonRounds = 10;
const range = { jobId: 'no-such-job', firstLine: 1, count: 2 };

function createRequest(jobId: string): Buffer {
  const settings = { mode: 'decimal', precision: 34, faults: [], attempt: 1, costMax: 1_000 } as const;
  return writeRequest({ ...range, jobId, ...settings, text: Buffer.from('1 + 1\n2 + 2\n') }, undefined);
}

function createResponse(jobId: string): Buffer {
  const text = Buffer.from('2\n4\n');
  return writeResponse({
    ...range,
    jobId,
    outcomes: { succeeded: 2, failed: 0, cancelled: 0, cost: 4, engine: '3', text },
  });
}

/** Unreadable messages: garbage, nothing, half of a message, another version, a count that does not fit, no value at all. */
function createUnreadable(whole: Buffer): (Buffer | undefined)[] {
  const replaced = (from: string, to: string): Buffer => Buffer.from(whole.toString().replace(from, to));
  return [
    randomBytes(200),
    Buffer.alloc(0),
    whole.subarray(0, whole.length / 2),
    replaced('"version":1', '"version":2'),
    replaced('"count":2', '"count":3'),
    undefined,
  ];
}

/** The number of unreadable messages that `sendPoison` sends. */
export const unreadableCount = 2 * poisonRounds * createUnreadable(createRequest('')).length;

/** Unreadable messages, and readable ones about a job that is gone and about one that never was, on both topics. */
export async function sendPoison(bootstrap: string, goneJobId: string): Promise<void> {
  const producer = createProducer(bootstrap);
  for (let round = 0; round < poisonRounds; round += 1) {
    for (const [topic, create] of [
      [requestTopic, createRequest],
      [responseTopic, createResponse],
    ] as const) {
      const values = [...createUnreadable(create('no-such-job')), create('no-such-job'), create(goneJobId)];
      for (const value of values) {
        await producer.send({
          messages: [{ topic, ...(value === undefined ? {} : { value }) }],
          acks: ProduceAcks.ALL,
        });
      }
    }
  }
  await producer.close();
}

export function countDeadLetters(bootstrap: string): Promise<number> {
  return withAdmin({ bootstrapBrokers: bootstrap.split(',') }, async (admin) => {
    const metadata = await admin.metadata({ topics: [deadLetterTopic], forceUpdate: true });
    const partitions = metadata.topics.get(deadLetterTopic)?.partitionsCount ?? 0;
    const ends = await admin.listOffsets({
      topics: [
        {
          name: deadLetterTopic,
          partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n })),
        },
      ],
    });
    return ends.flatMap((topic) => topic.partitions).reduce((sum, partition) => sum + Number(partition.offset), 0);
  });
}
