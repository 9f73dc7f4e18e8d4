/**
 * BatchingProducer: sends the messages of one topic to the brokers, in batches.
 *
 *   send() ──▶ with a partition ────▶ its queue ─────┐
 *         └──▶ without ─────────────▶ an idle queue ─┴──▶ one request in flight per queue
 *
 * A request carries messages of one partition. When none is in flight and no more messages are expected, they are sent
 * immediately; otherwise they gather for the next request, briefly or until they are worth one. After a request failed or
 * stalled, its queue and the other queues of the same leader are unavailable for a while. Their messages go to other
 * partitions: a partition is a preference, and every consumer accepts every message. A dead broker therefore delays only
 * the messages that it has received.
 */
import { BusClosed, type Time, type Timer } from '../../engine/index.ts';
import { SendFailure, type OutgoingMessage, type Transport } from './transport.ts';

export interface BatchingProducerOptions {
  readonly topic: string;
  /** A message that no broker has accepted after this time is dropped, and its send rejects. */
  readonly deadlineMs: number;
}

export interface BatchingProducerDependencies {
  readonly transport: Transport;
  readonly time: Time;
  readonly onSent: (count: number) => void;
  readonly onFailure: (failure: SendFailure, partition: number) => void;
  /** Whether more messages are about to come. Default: that is not known, and none is waited for. */
  readonly isMoreExpected?: () => boolean;
}

/** A message with the partition that it prefers. */
export interface QueuedMessage extends OutgoingMessage {
  readonly partition?: number | undefined;
  /** Called each time the message is sent to a partition. */
  readonly onPlaced?: (partition: number) => void;
}

/** Messages and bytes of one send: above this a larger send is not cheaper, and a reader must hold it whole. */
const batchMessagesMax = 64;
const batchBytesMax = 512 * 1024;
/**
 * Concurrent requests with messages without a partition, while the brokers respond. One for each of three brokers: a request
 * costs them 2 to 3 ms of CPU time, whatever it contains, and the more there are, the less is in each.
 */
const freeSendsMax = 3;
/** Free messages are spread over no more requests than they fill with so many bytes each: small jobs share one. */
const spreadBytes = 8 * 1024;
/** The same for messages that prefer a partition. They go to few partitions at a time: the replies to what was sent together. */
const partitionSendsMax = 2;
/**
 * Messages with fewer bytes than this wait for the end of the request in flight, but no longer than `gatherMs`; without one,
 * for messages that are expected, but no longer than `lingerMs`.
 */
const gatherBytes = 64 * 1024;
const gatherMs = 20;
const lingerMs = 10;
/** A request that takes longer than this counts as stalled: other messages no longer wait for it. */
const stalledMs = 1_000;
/** How long a queue, and the queues of its leader, are not used after a failure. */
const unavailableMs = 1_000;
/** Without its integer part. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;
/** Interval at which waiting messages are checked for stalled requests and deadlines. */
const sweepMs = 250;
/** Bytes that may wait or be in flight: more only makes the senders' memory larger. A single larger call may pass alone. */
const waitingBytesMax = 32 * 1024 * 1024;
/** Bytes that a message takes in addition to its value: headers and the frame of the record. */
const overheadBytes = 256;

interface Entry {
  readonly message: QueuedMessage;
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  isSettled: boolean;
  /** Sent in a request of its own, because a request with others was too large. */
  isAlone: boolean;
}

interface PartitionQueue {
  readonly partition: number;
  waiting: Entry[];
  /** Start of the request in flight; undefined: none. */
  sentAt: number | undefined;
  unavailableUntil: number;
}

interface RoomWaiter {
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class BatchingProducer {
  readonly #dependencies: BatchingProducerDependencies;
  readonly #options: BatchingProducerOptions;
  readonly #queues: PartitionQueue[] = [];
  readonly #unavailableLeaders = new Map<number, number>();
  /** In the order of their deadlines. */
  readonly #outstanding = new Set<Entry>();
  #free: Entry[] = [];
  #roomWaiters: RoomWaiter[] = [];
  #waitingBytes = 0;
  /** The partitions in the order in which free messages go to them, and which had its turn last. */
  #order: readonly number[] = [];
  #turn = 0;
  #nextPartition = 0;
  #isPumpPlanned = false;
  /** Ends the waiting of messages that gather for the next request. */
  #gathering: Timer | undefined;
  #sweep: Timer | undefined;
  #isClosed = false;
  #lastFailure: SendFailure | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(dependencies: BatchingProducerDependencies, options: BatchingProducerOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
  }

