/**
 * The client's consumer, without what makes it slow or restless when a broker dies or hangs. What is overridden here are
 * the methods that the client itself calls (@platformatic/kafka 2.12); all else is as it comes.
 */
import {
  Consumer,
  kGetBootstrapConnection,
  kGetConnection,
  ListOffsetTimestamps,
  MultipleErrors,
  NetworkError,
  parseBroker,
  type Broker,
  type Callback,
  type CallbackWithPromise,
  type Connection,
  type ConsumerOptions,
  type FetchOptions,
  type GroupOptions,
  type ListOffsetsOptions,
  type Offsets,
} from '@platformatic/kafka';

/** A commit came while the group was changing: the member learns of it with its next heartbeat, and joins again. */
export class GroupUnsettled extends Error {
  override readonly name = 'GroupUnsettled';
}

type Fetch = FetchOptions<Buffer, Buffer, Buffer, Buffer>;
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

const defaultPort = 9092;
/** How long a broker whose connection failed is queried only after the others. */
const avoidMs = 60_000;

export class GroupConsumer extends Consumer {
  readonly #bootstrapBrokers: readonly Broker[];
  /** The connections over which brokers were last queried, and until when a broker is avoided; by address. */
  readonly #asked = new Map<string, Connection>();
  readonly #avoidedUntil = new Map<string, number>();
  /** Since when a broker has withheld what it has, because of a quota; by node id. */
  readonly #withheldSince = new Map<number, number>();

  constructor(options: ConsumerOptions<Buffer, Buffer, Buffer, Buffer>) {
    super(options);
    this.#bootstrapBrokers = options.bootstrapBrokers.map((broker) => parseBroker(broker, defaultPort));
    // Brokers of partitions that now belong to others are not asked any more.
    this.on('consumer:group:join', () => this.#withheldSince.clear());
  }

  /** How long a broker has sent nothing because of a quota, in milliseconds. */
  get withheldMs(): number {
    return Date.now() - Math.min(Date.now(), ...this.#withheldSince.values());
  }

  /** A broker with a quota responds with nothing, for as long as what it has would exceed the quota. */
  override fetch(options: Fetch, callback: CallbackWithPromise<FetchResponse>): void;
  override fetch(options: Fetch): Promise<FetchResponse>;
  override fetch(options: Fetch, callback?: CallbackWithPromise<FetchResponse>): Promise<FetchResponse> | void {
    if (callback === undefined) return super.fetch(options);
    super.fetch(options, (error, response) => {
      if (response !== undefined) this.#noteQuota(options.node, response);
      callback(error, response);
    });
  }

  #noteQuota(node: number, { throttleTimeMs, responses }: FetchResponse): void {
    const isWithheld = throttleTimeMs > 0 && responses.length === 0;
    if (!isWithheld) this.#withheldSince.delete(node);
    else if (!this.#withheldSince.has(node)) this.#withheldSince.set(node, Date.now());
  }

  /**
   * After each rebalance a stream queries where all partitions begin, for those that have no committed offset, and reads
   * nothing until every leader has responded; with one of them dead that takes over 15 s. The query is not needed: a fetch
   * from offset 0 of a log that begins later returns where it begins, and the stream continues from there.
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
    queueMicrotask(() => callback(new GroupUnsettled('the group is rebalancing'), ''));
  }

  /**
   * A coordinator that hangs is put out of the cluster, and from then on is not in the metadata. The client takes that
   * for a fault of the metadata alone, and looks up the same coordinator until it is back; a network error makes it
   * look for the new one.
   */
  override [kGetConnection](broker: Broker | undefined, callback: Callback<Connection>): void {
    if (broker !== undefined) return super[kGetConnection](broker, callback);
    const error = new NetworkError('the broker has left the cluster', { canRetry: true });
    queueMicrotask(() => callback(error));
  }

  /**
   * For metadata and for its coordinator the client turns to the first broker of its list each time, also when that one
   * takes connections and answers nothing. A connection ends with a request that is not answered in time, and its broker
   * is then asked last.
   */
  override [kGetBootstrapConnection](callback: Callback<Connection>): void {
    const brokers = this.#brokersInOrder();
    const errors: Error[] = [];
    const tryFrom = (index: number): void => {
      const broker = brokers[index];
      if (broker === undefined) return callback(new MultipleErrors('Cannot connect to any broker.', errors));
      this[kGetConnection](broker, (error, connection) => {
        if (connection === undefined) {
          if (error !== null) errors.push(error);
          return tryFrom(index + 1);
        }
        this.#asked.set(addressOf(broker), connection);
        callback(null, connection);
      });
    };
    tryFrom(0);
  }

  #brokersInOrder(): readonly Broker[] {
    const now = Date.now();
    for (const [address, connection] of this.#asked) {
      if (connection.isConnected()) continue;
      this.#asked.delete(address);
      this.#avoidedUntil.set(address, now + avoidMs);
    }
    const known = [...this.#bootstrapBrokers, ...(this.currentMetadata?.brokers.values() ?? [])];
    const brokers = Array.from(new Map(known.map((broker) => [addressOf(broker), broker])).values());
    const avoidedUntil = (broker: Broker): number => {
      const until = this.#avoidedUntil.get(addressOf(broker)) ?? 0;
      return until > now ? until : 0;
    };
    return brokers.toSorted((left, right) => avoidedUntil(left) - avoidedUntil(right));
  }
}

/** The partitions of a topic that the group has given to this consumer. */
export function assignedPartitions(consumer: GroupConsumer, topic: string): readonly number[] {
  return consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? [];
}

function addressOf({ host, port }: Broker): string {
  return `${host}:${port}`;
}
