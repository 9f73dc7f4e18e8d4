/**
 * The lane of chunks that are suspected of killing whole servers: line by line, one child process at a time, jobs taking
 * turns. Slow (about 0.1 ms per line for the messages alone) and safe. The process ends when no task waits for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { lineOrder, type ChunkTask } from './chunk-task.ts';
import { FairQueue } from './fair-queue.ts';
import { IsolatedProcess } from './isolated-process.ts';
import { retryDelayMs, startFailure, type LossCause, type PoolEvent, type PoolSettings } from './pool-options.ts';

export interface IsolatedLaneDependencies {
  readonly onEvent: (event: PoolEvent) => void;
  /** Called after each step of a task; returns whether it is complete. */
  readonly settle: (task: ChunkTask) => boolean;
}

export class IsolatedLane {
  readonly #dependencies: IsolatedLaneDependencies;
  readonly #settings: PoolSettings;
  readonly #queue = new FairQueue(lineOrder);
  readonly #abort = new AbortController();
  #process: IsolatedProcess | undefined;
  #running: Promise<void> | undefined;

  constructor(dependencies: IsolatedLaneDependencies, settings: PoolSettings) {
    this.#dependencies = dependencies;
    this.#settings = settings;
  }

  add(task: ChunkTask): void {
    this.#queue.put(task.request.jobId, task);
    this.#running ??= this.#run();
  }

  /** Resolves when no process is left. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#queue.clear();
    await this.#process?.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      for (let task = this.#queue.take(); task !== undefined; task = this.#queue.take()) {
        const startedAt = performance.now();
        const isComplete = await this.#evaluateSlice(task, startedAt + this.#settings.sliceMs);
        const elapsedMs = performance.now() - startedAt;
        task.addService(elapsedMs);
        this.#queue.charge(task.request.jobId, elapsedMs);
        if (!isComplete && !this.#abort.signal.aborted) this.#queue.put(task.request.jobId, task);
      }
      await this.#process?.stop();
      // Tasks that came in the meantime get a process of their own.
    } while (this.#queue.size > 0);
    this.#running = undefined;
  }

  /** Evaluates lines of the task until the time is over; true when it is complete. */
  async #evaluateSlice(task: ChunkTask, until: number): Promise<boolean> {
    do {
      const process = await this.#readyProcess();
      if (process === undefined) return false;
      await this.#evaluateLine(task, process);
      if (this.#dependencies.settle(task)) return true;
    } while (performance.now() < until && !this.#abort.signal.aborted);
    return false;
  }

  async #evaluateLine(task: ChunkTask, process: IsolatedProcess): Promise<void> {
    const request = task.nextLine();
    const answer = await process.evaluate(request);
    if (this.#abort.signal.aborted) return;
    if (answer.kind === 'outcomes') {
      task.advance({ ...answer.outcomes, count: 1, bytes: request.text.length });
    } else {
      this.#dependencies.onEvent({ kind: 'processLost', cause: answer.cause, place: task.placeOf(0) });
      task.suspect(0, answer.cause.kind);
    }
  }

  /** The process, started again if it has ended; undefined when the lane is stopped first. */
  async #readyProcess(): Promise<IsolatedProcess | undefined> {
    for (let failures = 0; !this.#abort.signal.aborted; failures += 1) {
      const cause = await this.#startProcess();
      if (cause === undefined) return this.#process;
      if (this.#abort.signal.aborted) break;
      const retryMs = retryDelayMs(failures);
      this.#dependencies.onEvent({ kind: 'startFailed', cause, retryMs });
      await delay(retryMs, undefined, { signal: this.#abort.signal }).catch(() => {});
    }
    return undefined;
  }

  /** Makes sure that there is a process; or returns why it cannot be started. */
  async #startProcess(): Promise<LossCause | undefined> {
    if (this.#process !== undefined && !this.#process.isEnded) return undefined;
    try {
      this.#process = new IsolatedProcess(this.#settings, this.#dependencies.onEvent);
    } catch (error) {
      return startFailure(error);
    }
    return await this.#process.started;
  }
}
