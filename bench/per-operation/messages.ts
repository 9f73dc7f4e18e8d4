/** Messages of the baseline: sent in batches that gather on their own, consumed concurrently. */
import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes, ProduceAcks, Producer } from '@platformatic/kafka';

/** As the producers of Kafka's own clients: concurrent requests, and about 16 KiB of such messages in each. */
const sendsMax = 5;
const messagesPerSend = 100;
/** How often offsets are committed. */
const commitMs = 500;
/** How long a broker holds a fetch open for new messages; they end it immediately. */
const fetchWaitMs = 500;

export interface Sender {
  /** Resolves when all replicas in sync have it. */
  send(message: object): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly value: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A batch goes to one partition, drawn at random: many small ones would cost the brokers more. */
export function createSender(bootstrapBrokers: string[], topic: string, partitions: number): Sender {
  const producer = new Producer({ clientId: 'per-operation', bootstrapBrokers });
  const waiting: Waiting[] = [];
  let sends = 0;
  let isPumpPlanned = false;

  function planPump(): void {
    if (isPumpPlanned) return;
    isPumpPlanned = true;
    setImmediate(() => {
      isPumpPlanned = false;
      while (sends < sendsMax && waiting.length > 0) void sendBatch(waiting.splice(0, messagesPerSend));
    });
  }

  async function sendBatch(batch: readonly Waiting[]): Promise<void> {
    sends += 1;
    try {
      const partition = Math.floor(Math.random() * partitions);
      await producer.send({
        messages: batch.map(({ value }) => ({ topic, partition, value })),
        acks: ProduceAcks.ALL,
      });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      sends -= 1;
      planPump();
    }
  }

  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        waiting.push({ value: Buffer.from(JSON.stringify(message)), resolve, reject });
        planPump();
      }),
    close: () => producer.close(),
  };
}

export interface Consumption {
  readonly bootstrapBrokers: string[];
  readonly topic: string;
  readonly groupId: string;
  /** Messages that `handle` processes concurrently. */
  readonly concurrency: number;
  readonly handle: (message: Buffer) => Promise<void>;
}

/** Resolves when the consumer is a member of its group. A failure after that ends the process. */
export async function consume({ bootstrapBrokers, topic, groupId, concurrency, handle }: Consumption): Promise<void> {
  const consumer = new Consumer({
    clientId: 'per-operation',
    groupId,
    bootstrapBrokers,
    autocommit: commitMs,
    maxWaitTime: fetchWaitMs,
    minBytes: 1,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
  });
  const running = new Set<Promise<void>>();
  async function handleAll(): Promise<void> {
    for await (const { value } of stream) {
      while (running.size >= concurrency) await Promise.race(running);
      const handling = handle(value).finally(() => running.delete(handling));
      running.add(handling);
    }
  }
  void handleAll();
}
