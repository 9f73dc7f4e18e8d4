/**
 * Which messages of a topic's partitions are in flight, and up to where each partition is finished. Pure.
 *
 *         floor     committed     watermark                next
 *   ────────┼──── finished ┼ finished ┼──── some finished ────┼──── not seen ────▶ offsets
 *
 * watermark: the first offset that is not finished. next: one past the highest one seen. floor: what was committed when
 * reading last began, or the first offset seen. A partition's offsets come in rising order; reading restarts, at the
 * committed offset, with a new stream and with every rebalance. So an offset from floor to next has been seen and is
 * in flight or finished here, and one below the floor means that the group's offset was set back.
 */

export interface CommitPosition {
  readonly partition: number;
  /** The offset to commit: the first one that is not finished. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

/** One message in flight. */
export class InFlightMessage {
  readonly partition: number;
  readonly offset: bigint;
  readonly leaderEpoch: number;
  #tracker: PartitionTracker | undefined;

  constructor(tracker: PartitionTracker, partition: number, offset: bigint, leaderEpoch: number) {
    this.#tracker = tracker;
    this.partition = partition;
    this.offset = offset;
    this.leaderEpoch = leaderEpoch;
  }

  /** False: the partition was given up or restarted, so that the message will be delivered again, here or elsewhere. */
  get isCurrent(): boolean {
    return this.#tracker?.holds(this) === true;
  }

  finish(): void {
    this.#tracker?.finish(this);
    this.#tracker = undefined;
  }
}

class PartitionTracker {
  readonly #partition: number;
  /** In rising order of offset, as they were admitted. */
  readonly #inFlight = new Map<bigint, InFlightMessage>();
  #floor: bigint;
  #next: bigint;
  #leaderEpoch = -1;
  /** Undefined until the group has an offset for the partition: then the first one is committed, even if unfinished. */
  #committed: bigint | undefined;

  constructor(partition: number, offset: bigint) {
    this.#partition = partition;
    this.#floor = offset;
    this.#next = offset;
  }

  admit(offset: bigint, leaderEpoch: number): InFlightMessage | undefined {
    if (offset < this.#floor) this.#beginAt(offset);
    if (offset < this.#next) return undefined;
    const inFlight = new InFlightMessage(this, this.#partition, offset, leaderEpoch);
    this.#inFlight.set(offset, inFlight);
    this.#next = offset + 1n;
    this.#leaderEpoch = leaderEpoch;
    return inFlight;
  }

  #beginAt(offset: bigint): void {
    this.#inFlight.clear();
    this.#floor = offset;
    this.#next = offset;
    this.#committed = undefined;
  }

  holds(inFlight: InFlightMessage): boolean {
    return this.#inFlight.get(inFlight.offset) === inFlight;
  }

  finish(inFlight: InFlightMessage): void {
    if (this.holds(inFlight)) this.#inFlight.delete(inFlight.offset);
  }

  get position(): CommitPosition | undefined {
    const first = this.#inFlight.values().next().value;
    const offset = first?.offset ?? this.#next;
    if (this.#committed !== undefined && offset <= this.#committed) return undefined;
    return { partition: this.#partition, offset, leaderEpoch: first?.leaderEpoch ?? this.#leaderEpoch };
  }

  resume(): void {
    this.#floor = this.#committed ?? this.#floor;
  }

  release(): void {
    this.#inFlight.clear();
  }

  confirm(offset: bigint): void {
    // A tracker that restarted meanwhile must not take up a position of its past.
    if (offset >= this.#floor && offset <= this.#next) this.#committed = offset;
  }
}

export class OffsetTracker {
  readonly #partitions = new Map<number, PartitionTracker>();

  /** The message in flight, if it is to be handled; undefined for one that is in flight or finished already. */
  admit(partition: number, offset: bigint, leaderEpoch: number): InFlightMessage | undefined {
    let tracker = this.#partitions.get(partition);
    if (tracker === undefined) {
      tracker = new PartitionTracker(partition, offset);
      this.#partitions.set(partition, tracker);
    }
    return tracker.admit(offset, leaderEpoch);
  }

  /** The offset to commit: never above a message that is not finished. */
  positions(): readonly CommitPosition[] {
    return Array.from(this.#partitions.values(), (tracker) => tracker.position).filter(
      (position) => position !== undefined,
    );
  }

  /** The positions have been committed. */
  confirm(positions: readonly CommitPosition[]): void {
    for (const { partition, offset } of positions) this.#partitions.get(partition)?.confirm(offset);
  }

  /** Reading restarts at the committed offsets, or above. */
  resume(): void {
    for (const tracker of this.#partitions.values()) tracker.resume();
  }

  /** Forgets the partitions that belong to others now: their messages in flight are no longer ours to finish. */
  keepOnly(partitions: ReadonlySet<number>): void {
    for (const partition of this.#partitions.keys()) {
      if (!partitions.has(partition)) this.#forget(partition);
    }
  }

  clear(): void {
    for (const partition of this.#partitions.keys()) this.#forget(partition);
  }

  #forget(partition: number): void {
    this.#partitions.get(partition)?.release();
    this.#partitions.delete(partition);
  }
}
