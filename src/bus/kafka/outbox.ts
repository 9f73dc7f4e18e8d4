/**
 * Outbox: the messages of one topic on their way to the brokers.
 *
 *   send() ──▶ bound for a partition ──▶ its lane ──┐
 *         └──▶ free to go anywhere ──▶ an idle lane ┴──▶ one send in flight per lane
 *
 * A send carries messages of one partition. Nothing waits for a timer while the brokers answer: an idle lane takes what
 * is there at once, and what comes while the lanes are busy goes together in the next send. A lane whose send failed, or
 * hangs, is in trouble, and with it the lanes of the same leader: what waits for it goes elsewhere, since a message's
 * partition is a preference and every consumer takes every message. So a dead broker delays only what is in its hands.
 */
import { BusClosed, type Time, type Timer } from '../../engine/index.ts';
import { SendFailure, type OutgoingMessage, type Transport } from './transport.ts';

export interface OutboxOptions {
  readonly topic: string;
  /** A message that no broker has taken after this time is given up, and its sender told. */
  readonly deadlineMs: number;
}

export interface OutboxDependencies {
  readonly transport: Transport;
  readonly time: Time;
  readonly onSent: (count: number) => void;
  readonly onFailure: (failure: SendFailure, partition: number) => void;
}

/** A message with where it would go best. */
export interface Letter extends OutgoingMessage {
  readonly partition?: number | undefined;
  /** Told each time it is sent to a partition. */
  readonly onPlaced?: (partition: number) => void;
}

/** Messages and bytes of one send: above this a larger send is not cheaper, and a reader must hold it whole. */
const batchMessagesMax = 64;
const batchBytesMax = 512 * 1024;
/** Sends of free messages in flight at once while the brokers answer: enough to keep three brokers busy, few enough that messages gather. */
const freeSendsMax = 8;
/** A send that takes longer than this counts as hanging: it no longer holds others up. */
const hangingMs = 1_000;
/** How long a lane, and the lanes of its leader, are passed over after a failure. */
const troubleMs = 1_000;
/** How often waiting messages are looked at while there are any: for hanging sends and deadlines. */
const sweepMs = 250;
/** Bytes that may wait or be in flight: more only makes the senders' memory larger. A single larger call may pass alone. */
const waitingBytesMax = 32 * 1024 * 1024;
/** What a message costs beside its value: headers and the record's frame. */
const overheadBytes = 256;

interface Entry {
  readonly letter: Letter;
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  isSettled: boolean;
  /** It was too large together with others. */
  isAlone: boolean;
}

interface Lane {
  readonly partition: number;
  waiting: Entry[];
  /** When the send in flight began. */
  sentAt: number | undefined;
  troubledUntil: number;
}

