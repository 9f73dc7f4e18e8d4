/**
 * Delivery: what happens to a message between its arrival and its acknowledgement.
 *
 *   arrived ──▶ running ──▶ finished (its inFlight is: the offset may be committed)
 *                 │  ▲
 *         rejected▼  │ a slot is free, and the pause is over
 *               parked            pauses grow; a message is never skipped
 *
 * A parked message holds no slot, so it holds up neither its own partition nor the others, only the committed offset of
 * its partition. It is dropped when its partition goes to another consumer, which gets it again.
 */
import type { Time, Timer } from '../../engine/index.ts';
import type { InFlightMessage } from './offset-tracker.ts';

/** The handling of one message. */
export interface Task {
  readonly inFlight: InFlightMessage;
  readonly bytes: number;
  /** A message that cannot be read takes no slot from the handlers. */
  readonly needsSlot: boolean;
  /** Resolves when the message is dealt with for good. */
  run(): Promise<void>;
}

export interface DeliveryDependencies {
  readonly time: Time;
  /** A slot became free or a parked message was done with: there may be room again. */
  readonly onRoom: () => void;
  readonly onRejected: (error: unknown, inFlight: InFlightMessage, failures: number) => void;
}

/** Pauses before a message is handled again. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/**
 * Messages, and bytes of them, in hand beyond the free slots: parked ones. Past this no new ones are taken, since what
 * fails is then not a message but the store, or all handlers.
 */
const heldMax = 1_024;
const heldBytesMax = 64 * 1024 * 1024;

interface Held {
  readonly task: Task;
  failures: number;
}

export class Delivery {
  readonly #dependencies: DeliveryDependencies;
  readonly #concurrency: number;
  /** Its pause is over. */
  readonly #due: Held[] = [];
  readonly #parked = new Map<Held, Timer>();
  #running = 0;
  #runningInSlots = 0;
  #held = 0;
  #heldBytes = 0;
  #isStopped = false;
  #onDrained: (() => void) | undefined;

  constructor(dependencies: DeliveryDependencies, concurrency: number) {
    this.#dependencies = dependencies;
    this.#concurrency = concurrency;
  }

  /** Runs parked messages whose time has come, and returns whether a new one may be taken as well. */
  findRoom(): boolean {
    this.#runDue();
    return (
      !this.#isStopped && this.#hasSlot && this.#held < heldMax + this.#concurrency && this.#heldBytes < heldBytesMax
    );
  }

  get #hasSlot(): boolean {
    return this.#runningInSlots < this.#concurrency;
  }

  take(task: Task): void {
    this.#held += 1;
    this.#heldBytes += task.bytes;
    void this.#run({ task, failures: 0 });
  }

  /** Takes nothing more, forgets what is parked, and resolves when what runs is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#parked.values()) timer.cancel();
    this.#parked.clear();
    this.#due.length = 0;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  async #run(held: Held): Promise<void> {
    const { task } = held;
    this.#running += 1;
    if (task.needsSlot) this.#runningInSlots += 1;
    try {
      await task.run();
      task.inFlight.finish();
      this.#release(held);
    } catch (error) {
      held.failures += 1;
      this.#dependencies.onRejected(error, task.inFlight, held.failures);
      this.#park(held);
    } finally {
      this.#running -= 1;
      if (task.needsSlot) this.#runningInSlots -= 1;
      if (this.#isStopped && this.#running === 0) this.#onDrained?.();
      else this.#dependencies.onRoom();
    }
  }

  #release({ task }: Held): void {
    this.#held -= 1;
    this.#heldBytes -= task.bytes;
  }

  #park(held: Held): void {
    if (this.#isStopped) return;
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(held.failures - 1, 10), longestPauseMs);
    const timer = this.#dependencies.time.schedule(pauseMs, () => {
      this.#parked.delete(held);
      this.#due.push(held);
      this.#dependencies.onRoom();
    });
    this.#parked.set(held, timer);
  }

  #runDue(): void {
    while (this.#due.length > 0) {
      const [held] = this.#due;
      if (held === undefined || (held.task.needsSlot && !this.#hasSlot)) return;
      this.#due.shift();
      if (held.task.inFlight.isCurrent) void this.#run(held);
      else this.#release(held);
    }
  }
}