  get outstandingCount(): number {
    return this.#outstanding.size;
  }

  /**
   * Resolves when the brokers have all of them. `build` makes the messages when there is room for them, `bytes` is
   * about what their values take. Rejects with the last failure at the deadline, with `BusClosed` after `close`.
   */
  async send(bytes: number, build: () => readonly QueuedMessage[]): Promise<void> {
    if (this.#isClosed) throw new BusClosed();
    const deadline = this.#dependencies.time.now() + this.#options.deadlineMs;
    if (!this.#hasRoom(bytes) || this.#roomWaiters.length > 0) await this.#waitForRoom(bytes, deadline);
    else this.#waitingBytes += bytes;
    const sendings = this.#enqueueAll(build, bytes, deadline);
    this.#planPump();
    // All are settled before the caller continues, so that it knows which failed.
    const results = await Promise.allSettled(sendings);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Takes no more messages, waits at most `drainMs` for those in flight, drops the rest. */
  async close(drainMs: number): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#roomWaiters.splice(0)) waiter.reject(new BusClosed());
    if (this.#outstanding.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs);
        this.#onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const entry of Array.from(this.#outstanding)) this.#settle(entry, new BusClosed());
    this.#sweep?.cancel();
    this.#gathering?.cancel();
  }

  #hasRoom(bytes: number): boolean {
    return this.#waitingBytes === 0 || this.#waitingBytes + bytes <= waitingBytesMax;
  }

  #waitForRoom(bytes: number, deadline: number): Promise<void> {
    this.#planSweep();
    return new Promise((resolve, reject) => this.#roomWaiters.push({ bytes, deadline, resolve, reject }));
  }

  /** Puts the real size of the messages in the place of the `reserved` bytes. */
  #enqueueAll(build: () => readonly QueuedMessage[], reserved: number, deadline: number): Promise<void>[] {
    try {
      if (this.#isClosed) throw new BusClosed();
      return build().map((message) => this.#enqueue(message, deadline));
    } finally {
      this.#waitingBytes -= reserved;
      this.#admitWaiters();
    }
  }

  #admitWaiters(): void {
    while (this.#roomWaiters[0] !== undefined && this.#hasRoom(this.#roomWaiters[0].bytes)) {
      const waiter = this.#roomWaiters.shift();
      this.#waitingBytes += waiter?.bytes ?? 0;
      waiter?.resolve();
    }
  }

  #enqueue(message: QueuedMessage, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = (message.value?.length ?? 0) + overheadBytes;
      const entry: Entry = { message, bytes, deadline, resolve, reject, isSettled: false, isAlone: false };
      this.#outstanding.add(entry);
      this.#waitingBytes += bytes;
      const queue = message.partition === undefined ? undefined : this.#queue(message.partition);
      if (queue === undefined || this.#isUnavailable(queue)) this.#free.push(entry);
      else queue.waiting.push(entry);
    });
  }

  #settle(entry: Entry, error?: unknown): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
    this.#outstanding.delete(entry);
    this.#waitingBytes -= entry.bytes;
    if (error === undefined) entry.resolve();
    else entry.reject(error);
    this.#admitWaiters();
    if (this.#outstanding.size === 0) this.#onEmpty?.();
  }

