/**
 * The only place that calls `producer.send`. What the client leaves to its callers is decided here:
 *
 * - acks ALL is said with every send: the client ignores it in the constructor, and its default (the leader alone) loses
 *   acknowledged messages when that leader dies.
 * - Not idempotent: after a rejected send the client would use sequence numbers again that other sends may still carry,
 *   and a broker would acknowledge those without writing them. Repeated messages are allowed here, lost ones are not.
 * - Few retries inside the client: the batching producer assigns each failed message again, possibly to another partition.
 * - The client requests metadata from the first bootstrap broker before all others, and never leaves a broker that is connected but
 *   does not respond. So a time-out puts a new producer with a rotated list in the place of the old one.
 */
import { findErrorBy, ProduceAcks, Producer, type ClusterMetadata } from '@platformatic/kafka';
import type { Logger, Time } from '../../engine/index.ts';
import { describeError } from './describe-error.ts';
import { limitTime, TimeLimitExceeded } from './limit.ts';
import type { SecurityOptions } from './security/index.ts';
import { SendFailure, type OutgoingMessage, type Transport } from './transport.ts';

export interface KafkaTransportOptions {
  readonly bootstrapBrokers: readonly string[];
  readonly clientId: string;
  readonly security: SecurityOptions;
  /** Which bootstrap broker comes first: different ones in different processes. */
  readonly rotation: number;
}

export interface KafkaTransportDependencies {
  readonly logger: Logger;
  readonly time: Time;
}

const connectTimeoutMs = 2_000;
/** How long a broker waits for the other replicas. Below the request's limit, so that its own answer arrives. */
const brokerTimeoutMs = 3_000;
const requestTimeoutMs = 4_000;
const metadataMaxAgeMs = 5_000;
const retries = 1;
const retryDelayMs = 250;
/** A send takes at most two requests and two metadata requests, by the limits above; beyond this the client has lost it. */
const sendLimitMs = 20_000;
/** Not more often than this is the producer replaced: many sends time out together. */
const replacementPauseMs = 2_000;
const closeLimitMs = 5_000;

type BufferProducer = Producer<Buffer, Buffer, string, string>;

interface Client {
  readonly producer: BufferProducer;
  sends: number;
  isRetired: boolean;
}

export class KafkaTransport implements Transport {
  readonly #dependencies: KafkaTransportDependencies;
  readonly #options: KafkaTransportOptions;
  readonly #leaders = new Map<string, readonly number[]>();
  #client: Client;
  #rotation: number;
  #replacedAt = 0;
  #replacements = 0;
  /** All that are not closed. */
  readonly #clients = new Set<Client>();
  readonly #closings = new Set<Promise<void>>();

  constructor(dependencies: KafkaTransportDependencies, options: KafkaTransportOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#rotation = options.rotation;
    this.#client = this.#makeClient();
  }

  get replacements(): number {
    return this.#replacements;
  }

  leaders(topic: string): readonly number[] {
    return this.#leaders.get(topic) ?? [];
  }

  /** Queries a broker for each topic; rejects when none responds, or the broker names a topic that does not exist. */
  async probe(topics: readonly string[], limitMs: number): Promise<void> {
    try {
      await limitTime(this.#askFor(topics), limitMs, 'asking for metadata');
    } catch (error) {
      this.#replaceAfter(error);
      throw error;
    }
  }

  /** One by one, since the client names the wrong one of several. */
  async #askFor(topics: readonly string[]): Promise<void> {
    const { producer } = this.#client;
    for (const topic of topics) {
      await producer.metadata({ topics: [topic], forceUpdate: true }).catch((error: unknown) => {
        throw nameTopic(error, topic);
      });
    }
  }

  async send(topic: string, partition: number, messages: readonly OutgoingMessage[]): Promise<void> {
    const client = this.#client;
    client.sends += 1;
    try {
      await limitTime(sendToAll(client.producer, topic, partition, messages), sendLimitMs, 'a send');
    } catch (error) {
      const failure = toSendFailure(error);
      if (failure.code === 'unreachable') this.#replaceAfter(error);
      throw failure;
    } finally {
      client.sends -= 1;
      if (client.isRetired && client.sends === 0) this.#closeClient(client);
    }
  }

