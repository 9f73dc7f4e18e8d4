/**
 * A world for the simulation: virtual time, seeded chance, instances that can die, a network that delays, loses, repeats
 * and reorders. Nothing here waits for real time, so a minute of trouble takes milliseconds and a seed always gives the
 * same history.
 */
import { setImmediate as turn } from 'node:timers/promises';
import {
  StoreError,
  type JobStore,
  type MessageHandler,
  type OperationBus,
  type RequestMessage,
  type ResponseMessage,
  type Time,
} from '../../src/engine/index.ts';
import type { MemoryJobStore } from './memory-job-store.ts';

export type Random = () => number;

/** mulberry32: small, fast, and good enough to choose faults. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
  isCancelled: boolean;
}

/** Events in the order of their time, then of their making: a binary heap. */
class EventQueue {
  readonly #heap: Event[] = [];

  push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** How likely each fault is, per call or message. All zero: a calm world. */
export interface Faults {
  readonly storeFails: number;
  readonly storeAnswerLost: number;
  readonly messageLost: number;
  readonly messageRepeated: number;
  readonly delayMsMax: number;
}

export const calm: Faults = { storeFails: 0, storeAnswerLost: 0, messageLost: 0, messageRepeated: 0, delayMsMax: 5 };

export class World {
  readonly random: Random;
  faults: Faults = calm;
  #now = 1_800_000_000_000;
  #order = 0;
  readonly #events = new EventQueue();

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  get now(): number {
    return this.#now;
  }

  /** True with the given likelihood. */
  chance(likelihood: number): boolean {
    return likelihood > 0 && this.random() < likelihood;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  after(delayMs: number, action: () => void): Event {
    const event = { at: this.#now + Math.max(0, delayMs), order: this.#order, action, isCancelled: false };
    this.#order += 1;
    this.#events.push(event);
    return event;
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  delay(): number {
    return this.random() * this.faults.delayMsMax;
  }

  /** Lets events happen for `durationMs`, or until `isDone`. Each event's consequences settle before the next. */
  async run(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    const end = this.#now + durationMs;
    await turn();
    while (!isDone()) {
      const event = this.#events.pop();
      if (event === undefined) break;
      if (event.at > end) {
        this.#events.push(event);
        break;
      }
      if (event.isCancelled) continue;
      this.#now = event.at;
      event.action();
      await turn();
    }
    if (!isDone()) this.#now = Math.max(this.#now, end);
  }
}

/** One process: what it has started stops happening when it dies, and its clock may be wrong. */
export class Process {
  readonly world: World;
  isAlive = true;
  clockSkewMs = 0;

  constructor(world: World) {
    this.world = world;
  }

  get time(): Time {
    return {
      now: () => Math.floor(this.world.now + this.clockSkewMs),
      schedule: (delayMs, action) => {
        const event = this.world.after(delayMs, () => {
          if (this.isAlive) action();
        });
        return {
          cancel() {
            event.isCancelled = true;
          },
        };
      },
    };
  }

  kill(): void {
    this.isAlive = false;
  }

  /** A call over the network: it may fail before or after it took effect, and its caller may be dead by then. */
  call<Result>(effect: () => Promise<Result>): Promise<Result> {
    const { world } = this;
    return new Promise((resolve, reject) => {
      const answer = (action: () => void): void => {
        world.after(world.delay(), () => {
          if (this.isAlive) action();
        });
      };
      world.after(world.delay(), () => {
        const lost = new StoreError('unavailable', 'the simulated network failed');
        if (world.chance(world.faults.storeFails)) return answer(() => reject(lost));
        const isAnswerLost = world.chance(world.faults.storeAnswerLost);
        effect().then(
          (result) => answer(() => (isAnswerLost ? reject(lost) : resolve(result))),
          (error: unknown) => answer(() => reject(error)),
        );
      });
    });
  }
}

/** The store as a process sees it: every method goes over the network. */
export function remoteStore(process: Process, store: MemoryJobStore): JobStore {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      if (name === 'start' || name === 'stop') return async () => {};
      return (...parameters: unknown[]) => process.call(() => method.apply(target, parameters) as Promise<unknown>);
    },
  });
}

interface Consumer<Message> {
  readonly process: Process;
  readonly handler: MessageHandler<Message>;
  readonly concurrency: number;
  running: number;
  isStopped: boolean;
}

const redeliveryMs = 200;

/** A topic that loses, repeats and reorders. A message whose consumer died before it was done comes again, mostly. */
class Topic<Message> {
  readonly #world: World;
  readonly #consumers = new Set<Consumer<Message>>();

  constructor(world: World) {
    this.#world = world;
  }

  async send(messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      if (this.#world.chance(this.#world.faults.messageLost)) continue;
      this.#deliverLater(message, this.#world.delay());
      if (this.#world.chance(this.#world.faults.messageRepeated)) this.#deliverLater(message, this.#world.delay() * 20);
    }
  }

  consume(process: Process, handler: MessageHandler<Message>, concurrency: number) {
    const consumer: Consumer<Message> = { process, handler, concurrency, running: 0, isStopped: false };
    this.#consumers.add(consumer);
    const world = this.#world;
    return {
      async stop() {
        consumer.isStopped = true;
        while (consumer.running > 0 && process.isAlive) await world.sleep(1);
      },
    };
  }

  #deliverLater(message: Message, delayMs: number): void {
    this.#world.after(delayMs, () => this.#deliver(message));
  }

  #deliver(message: Message): void {
    const able = Array.from(this.#consumers).filter(
      ({ process, isStopped, running, concurrency }) => process.isAlive && !isStopped && running < concurrency,
    );
    const consumer = this.#world.pick(able);
    if (consumer === undefined) return this.#deliverLater(message, redeliveryMs);
    consumer.running += 1;
    let isAcknowledged = false;
    const finish = (): void => {
      consumer.running -= 1;
    };
    consumer.handler(message).then(() => {
      isAcknowledged = consumer.process.isAlive;
      finish();
    }, finish);
    const check = (): void => {
      if (isAcknowledged) return;
      if (consumer.process.isAlive && consumer.running > 0) this.#world.after(redeliveryMs, check);
      else if (!this.#world.chance(this.#world.faults.messageLost)) this.#deliver(message);
    };
    this.#world.after(redeliveryMs, check);
  }
}

/** The bus of a simulated cluster: shared by its processes, each of which has its own view of it. */
export class SimulatedBus {
  readonly #world: World;
  readonly #requests: Topic<RequestMessage>;
  readonly #responses: Topic<ResponseMessage>;

  constructor(world: World) {
    this.#world = world;
    this.#requests = new Topic(world);
    this.#responses = new Topic(world);
  }

  of(process: Process): OperationBus {
    const fail = async (): Promise<void> => {
      await process.call(async () => {});
    };
    return {
      sendRequests: async (messages) => {
        await fail();
        await this.#requests.send(messages);
      },
      sendResponses: async (messages) => {
        await fail();
        await this.#responses.send(messages);
      },
      consumeRequests: (handler, concurrency) => this.#requests.consume(process, handler, concurrency),
      consumeResponses: (handler, concurrency) => this.#responses.consume(process, handler, concurrency),
      checkHealth: async () => {},
      start: async () => {},
      stop: async () => {},
    };
  }

  get world(): World {
    return this.#world;
  }
}
