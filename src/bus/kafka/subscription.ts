/** A subscription: a supervised consumer, its messages in flight, and what happens to each. */
import { RateLimitedLog, type Logger, type Subscription, type Time } from '../../engine/index.ts';
import { Delivery, type Task } from './delivery.ts';
import { describeError } from './describe-error.ts';
import { limitTime } from './limit.ts';
import { traceHandling } from './message-traces.ts';
import { OffsetTracker, type InFlightMessage } from './offset-tracker.ts';
import type { Statistics } from './statistics.ts';
import type { KafkaMessage } from './group-client.ts';
import { SupervisedConsumer, type SupervisedConsumerOptions } from './supervised-consumer.ts';
import type { DecodeError } from './wire-format.ts';

/** Called for a message that was handled; if `isRejected`, without success: it is handled again. */
export type HandlingObserver = (topic: string, seconds: number, isRejected: boolean) => void;

export interface KafkaSubscriptionDependencies<Content> {
  readonly logger: Logger;
  readonly time: Time;
  readonly statistics: Statistics;
  readonly read: (value: Uint8Array | null | undefined) => Content | DecodeError;
  /** Resolves when the message is dealt with for good. */
  readonly handle: (content: Content) => Promise<void>;
  readonly onHandled: HandlingObserver | undefined;
  /** Resolves when the message has been sent to the dead-letter topic. */
  readonly setAside: (message: KafkaMessage, error: DecodeError) => Promise<void>;
}

export interface KafkaSubscriptionOptions extends SupervisedConsumerOptions {
  readonly concurrency: number;
}

/** Time that handlers have at a stop, in milliseconds; unfinished messages are handled by another consumer. */
const drainLimitMs = 20_000;

/** The decoded content of a message. */
export interface ReadContent {
  readonly kind: 'read';
  /** No work: it is handled as others are, and neither counted nor timed. */
  readonly isReport?: boolean;
}

export class KafkaSubscription<Content extends ReadContent> implements Subscription {
  readonly #dependencies: KafkaSubscriptionDependencies<Content>;
  readonly #options: KafkaSubscriptionOptions;
  readonly #tracker = new OffsetTracker();
  readonly #delivery: Delivery;
  readonly #consumer: SupervisedConsumer;
  readonly #rejections: RateLimitedLog;
  #stopped: Promise<void> | undefined;

  constructor(dependencies: KafkaSubscriptionDependencies<Content>, options: KafkaSubscriptionOptions) {
    const { logger, time, statistics } = dependencies;
    this.#dependencies = dependencies;
    this.#options = options;
    this.#rejections = new RateLimitedLog(time, (count, fields) =>
      logger.warn({ topic: options.topic, count, ...fields }, 'messages could not be handled; retrying'),
    );
    const onRoom = (): void => this.#pump();
    const onRejected = (error: unknown, inFlight: InFlightMessage, failures: number): void => {
      statistics.count(options.topic, 'handlerFailures');
      this.#rejections.note({ err: error, partition: inFlight.partition, offset: String(inFlight.offset), failures });
    };
    this.#delivery = new Delivery({ time, onRoom, onRejected }, options.concurrency);
    this.#consumer = new SupervisedConsumer(
      {
        logger,
        time,
        tracker: this.#tracker,
        onReadable: onRoom,
        onRestart: () => statistics.countRestart(),
      },
      options,
    );
  }

  start(): void {
    this.#consumer.start();
  }

  /** The partitions that are read here now. */
  get partitions(): ReadonlySet<number> {
    return this.#consumer.partitions;
  }

  /** See `SupervisedConsumer.readLag`. */
  readLag(): Promise<number | undefined> {
    return this.#consumer.readLag();
  }

  get topic(): string {
    return this.#options.topic;
  }

  findFault(): string | undefined {
    return this.#consumer.findFault();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#consumer.quiesce();
    await limitTime(this.#delivery.stop(), drainLimitMs, 'finishing the messages in flight').catch((error: unknown) =>
      this.#dependencies.logger.warn(
        { reason: describeError(error) },
        'messages in flight are left to other consumers',
      ),
    );
    await this.#consumer.stop();
    this.#rejections.flush();
  }

  #pump(): void {
    while (this.#delivery.findRoom()) {
      const message = this.#consumer.read();
      if (message === undefined) return;
      const inFlight = this.#tracker.admit(message.partition, message.offset, message.leaderEpoch);
      if (inFlight !== undefined) this.#delivery.take(this.#toTask(message, inFlight));
    }
  }

  #toTask(message: KafkaMessage, inFlight: InFlightMessage): Task {
    const { statistics, read, handle, setAside } = this.#dependencies;
    // The client types a value as always there; a tombstone has none.
    const value = message.value as Buffer | undefined;
    const bytes = value?.length ?? 0;
    const content = read(value);
    if (content.kind === 'read' && content.isReport === true) {
      return { inFlight, bytes, needsSlot: true, run: () => handle(content) };
    }
    statistics.count(this.#options.topic, 'received');
    if (content.kind === 'refused') {
      const run = (): Promise<void> => setAside(message, content);
      return { inFlight, bytes, needsSlot: false, run };
    }
    const run = (): Promise<void> => traceHandling(message, this.#options.groupId, () => this.#handleTimed(content));
    return { inFlight, bytes, needsSlot: true, run };
  }

  async #handleTimed(content: Content): Promise<void> {
    const { handle, onHandled } = this.#dependencies;
    const startedAt = performance.now();
    let isRejected = true;
    try {
      await handle(content);
      isRejected = false;
    } finally {
      onHandled?.(this.#options.topic, (performance.now() - startedAt) / 1_000, isRejected);
    }
  }
}
