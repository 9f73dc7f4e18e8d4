/**
 * A member of a consumer group that owns itself.
 *
 *           ┌───────────────────────────────────────────────┐
 *           ▼                                               │ pause, growing
 *   [consumer] ──▶ stream open, pumping ──▶ stream broken ──┤
 *           ▲                                               │ heartbeat stalled, or too many failures in a row
 *           └───────────── new consumer ◀───────────────────┘
 *
 * The client's stream dies with every broker it reads from, and a member whose re-join failed stays away forever without
 * saying so in its state. So a supervisor opens the stream again, on the same consumer where it can, since a new one
 * is a new member, and the group waits for the old one's session to end first.
 */
import { once } from 'node:events';
import { ListOffsetTimestamps, type ConsumerGroupJoinPayload } from '@platformatic/kafka';
import { pause, type Logger, type Time } from '../../engine/index.ts';
import { describeError } from './describe-error.ts';
import {
  createGroupConsumer,
  openGroupStream,
  type GroupClientOptions,
  type GroupStream,
  type KafkaMessage,
} from './group-client.ts';
import { assignedPartitions, type GroupConsumer } from './group-consumer.ts';
import { limitTime } from './limit.ts';
import { beginMembership, changeMembership, type Membership, type MembershipChange } from './membership.ts';
import { OffsetCommitter } from './offset-committer.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export interface SupervisedConsumerOptions extends GroupClientOptions {
  readonly topic: string;
}

export interface SupervisedConsumerDependencies {
  readonly logger: Logger;
  readonly time: Time;
  readonly tracker: OffsetTracker;
  /** There may be something to read. */
  readonly onReadable: () => void;
  readonly onRestart: () => void;
}

const openLimitMs = 30_000;
const dropLimitMs = 3_000;
const closeLimitMs = 5_000;
const abandonLimitMs = 3_000;
const rewindLimitMs = 10_000;
/** The end of a collection of metrics waits for it. */
const lagLimitMs = 2_000;
const firstRestartPauseMs = 200;
const longestRestartPauseMs = 3_000;
/** Failures in a row on one consumer before it is given up for a new one. */
const failuresMax = 5;
/** A stream that lived this long was well: failures before it count no more. */
const steadyMs = 30_000;
/** How long a member may be outside of its group before that is a fault worth reporting: a rebalance is not a fault. */
const absenceMaxMs = 10_000;
/** How long a broker may send nothing because of a quota: if that lets anything pass, it does within half a minute. */
const withheldMaxMs = 60_000;
/** Bytes per second with which the largest batch, 512 KiB, fits into the window of a quota, 11 s. */
const consumerByteRateMin = 48_000;

class HeartbeatStalled extends Error {
  override readonly name = 'HeartbeatStalled';
}

/** Not a failure: the stream must restart because partitions changed hands. */
class MembershipBroken extends Error {
  override readonly name = 'MembershipBroken';
}

export class SupervisedConsumer {
  readonly #dependencies: SupervisedConsumerDependencies;
  readonly #options: SupervisedConsumerOptions;
  readonly #committer: OffsetCommitter;
  readonly #stopping = new AbortController();
  #rotation: number;
  #consumer: GroupConsumer | undefined;
  #stream: GroupStream | undefined;
  #membership: Membership | undefined;
  #joinedAt = 0;
  /** When the stream that was opened last was, or undefined while none has been since the last failure. */
  #openedAt: number | undefined;
  #topicId: string | undefined;
  /** The group's offsets are those of a topic that is gone. */
  #mustRewind = false;
  #breakStream: (error: Error) => void = () => undefined;
  #absentSince: number | undefined;
  #lastError = 'it has not joined yet';
  #failures = 0;
  #loop: Promise<void> | undefined;
  #commits: Promise<void> | undefined;

  constructor(dependencies: SupervisedConsumerDependencies, options: SupervisedConsumerOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#rotation = options.rotation;
    const { logger, time, tracker } = dependencies;
    const member = () => this.#consumer && { consumer: this.#consumer, joinedAt: this.#joinedAt };
    this.#committer = new OffsetCommitter({ logger, time, tracker, member }, options);
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#absentSince = this.#dependencies.time.now();
    this.#loop = this.#supervise();
    this.#commits = this.#committer.run(this.#stopping.signal);
  }

  /** The partitions that are this member's now. */
  get partitions(): ReadonlySet<number> {
    return this.#membership?.partitions ?? new Set();
  }

