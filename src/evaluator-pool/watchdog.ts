/**
 * Finds threads that are stuck on a line. It looks at intervals at the position that each thread writes into shared
 * memory; while that stays the same, it reads the thread's CPU time, so that a machine with too much to do makes no
 * false alarm. Costs nothing in normal operation: a line that is still the same at the next look is rare.
 */
import type { PoolSettings } from './pool-options.ts';
import { isSamePosition, type ThreadPosition, type WorkerThread } from './worker-thread.ts';

interface Sighting {
  readonly position: ThreadPosition;
  /** Wall-clock time for which the thread has been seen there. */
  wallMs: number;
  /** The thread's CPU time when it was first asked there. */
  cpuMs: number | undefined;
  isAsking: boolean;
}

export class Watchdog {
  readonly #threads: ReadonlySet<WorkerThread>;
  readonly #settings: PoolSettings;
  readonly #sightings = new Map<WorkerThread, Sighting>();
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  constructor(threads: ReadonlySet<WorkerThread>, settings: PoolSettings) {
    this.#threads = threads;
    this.#settings = settings;
  }

  /** To be called when work is given to a thread. The watchdog goes to sleep again on its own when none has any. */
  wake(): void {
    if (this.#timer !== undefined) return;
    this.#lookedAt = performance.now();
    this.#timer = setInterval(() => this.#look(), this.#settings.lookIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sightings.clear();
  }

  forget(thread: WorkerThread): void {
    this.#sightings.delete(thread);
  }

  #look(): void {
    const now = performance.now();
    // When this process itself was stopped or late, so were the threads: that time does not count.
    const elapsedMs = Math.min(now - this.#lookedAt, 2 * this.#settings.lookIntervalMs);
    this.#lookedAt = now;
    let isAnyBusy = false;
    for (const thread of this.#threads) {
      if (thread.isIdle) {
        this.#sightings.delete(thread);
      } else {
        isAnyBusy = true;
        this.#lookAt(thread, elapsedMs);
      }
    }
    if (!isAnyBusy) this.stop();
  }

  #lookAt(thread: WorkerThread, elapsedMs: number): void {
    const position = thread.position;
    const sighting = this.#sightings.get(thread);
    if (sighting === undefined || !isSamePosition(sighting.position, position)) {
      this.#sightings.set(thread, { position, wallMs: 0, cpuMs: undefined, isAsking: false });
      return;
    }
    sighting.wallMs += elapsedMs;
    if (sighting.wallMs > this.#settings.lineWallMsMax) this.#condemn(thread, sighting);
    else if (!sighting.isAsking) void this.#askCpu(thread, sighting);
  }

  async #askCpu(thread: WorkerThread, sighting: Sighting): Promise<void> {
    sighting.isAsking = true;
    try {
      const cpuMs = await thread.cpuMs();
      sighting.cpuMs ??= cpuMs;
      if (cpuMs - sighting.cpuMs > this.#settings.lineCpuMsMax) this.#condemn(thread, sighting);
    } catch {
      // The thread has ended, which is reported elsewhere.
    } finally {
      sighting.isAsking = false;
    }
  }

  #condemn(thread: WorkerThread, sighting: Sighting): void {
    const isStillThere = this.#sightings.get(thread) === sighting && isSamePosition(sighting.position, thread.position);
    if (isStillThere) thread.terminateHung(sighting.position);
  }
}
