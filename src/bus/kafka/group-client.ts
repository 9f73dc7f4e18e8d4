/** A consumer of a group, with every setting on which it would otherwise lose messages or keep too many of them. */
import {
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  type Message,
  type MessagesStream,
} from '@platformatic/kafka';
import { assignBlocks, blockProtocol } from './block-assigner.ts';
import { GroupConsumer } from './group-consumer.ts';
import { rotate } from './kafka-transport.ts';
import type { SecurityOptions } from './security/index.ts';

export type KafkaMessage = Message;
export type GroupStream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

export interface GroupClientOptions {
  readonly bootstrapBrokers: readonly string[];
  readonly clientId: string;
  readonly security: SecurityOptions;
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
/**
 * Above the 5 s that a broker may take for a commit, above `fetchWaitMs`, and above the time until a broker that hangs has
 * been replaced (`broker.session.timeout.ms`): a second request would go to it again.
 */
const requestTimeoutMs = 8_000;
const metadataMaxAgeMs = 5_000;
/** Inside the client: joins while a coordinator moves take a few of them. */
const retries = 30;
const retryDelayMs = 500;

/** How long a broker holds a fetch open for new messages. They end it immediately. */
const fetchWaitMs = 500;
/** Fetched and not yet taken: at most this many messages, and one answer of each broker beyond them, decompressed. */
const fetchedMessagesMax = 64;
const fetchBytesMax = 2 * 1024 * 1024;
const fetchPartitionBytesMax = 512 * 1024;

export function createGroupConsumer(options: GroupClientOptions): GroupConsumer {
  return new GroupConsumer({
    clientId: options.clientId,
    groupId: options.groupId,
    bootstrapBrokers: rotate(options.bootstrapBrokers, options.rotation),
    ...options.security,
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
 * out: `destroyed` and `errored` show it.
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
      // A stream on a consumer that was closed meanwhile fails before a promise could hand it on; an error that no caller
      // listens for would end the process.
      stream.on('error', () => undefined);
      resolve(stream);
    });
  });
}
