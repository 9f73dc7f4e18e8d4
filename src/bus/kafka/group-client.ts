/** The client's consumer, with every setting on which it would otherwise lose messages or keep too many of them. */
import {
  Consumer,
  kGetBootstrapConnection,
  kGetConnection,
  ListOffsetTimestamps,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  NetworkError,
  type Broker,
  type Callback,
  type CallbackWithPromise,
  type Connection,
  type GroupOptions,
  type ListOffsetsOptions,
  type Message,
  type MessagesStream,
  type Offsets,
} from '@platformatic/kafka';
import { assignBlocks, blockProtocol } from './block-assigner.ts';
import { rotate } from './kafka-transport.ts';

export type KafkaMessage = Message;
export type GroupStream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

export interface GroupClientOptions {
  readonly bootstrapBrokers: readonly string[];
  readonly clientId: string;
  /** Which bootstrap broker comes first: different ones in different processes, and after each fault. */
  readonly rotation: number;
  readonly groupId: string;
}

/** A member that is not heard for this long has its partitions given to others. */
const sessionTimeoutMs = 10_000;
const heartbeatMs = 2_000;
const heartbeatStallMs = 15_000;
const rebalanceTimeoutMs = 15_000;
const connectTimeoutMs = 2_000;
const brokerTimeoutMs = 5_000;
/** Above the 5 s that a broker may take for a commit, and above `fetchWaitMs`. */
const requestTimeoutMs = 8_000;
const metadataMaxAgeMs = 5_000;
/** Inside the client: joins while a coordinator moves take a few of them. */
const retries = 30;
const retryDelayMs = 500;

/** How long a broker holds a fetch open for new messages. They end it at once. */
const fetchWaitMs = 500;
/** Fetched and not yet taken: at most this many messages, and one answer of each broker beyond them, decompressed. */
const fetchedMessagesMax = 64;
const fetchBytesMax = 2 * 1024 * 1024;
const fetchPartitionBytesMax = 512 * 1024;

/** A commit came while the group was changing: the member learns of it with its next heartbeat, and joins again. */
export class GroupUnsettled extends Error {
  override readonly name = 'GroupUnsettled';
}

/** The client's consumer, without what makes it slow or restless when brokers fail. */
export class GroupConsumer extends Consumer {
  #firstBroker = 0;
  #bootstrapConnection: Connection | undefined;

  /**
   * After each rebalance a stream asks where all partitions begin, for those that have no committed offset, and reads
   * nothing until every leader has answered; with one of them dead that takes over 15 s. It need not be asked: a fetch
   * from offset 0 of a log that begins later is answered with where it begins, and the stream goes on from there.
   */
  override listOffsets(options: ListOffsetsOptions, callback: CallbackWithPromise<Offsets>): void;
  override listOffsets(options: ListOffsetsOptions): Promise<Offsets>;
  override listOffsets(options: ListOffsetsOptions, callback?: CallbackWithPromise<Offsets>): Promise<Offsets> | void {
    if (callback === undefined) return super.listOffsets(options);
    const isOfStream = options.partitions === undefined && options.timestamp === ListOffsetTimestamps.EARLIEST;
    if (!isOfStream) return super.listOffsets(options, callback);
    const starts: Offsets = new Map(
      options.topics.map((topic) => {
        const count = Math.max(-1, ...assignedPartitions(this, topic)) + 1;
        return [topic, Array<bigint>(count).fill(0n)];
      }),
    );
    queueMicrotask(() => callback(null, starts));
  }

  /**
   * The client joins again, with no options, when a commit meets a rebalance. Its heartbeat does that anyhow, and a
   * leader that joins twice starts another rebalance, which the next commit meets.
   */
  override joinGroup(options: GroupOptions, callback: CallbackWithPromise<string>): void;
  override joinGroup(options?: GroupOptions): Promise<string>;
  override joinGroup(options: GroupOptions = {}, callback?: CallbackWithPromise<string>): Promise<string> | void {
    if (callback === undefined) return super.joinGroup(options);
    if (Object.keys(options).length > 0) return super.joinGroup(options, callback);
    queueMicrotask(() => callback(new GroupUnsettled('the group is being divided anew'), ''));
  }

  /**
   * A coordinator that hangs is put out of the cluster, and from then on is not in the metadata. The client takes that
   * for a fault of the metadata alone, and asks for the same coordinator until it is back; a network error makes it
   * look for the new one.
   */
  override [kGetConnection](broker: Broker | undefined, callback: Callback<Connection>): void {
    if (broker !== undefined) return super[kGetConnection](broker, callback);
    const error = new NetworkError('the broker has left the cluster', { canRetry: true });
    queueMicrotask(() => callback(error));
  }

  /**
   * For metadata and for its coordinator the client turns to the first broker of its list, also when that one hangs. So
   * it stays with one for as long as the connection lives, which ends with a request that is not answered in time.
   */
  override [kGetBootstrapConnection](callback: Callback<Connection>, attempt = 0): void {
    if (this.#bootstrapConnection?.isConnected() === false) {
      this.#bootstrapConnection = undefined;
      this.#firstBroker += 1;
    }
    const onConnection: Callback<Connection> = (error, connection) => {
      this.#bootstrapConnection = connection;
      callback(error, connection);
    };
    super[kGetBootstrapConnection](onConnection, this.#firstBroker + attempt);
  }
}

export function createGroupConsumer(options: GroupClientOptions): GroupConsumer {
  return new GroupConsumer({
    clientId: options.clientId,
    groupId: options.groupId,
    bootstrapBrokers: rotate(options.bootstrapBrokers, options.rotation),
    autocommit: false,
    // The classic protocol: with the newer one a member that was thrown out never comes back.
    groupProtocol: 'classic',
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    heartbeatStallTimeout: heartbeatStallMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    protocols: [blockProtocol],
    partitionAssigner: assignBlocks,
    connectTimeout: connectTimeoutMs,
    timeout: brokerTimeoutMs,
    requestTimeout: requestTimeoutMs,
    metadataMaxAge: metadataMaxAgeMs,
    retries,
    retryDelay: retryDelayMs,
  });
}

/**
 * Joins the group and reads a topic from the committed offsets on. The stream may have broken by the time it is handed
 * out: `destroyed` and `errored` tell.
 */
export function openGroupStream(consumer: GroupConsumer, topic: string): Promise<GroupStream> {
  const options = {
    topics: [topic],
    autocommit: false,
    mode: MessagesStreamModes.COMMITTED,
    // The client's default is the latest offset, which would skip what was sent before the first commit.
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    minBytes: 1,
    maxWaitTime: fetchWaitMs,
    maxBytes: fetchBytesMax,
    maxBytesPerPartition: fetchPartitionBytesMax,
    highWaterMark: fetchedMessagesMax,
  };
  return new Promise((resolve, reject) => {
    consumer.consume(options, (error, stream) => {
      if (stream === undefined) return reject(error ?? new Error('the client opened no stream'));
      // A stream on a consumer that was closed meanwhile fails before a promise could hand it on; an error that nobody
      // listens for would end the process.
      stream.on('error', () => undefined);
      resolve(stream);
    });
  });
}

/** The partitions of a topic that the group has given to this consumer. */
export function assignedPartitions(consumer: GroupConsumer, topic: string): readonly number[] {
  return consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? [];
}