  /** The next message of a partition that is this member's, or undefined: `onReadable` signals when to try again. */
  read(): KafkaMessage | undefined {
    for (;;) {
      const stream = this.#stream;
      if (stream === undefined || stream.destroyed || this.#mustRewind) return undefined;
      const message = stream.read() as KafkaMessage | null;
      if (message === null) return undefined;
      this.#failures = 0;
      if (this.partitions.has(message.partition)) return message;
    }
  }

  /** The fault of this member, or undefined. */
  findFault(): string | undefined {
    return this.#findAbsence() ?? this.#findWithholding();
  }

  /** A broker never sends a batch that exceeds the quota of its whole window, and nothing behind it. */
  #findWithholding(): string | undefined {
    const withheldMs = this.#consumer?.withheldMs ?? 0;
    if (withheldMs < withheldMaxMs) return undefined;
    const seconds = Math.round(withheldMs / 1000);
    const fault = `a broker has sent nothing to the group ${this.#options.groupId} for ${seconds} s because of a quota`;
    return `${fault}: raise consumer_byte_rate to ${consumerByteRateMin} or more`;
  }

  #findAbsence(): string | undefined {
    const { time } = this.#dependencies;
    if (this.#absentSince === undefined) return undefined;
    const absentMs = time.now() - this.#absentSince;
    if (absentMs < absenceMaxMs) return undefined;
    return `the consumer is not in the group ${this.#options.groupId} for ${Math.round(absentMs / 1000)} s: ${this.#lastError}`;
  }