interface RoomWaiter {
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Outbox {
  readonly #dependencies: OutboxDependencies;
  readonly #options: OutboxOptions;
  readonly #lanes: Lane[] = [];
  readonly #troubledLeaders = new Map<number, number>();
  /** In the order of their deadlines. */
  readonly #outstanding = new Set<Entry>();
  #free: Entry[] = [];
  #roomWaiters: RoomWaiter[] = [];
  #waitingBytes = 0;
  #nextLane = 0;
  #isPumpPlanned = false;
  #sweep: Timer | undefined;
  #isClosed = false;
  #lastFailure: SendFailure | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(dependencies: OutboxDependencies, options: OutboxOptions) {
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
  async send(bytes: number, build: () => readonly Letter[]): Promise<void> {
    if (this.#isClosed) throw new BusClosed();
    const deadline = this.#dependencies.time.now() + this.#options.deadlineMs;
    if (!this.#hasRoom(bytes) || this.#roomWaiters.length > 0) await this.#waitForRoom(bytes, deadline);
    else this.#waitingBytes += bytes;
    const sendings = this.#enqueueAll(build, bytes, deadline);
    this.#planPump();
    // All are settled before the caller goes on: what failed and what did not is then known.
    const results = await Promise.allSettled(sendings);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Takes no more messages, waits at most `drainMs` for those under way, gives up the rest. */
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
  }

  #hasRoom(bytes: number): boolean {
    return this.#waitingBytes === 0 || this.#waitingBytes + bytes <= waitingBytesMax;
  }

  #waitForRoom(bytes: number, deadline: number): Promise<void> {
    this.#planSweep();
    return new Promise((resolve, reject) => this.#roomWaiters.push({ bytes, deadline, resolve, reject }));
  }

  /** Puts the real size of the messages in the place of the `reserved` bytes. */
  #enqueueAll(build: () => readonly Letter[], reserved: number, deadline: number): Promise<void>[] {
    try {
      if (this.#isClosed) throw new BusClosed();
      return build().map((letter) => this.#enqueue(letter, deadline));
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

  #enqueue(letter: Letter, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = (letter.value?.length ?? 0) + overheadBytes;
      const entry: Entry = { letter, bytes, deadline, resolve, reject, isSettled: false, isAlone: false };
      this.#outstanding.add(entry);
      this.#waitingBytes += bytes;
      const lane = letter.partition === undefined ? undefined : this.#lane(letter.partition);
      if (lane === undefined || this.#isTroubled(lane)) this.#free.push(entry);
      else lane.waiting.push(entry);
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

  #lane(partition: number): Lane | undefined {
    const { length } = this.#dependencies.transport.leaders(this.#options.topic);
    while (this.#lanes.length < length) {
      this.#lanes.push({ partition: this.#lanes.length, waiting: [], sentAt: undefined, troubledUntil: 0 });
    }
    return partition < length ? this.#lanes[partition] : undefined;
  }

  #isHanging(lane: Lane): boolean {
    return lane.sentAt !== undefined && this.#dependencies.time.now() - lane.sentAt > hangingMs;
  }

  #isTroubled(lane: Lane): boolean {
    const now = this.#dependencies.time.now();
    if (lane.troubledUntil > now || this.#isHanging(lane)) return true;
    return (this.#troubledLeaders.get(this.#leaderOf(lane)) ?? 0) > now;
  }

  #leaderOf(lane: Lane): number {
    return this.#dependencies.transport.leaders(this.#options.topic)[lane.partition] ?? -1;
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
    for (const lane of this.#lanes) {
      if (lane.sentAt !== undefined || lane.waiting.length === 0) continue;
      const batch = takeBatch(lane.waiting, batchMessagesMax);
      if (batch.length > 0) this.#launch(lane, batch);
    }
    this.#pumpFree();
    if (this.#outstanding.size > 0) this.#planSweep();
  }

  #pumpFree(): void {
    while (this.#free.length > 0) {
      const underWay = this.#lanes.filter((lane) => lane.sentAt !== undefined && !this.#isHanging(lane)).length;
      const sends = freeSendsMax - underWay;
      const lane = sends > 0 ? this.#pickLane() : undefined;
      if (lane === undefined) return;
      // Spread over the sends that may still begin, so that what comes together reaches every consumer at once.
      const batch = takeBatch(this.#free, Math.min(batchMessagesMax, Math.ceil(this.#free.length / sends)));
      if (batch.length > 0) this.#launch(lane, batch);
    }
  }

  /**
   * An idle lane without trouble, in a rotation with large steps: consumers hold runs of neighbouring partitions, so
   * that neighbours in the rotation go to different consumers.
   */
  #pickLane(): Lane | undefined {
    this.#lane(0);
    const count = this.#lanes.length;
    const step = rotationStep(count);
    for (let tries = 0; tries < count; tries += 1) {
      this.#nextLane = (this.#nextLane + step) % count;
      const lane = this.#lanes[this.#nextLane];
      if (lane?.sentAt === undefined && lane !== undefined && !this.#isTroubled(lane)) return lane;
    }
    return undefined;
  }

  #launch(lane: Lane, batch: readonly Entry[]): void {
    const { transport, time, onSent, onFailure } = this.#dependencies;
    lane.sentAt = time.now();
    for (const { letter } of batch) letter.onPlaced?.(lane.partition);
    transport
      .send(
        this.#options.topic,
        lane.partition,
        batch.map(({ letter }) => letter),
      )
      .then(
        () => {
          lane.sentAt = undefined;
          lane.troubledUntil = 0;
          onSent(batch.length);
          for (const entry of batch) this.#settle(entry);
        },
        (error: unknown) => {
          lane.sentAt = undefined;
          const failure =
            error instanceof SendFailure ? error : new SendFailure('refused', String(error), { cause: error });
          this.#lastFailure = failure;
          onFailure(failure, lane.partition);
          this.#takeBack(lane, batch, failure);
        },
      )
      .finally(() => this.#planPump());
  }

  #takeBack(lane: Lane, batch: readonly Entry[], failure: SendFailure): void {
    if (failure.code === 'tooLarge') {
      const [first] = batch;
      if (first !== undefined && batch.length === 1) return this.#settle(first, failure);
      for (const entry of batch) entry.isAlone = true;
      this.#free.unshift(...batch);
      return;
    }
    const now = this.#dependencies.time.now();
    lane.troubledUntil = now + troubleMs;
    if (failure.code === 'unreachable') this.#troubledLeaders.set(this.#leaderOf(lane), now + troubleMs);
    const { kept, expired } = this.#splitExpired(batch, now);
    for (const entry of expired) this.#settle(entry, failure);
    this.#free.unshift(...kept);
    this.#releaseWaiting(lane);
  }

  #splitExpired(batch: readonly Entry[], now: number): { kept: Entry[]; expired: Entry[] } {
    const kept: Entry[] = [];
    const expired: Entry[] = [];
    for (const entry of batch) {
      if (!entry.isSettled) (entry.deadline <= now || this.#isClosed ? expired : kept).push(entry);
    }
    return { kept, expired };
  }

  #releaseWaiting(lane: Lane): void {
    this.#free.push(...lane.waiting.splice(0));
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
    const message = `no broker took the message for ${this.#options.deadlineMs} ms`;
    const late = new SendFailure('unreachable', message, { cause: this.#lastFailure });
    for (const entry of this.#outstanding) {
      if (entry.deadline > now) break;
      this.#settle(entry, late);
    }
    while (this.#roomWaiters[0] !== undefined && this.#roomWaiters[0].deadline <= now) {
      this.#roomWaiters.shift()?.reject(late);
    }
    for (const lane of this.#lanes) {
      if (this.#isHanging(lane)) this.#troubledLeaders.set(this.#leaderOf(lane), now + troubleMs);
    }
    for (const lane of this.#lanes) if (lane.waiting.length > 0 && this.#isTroubled(lane)) this.#releaseWaiting(lane);
    this.#planPump();
  }
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

/** About 0.38 of the count, and without a common divisor, so that the rotation visits every partition. */
export function rotationStep(count: number): number {
  for (let step = Math.max(1, Math.round(count * 0.38)); step < count; step += 1) {
    if (greatestCommonDivisor(step, count) === 1) return step;
  }
  return 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