  #queue(partition: number): PartitionQueue | undefined {
    const { length } = this.#dependencies.transport.leaders(this.#options.topic);
    while (this.#queues.length < length) {
      this.#queues.push({ partition: this.#queues.length, waiting: [], sentAt: undefined, unavailableUntil: 0 });
    }
    return partition < length ? this.#queues[partition] : undefined;
  }

  #isStalled(queue: PartitionQueue): boolean {
    return queue.sentAt !== undefined && this.#dependencies.time.now() - queue.sentAt > stalledMs;
  }

  #isUnavailable(queue: PartitionQueue): boolean {
    const now = this.#dependencies.time.now();
    if (queue.unavailableUntil > now || this.#isStalled(queue)) return true;
    return (this.#unavailableLeaders.get(this.#leaderOf(queue)) ?? 0) > now;
  }

  #leaderOf(queue: PartitionQueue): number {
    return this.#dependencies.transport.leaders(this.#options.topic)[queue.partition] ?? -1;
  }

  /** Gathers what is sent in one turn of the event loop. */
  #planPump(): void {
    if (this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    queueMicrotask(() => {
      this.#isPumpPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#outstanding.size > 0) this.#planSweep();
    const waitMs = this.#findGatherMs();
    if (waitMs > 0) this.#planGathered(waitMs);
    else this.#sendGathered();
  }

  /** How long what waits may gather. */
  #findGatherMs(): number {
    if (countBytes(this.#waiting(), gatherBytes) === gatherBytes) return 0;
    if (this.#countSends() > 0) return gatherMs;
    return this.#dependencies.isMoreExpected?.() ? lingerMs : 0;
  }

  *#waiting(): Generator<Entry> {
    yield* this.#free;
    for (const { waiting } of this.#queues) yield* waiting;
  }

  #planGathered(waitMs: number): void {
    this.#gathering ??= this.#dependencies.time.schedule(waitMs, () => this.#sendGathered());
  }

  #sendGathered(): void {
    this.#gathering?.cancel();
    this.#gathering = undefined;
    this.#pumpPartitions();
    this.#pumpFree();
  }

  /** Each queue gets its turn. */
  #pumpPartitions(): void {
    const count = this.#queues.length;
    let sends = partitionSendsMax - this.#countSends();
    for (let tries = 0; sends > 0 && tries < count; tries += 1) {
      this.#nextPartition = (this.#nextPartition + 1) % count;
      const queue = this.#queues[this.#nextPartition];
      if (queue === undefined || queue.sentAt !== undefined || queue.waiting.length === 0) continue;
      const batch = takeBatch(queue.waiting, batchMessagesMax);
      if (batch.length === 0) continue;
      this.#launch(queue, batch);
      sends -= 1;
    }
  }

  /** Those that a broker seems to be working on. */
  #countSends(): number {
    return this.#queues.filter((queue) => queue.sentAt !== undefined && !this.#isStalled(queue)).length;
  }

  #pumpFree(): void {
    while (this.#free.length > 0) {
      const sends = freeSendsMax - this.#countSends();
      const queue = sends > 0 ? this.#pickQueue() : undefined;
      if (queue === undefined) return;
      // Spread over the requests that may still start, so that messages that arrive together reach every consumer at the same time.
      const requests = Math.ceil(countBytes(this.#free, sends * spreadBytes) / spreadBytes);
      const batch = takeBatch(this.#free, Math.min(batchMessagesMax, Math.ceil(this.#free.length / requests)));
      if (batch.length > 0) this.#launch(queue, batch);
    }
  }

  /**
   * An idle queue without trouble, in a rotation with large steps: consumers hold runs of neighboring partitions, so
   * that those which follow each other in the rotation go to different consumers.
   */
  #pickQueue(): PartitionQueue | undefined {
    this.#queue(0);
    const count = this.#queues.length;
    if (this.#order.length !== count) this.#order = spreadPartitions(count);
    for (let tries = 0; tries < count; tries += 1) {
      this.#turn = (this.#turn + 1) % count;
      const queue = this.#queues[this.#order[this.#turn] ?? 0];
      if (queue?.sentAt === undefined && queue !== undefined && !this.#isUnavailable(queue)) return queue;
    }
    return undefined;
  }

  #launch(queue: PartitionQueue, batch: readonly Entry[]): void {
    const { transport, time, onSent, onFailure } = this.#dependencies;
    queue.sentAt = time.now();
    for (const { message } of batch) message.onPlaced?.(queue.partition);
    transport
      .send(
        this.#options.topic,
        queue.partition,
        batch.map(({ message }) => message),
      )
      .then(
        () => {
          queue.sentAt = undefined;
          queue.unavailableUntil = 0;
          onSent(batch.length);
          for (const entry of batch) this.#settle(entry);
        },
        (error: unknown) => {
          queue.sentAt = undefined;
          const failure =
            error instanceof SendFailure ? error : new SendFailure('refused', String(error), { cause: error });
          this.#lastFailure = failure;
          onFailure(failure, queue.partition);
          this.#takeBack(queue, batch, failure);
        },
      )
      .finally(() => this.#planPump());
  }

  #takeBack(queue: PartitionQueue, batch: readonly Entry[], failure: SendFailure): void {
    if (failure.code === 'tooLarge') {
      const [first] = batch;
      if (first !== undefined && batch.length === 1) return this.#settle(first, failure);
      for (const entry of batch) entry.isAlone = true;
      this.#free.unshift(...batch);
      return;
    }
    const now = this.#dependencies.time.now();
    queue.unavailableUntil = now + unavailableMs;
    if (failure.code === 'unreachable') this.#unavailableLeaders.set(this.#leaderOf(queue), now + unavailableMs);
    const { kept, expired } = this.#splitExpired(batch, now);
    for (const entry of expired) this.#settle(entry, failure);
    this.#free.unshift(...kept);
    this.#releaseWaiting(queue);
  }

  #splitExpired(batch: readonly Entry[], now: number): { kept: Entry[]; expired: Entry[] } {
    const kept: Entry[] = [];
    const expired: Entry[] = [];
    for (const entry of batch) {
      if (!entry.isSettled) (entry.deadline <= now || this.#isClosed ? expired : kept).push(entry);
    }
    return { kept, expired };
  }

  #releaseWaiting(queue: PartitionQueue): void {
    this.#free.push(...queue.waiting.splice(0));
  }

  #planSweep(): void {
    if (this.#sweep !== undefined) return;
    this.#sweep = this.#dependencies.time.schedule(sweepMs, () => {
      this.#sweep = undefined;
      this.#sweepWaiting();
      if (this.#outstanding.size > 0 || this.#roomWaiters.length > 0) this.#planSweep();
    });
  }

  #sweepWaiting(): void {
    const now = this.#dependencies.time.now();
    const message = `no broker accepted the message for ${this.#options.deadlineMs} ms`;
    const late = new SendFailure('unreachable', message, { cause: this.#lastFailure });
    for (const entry of this.#outstanding) {
      if (entry.deadline > now) break;
      this.#settle(entry, late);
    }
    while (this.#roomWaiters[0] !== undefined && this.#roomWaiters[0].deadline <= now) {
      this.#roomWaiters.shift()?.reject(late);
    }
    for (const queue of this.#queues) {
      if (this.#isStalled(queue)) this.#unavailableLeaders.set(this.#leaderOf(queue), now + unavailableMs);
    }
    for (const queue of this.#queues)
      if (queue.waiting.length > 0 && this.#isUnavailable(queue)) this.#releaseWaiting(queue);
    this.#planPump();
  }
}

/** Bytes of the entries, counted up to `max` only: after an outage of the brokers tens of thousands may wait. */
function countBytes(entries: Iterable<Entry>, max: number): number {
  let bytes = 0;
  for (const entry of entries) {
    bytes += entry.bytes;
    if (bytes >= max) return max;
  }
  return bytes;
}

/** Takes the next entries that one send may carry from the front of `entries`, dropping those that are settled. */
function takeBatch(entries: Entry[], messagesMax: number): readonly Entry[] {
  const batch: Entry[] = [];
  let bytes = 0;
  let taken = 0;
  for (const entry of entries) {
    if (!entry.isSettled) {
      const isFull = batch.length === messagesMax || bytes + entry.bytes > batchBytesMax;
      if (batch.length > 0 && (isFull || entry.isAlone || batch[0]?.isAlone === true)) break;
      batch.push(entry);
      bytes += entry.bytes;
    }
    taken += 1;
  }
  entries.splice(0, taken);
  return batch;
}

/**
 * An order of the partitions in which any few that follow each other are far apart, however many partitions there are: that of
 * the multiples of the golden ratio on a circle.
 */
export function spreadPartitions(count: number): readonly number[] {
  const angles = Array.from({ length: count }, (_, turn) => (turn * goldenRatio) % 1);
  const sorted = angles.toSorted((a, b) => a - b);
  return angles.map((angle) => sorted.indexOf(angle));
}
