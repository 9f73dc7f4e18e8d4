/**
 * Commits the offsets of what a member of a consumer group has finished: for the whole list of its partitions together,
 * and only while the group's coordinator hears the member. A process that was frozen would otherwise set back what
 * others have done since.
 */
import { pause, type Logger, type Time } from '../../engine/index.ts';
import { describeError } from './describe-error.ts';
import { assignedPartitions, GroupUnsettled, type GroupConsumer } from './group-consumer.ts';
import { limitTime } from './limit.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export interface OffsetCommitterDependencies {
  readonly logger: Logger;
  readonly time: Time;
  readonly tracker: OffsetTracker;
  /** The member as it is now, or undefined while there is none. */
  readonly member: () => { readonly consumer: GroupConsumer; readonly joinedAt: number } | undefined;
}

export interface OffsetCommitterOptions {
  readonly topic: string;
  readonly groupId: string;
}

const commitLimitMs = 10_000;
const commitEveryMs = 500;
/** After a failed commit: a coordinator that moves needs its time, and commits share a connection with the heartbeats. */
const commitPauseMs = 4_000;
/** A heartbeat older than this may mean that this process stood still. */
const heartbeatAgeMaxMs = 5_000;

export class OffsetCommitter {
  readonly #dependencies: OffsetCommitterDependencies;
  readonly #options: OffsetCommitterOptions;
  #pausedUntil = 0;

  constructor(dependencies: OffsetCommitterDependencies, options: OffsetCommitterOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
  }

  /** Commits again and again until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { time } = this.#dependencies;
    while (!signal.aborted) {
      await pause(time, commitEveryMs, signal);
      if (time.now() >= this.#pausedUntil) await this.commit();
    }
  }

  /** Commits what is finished. What could not be committed is delivered again, here or elsewhere. */
  async commit(): Promise<void> {
    const { logger, time } = this.#dependencies;
    try {
      await this.#commit();
    } catch (error) {
      if (error instanceof GroupUnsettled) return;
      this.#pausedUntil = time.now() + commitPauseMs;
      const { groupId } = this.#options;
      logger.warn(
        { groupId, reason: describeError(error) },
        'could not commit offsets; messages may be delivered again',
      );
    }
  }

  async #commit(): Promise<void> {
    const { tracker } = this.#dependencies;
    const { topic } = this.#options;
    const consumer = this.#findHeardConsumer();
    if (consumer === undefined) return;
    const mine = new Set(assignedPartitions(consumer, topic));
    const positions = tracker.positions().filter(({ partition }) => mine.has(partition));
    if (positions.length === 0) return;
    const offsets = positions.map((position) => ({ topic, ...position }));
    await limitTime(consumer.commit({ offsets }), commitLimitMs, 'committing offsets');
    tracker.confirm(positions);
  }

  #findHeardConsumer(): GroupConsumer | undefined {
    const member = this.#dependencies.member();
    if (member === undefined || !member.consumer.isActive()) return undefined;
    const heardAt = Math.max(member.joinedAt, member.consumer.lastHeartbeat?.getTime() ?? 0);
    return this.#dependencies.time.now() - heardAt <= heartbeatAgeMaxMs ? member.consumer : undefined;
  }
}