  /** Rejects what is in flight. */
  async close(): Promise<void> {
    for (const client of this.#clients) this.#closeClient(client);
    await Promise.all(this.#closings);
  }

  #makeClient(): Client {
    const brokers = rotate(this.#options.bootstrapBrokers, this.#rotation);
    const producer: BufferProducer = new Producer({
      clientId: this.#options.clientId,
      bootstrapBrokers: brokers,
      ...this.#options.security,
      serializers: {
        headerKey: (text?: string) => Buffer.from(text ?? ''),
        headerValue: (text?: string) => Buffer.from(text ?? ''),
      },
      idempotent: false,
      compression: 'zstd',
      autocreateTopics: false,
      connectTimeout: connectTimeoutMs,
      timeout: brokerTimeoutMs,
      requestTimeout: requestTimeoutMs,
      metadataMaxAge: metadataMaxAgeMs,
      retries,
      retryDelay: retryDelayMs,
    });
    producer.on('client:metadata', (metadata) => this.#learn(metadata));
    const client = { producer, sends: 0, isRetired: false };
    this.#clients.add(client);
    return client;
  }

  #learn(metadata: ClusterMetadata): void {
    for (const [topic, known] of metadata.topics) {
      if (known !== undefined)
        this.#leaders.set(
          topic,
          known.partitions.map(({ leader }) => leader),
        );
    }
  }

  #replaceAfter(error: unknown): void {
    const { time, logger } = this.#dependencies;
    const now = time.now();
    if (!isTimeout(error) || now - this.#replacedAt < replacementPauseMs) return;
    this.#replacedAt = now;
    this.#replacements += 1;
    this.#rotation += 1;
    const old = this.#client;
    this.#client = this.#makeClient();
    logger.warn({ err: error }, 'Kafka broker not responding; switching the producer to another broker');
    old.isRetired = true;
    if (old.sends === 0) this.#closeClient(old);
  }

  #closeClient(client: Client): void {
    if (!this.#clients.delete(client)) return;
    const closing: Promise<void> = limitTime(client.producer.close(), closeLimitMs, 'closing a producer')
      .catch((error: unknown) => this.#dependencies.logger.warn({ err: error }, 'a Kafka producer did not close'))
      .finally(() => this.#closings.delete(closing));
    this.#closings.add(closing);
  }
}

async function sendToAll(
  producer: BufferProducer,
  topic: string,
  partition: number,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  await producer.send({
    acks: ProduceAcks.ALL,
    // The client writes a message without a value as a tombstone, which its types do not say.
    messages: messages.map(({ value, headers }) => ({
      topic,
      partition,
      ...(value === null ? {} : { value }),
      headers: { ...headers },
    })),
  });
}

function toSendFailure(error: unknown): SendFailure {
  const cause = error instanceof Error ? error : new Error(String(error));
  const isTooLarge =
    findErrorBy(cause, 'apiId', 'MESSAGE_TOO_LARGE') !== null ||
    findErrorBy(cause, 'apiId', 'RECORD_LIST_TOO_LARGE') !== null;
  if (isTooLarge) {
    const message = 'the message is too large for the topic: raise its max.message.bytes';
    return new SendFailure('tooLarge', message, { cause });
  }
  const isUnreachable = isTimeout(cause) || findErrorBy(cause, 'code', 'PLT_KFK_NETWORK') !== null;
  return new SendFailure(isUnreachable ? 'unreachable' : 'refused', cause.message, { cause });
}

/** The client does not say of which topic a broker speaks. */
function nameTopic(error: unknown, topic: string): unknown {
  const isOfTopic = ['TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION'].some(
    (code) => error instanceof Error && findErrorBy(error, 'apiId', code) !== null,
  );
  return isOfTopic ? new Error(`topic ${topic}`, { cause: error }) : error;
}

function isTimeout(error: unknown): boolean {
  if (error instanceof TimeLimitExceeded) return true;
  if (!(error instanceof Error)) return false;
  return findErrorBy(error, 'code', 'PLT_KFK_TIMEOUT') !== null || /timed out/i.test(describeError(error));
}

export function rotate<Value>(values: readonly Value[], by: number): Value[] {
  const start = values.length === 0 ? 0 : by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