  /**
   * Messages of this member's partitions that it has not committed yet. Undefined while it is in no group, or while the
   * brokers do not say.
   */
  async readLag(): Promise<number | undefined> {
    const consumer = this.#consumer;
    const partitions = [...this.partitions];
    if (consumer === undefined || this.#stream === undefined || !consumer.isActive()) return undefined;
    if (partitions.length === 0) return 0;
    const { topic } = this.#options;
    try {
      const asked = consumer.getLag({ topics: [topic], partitions: { [topic]: partitions } });
      const lags = (await limitTime(asked, lagLimitMs, 'asking for the last offsets')).get(topic) ?? [];
      // The client says with a negative number that it was not asked for a partition, or has no offset for it.
      return lags.reduce((sum, lag) => sum + (lag > 0n ? Number(lag) : 0), 0);
    } catch {
      return undefined;
    }
  }

  /** Reads no more; the partitions stay this member's, so that messages in flight can be finished and committed. */
  quiesce(): void {
    this.#stopping.abort();
  }

  /** Commits what is finished, leaves the group, and resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#commits;
    await this.#committer.commit();
    await this.#dropStream();
    await this.#closeConsumer(closeLimitMs);
    this.#membership = undefined;
  }

  async #supervise(): Promise<void> {
    const { time, onRestart } = this.#dependencies;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let failure: unknown;
      try {
        await this.#runStream();
      } catch (error) {
        failure = error;
      }
      if (signal.aborted) return;
      await this.#dropStream();
      onRestart();
      if (failure instanceof MembershipBroken) continue;
      this.#absentSince ??= time.now();
      if (time.now() - (this.#openedAt ?? time.now()) > steadyMs) this.#failures = 0;
      this.#openedAt = undefined;
      this.#lastError = describeError(failure);
      this.#failures += 1;
      this.#warn(failure, 'Kafka consumer disconnected; restarting');
      const mustBeNew = failure instanceof HeartbeatStalled || this.#failures % failuresMax === 0;
      if (mustBeNew) await this.#closeConsumer(abandonLimitMs);
      const pauseMs = firstRestartPauseMs * 2 ** Math.min(this.#failures - 1, 10);
      await pause(time, Math.min(pauseMs, longestRestartPauseMs), signal);
    }
  }

  /** Resolves when the supervisor is stopped; the stream is then still there, paused by not being read. */
  async #runStream(): Promise<void> {
    const { signal } = this.#stopping;
    const broken = Promise.withResolvers<never>();
    // A waiting caller sees the rejection below; without one, it must not end the process.
    broken.promise.catch(() => undefined);
    this.#breakStream = (error) => broken.reject(error);
    const stopped = Promise.withResolvers<void>();
    const onAbort = (): void => stopped.resolve();
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      await this.#openAndWait(stopped.promise, broken);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #openAndWait(stopped: Promise<void>, broken: PromiseWithResolvers<never>): Promise<void> {
    const consumer = (this.#consumer ??= this.#makeConsumer());
    const stream = await this.#openInTime(consumer, Promise.race([stopped, broken.promise]));
    if (stream === undefined) return;
    this.#stream = stream;
    stream.on('error', (error) => broken.reject(error));
    if (stream.destroyed) throw stream.errored ?? new Error('the stream failed immediately');
    if (this.#mustRewind) await this.#rewind(consumer);
    stream.on('close', () => broken.reject(new Error('the stream was closed')));
    stream.on('readable', () => this.#dependencies.onReadable());
    const { membership, change } = beginMembership(
      this.#membership,
      consumer.memberId ?? '',
      consumer.generationId,
      assignedPartitions(consumer, this.#options.topic),
    );
    this.#applyMembership(membership, change);
    this.#absentSince = undefined;
    this.#openedAt = this.#dependencies.time.now();
    this.#dependencies.onReadable();
    await Promise.race([stopped, broken.promise]);
  }

  #makeConsumer(): GroupConsumer {
    const consumer = createGroupConsumer({ ...this.#options, rotation: this.#rotation });
    this.#rotation += 1;
    const ifPresent = (act: () => void): void => {
      if (this.#consumer === consumer) act();
    };
    // A failed re-join: from here on the client does nothing more on its own.
    consumer.on('error', (error: Error) => ifPresent(() => this.#breakStream(error)));
    consumer.on('consumer:heartbeat:stalled', ({ stalledFor }) =>
      ifPresent(() => this.#breakStream(new HeartbeatStalled(`no response to a heartbeat for ${stalledFor} ms`))),
    );
    consumer.on('consumer:group:join', (payload) => ifPresent(() => this.#onJoin(payload)));
    consumer.on('client:metadata', ({ topics }) =>
      ifPresent(() => this.#onTopicId(topics.get(this.#options.topic)?.id)),
    );
    return consumer;
  }

  /** Undefined when it is no longer wanted. */
  async #openInTime(consumer: GroupConsumer, ended: Promise<void>): Promise<GroupStream | undefined> {
    let hasFailed = false;
    let isTaken = false;
    const opening = openGroupStream(consumer, this.#options.topic);
    opening.catch(() => {
      hasFailed = true;
    });
    try {
      const stream = await limitTime(Promise.race([opening, ended]), openLimitMs, 'joining the group');
      isTaken = stream !== undefined;
      return stream ?? undefined;
    } finally {
      // The client is still at it. A second stream on the same consumer would lose its topic when this one is dropped.
      if (!isTaken && !hasFailed) {
        opening.then(
          (late) => late.destroy(),
          () => undefined,
        );
        await this.#closeConsumer(abandonLimitMs);
      }
    }
  }

  #onJoin({ memberId, generationId = -1, assignments = [] }: ConsumerGroupJoinPayload): void {
    this.#joinedAt = this.#dependencies.time.now();
    // The join that opens a stream is taken up when the stream is there.
    if (this.#stream === undefined || this.#membership === undefined) return;
    const partitions = assignments.find(({ topic }) => topic === this.#options.topic)?.partitions ?? [];
    const { membership, change } = changeMembership(this.#membership, memberId, generationId, partitions);
    this.#applyMembership(membership, change);
    if (change === 'broken') this.#breakStream(new MembershipBroken('partitions changed hands'));
  }

  #applyMembership(membership: Membership, change: MembershipChange): void {
    const { tracker, logger } = this.#dependencies;
    const { groupId } = this.#options;
    this.#membership = membership;
    if (change === 'broken') tracker.clear();
    else tracker.keepOnly(membership.partitions);
    tracker.resume();
    logger.debug({ groupId, generation: membership.generation, partitions: membership.partitions.size }, 'joined');
  }

  /** A topic that was recreated begins at offset 0 again: what is known about offsets means nothing any more. */
  #onTopicId(id: string | undefined): void {
    if (id === undefined || id === this.#topicId) return;
    const isNew = this.#topicId !== undefined;
    this.#topicId = id;
    if (!isNew) return;
    this.#mustRewind = true;
    this.#dependencies.tracker.clear();
    this.#breakStream(new MembershipBroken('the topic was recreated'));
  }

  /**
   * Kafka forgets the group's offsets with the topic, but a commit that came after that counts for the new topic, and
   * would skip its first messages. So the first offset of each partition is committed, and reading begins from there.
   */
  async #rewind(consumer: GroupConsumer): Promise<never> {
    const { topic } = this.#options;
    const partitions = [...assignedPartitions(consumer, topic)];
    const earliest = await limitTime(
      consumer.listOffsets({
        topics: [topic],
        partitions: { [topic]: partitions },
        timestamp: ListOffsetTimestamps.EARLIEST,
      }),
      rewindLimitMs,
      'asking for the first offsets',
    );
    const offsets = partitions.map((partition) => ({
      topic,
      partition,
      offset: earliest.get(topic)?.[partition] ?? 0n,
      leaderEpoch: -1,
    }));
    if (offsets.length > 0) await limitTime(consumer.commit({ offsets }), rewindLimitMs, 'committing offsets');
    this.#mustRewind = false;
    throw new MembershipBroken('reading begins with the new topic');
  }

  /** The next stream joins the group again only when this one is known to be closed. */
  async #dropStream(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined || stream.closed) return;
    const closed = once(stream, 'close');
    stream.destroy();
    await limitTime(closed, dropLimitMs, 'closing a stream').catch((error: unknown) =>
      this.#warn(error, 'a stream does not close'),
    );
  }

  async #closeConsumer(limitMs: number): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer === undefined) return;
    await limitTime(consumer.close(true), limitMs, 'leaving the group').catch((error: unknown) =>
      this.#warn(error, 'could not leave the group gracefully'),
    );
  }

  #warn(error: unknown, message: string): void {
    this.#dependencies.logger.warn({ groupId: this.#options.groupId, reason: describeError(error) }, message);
  }
}
