/**
 * The chunk evaluator of a server: a fixed number of worker threads that share their time fairly between jobs, watched, and
 * replaced when a line hangs or kills them.
 *
 * A thread is given as many chunks ahead as it can work off in a few milliseconds, by what the job's lines took lately:
 * a dozen chunks of cheap lines together, but of costly lines one slice at a time, so that others do not wait for long.
 */
import {
  EvaluatorStopped,
  invariant,
  isolatedAttempt,
  type ChunkEvaluator,
  type EvaluatedChunk,
  type RequestMessage,
} from '../engine/basics.ts';
import { lineFeed } from '../jobs/index.ts';
import { ChunkTask, lineOrder } from './chunk-task.ts';
import { FairQueue } from './fair-queue.ts';
import { IsolatedLane } from './isolated-lane.ts';
import { LineRates } from './line-rates.ts';
import {
  fillPoolSettings,
  retryDelayMs,
  startFailure,
  type EvaluatorPoolOptions,
  type LossCause,
  type PoolEvent,
  type PoolSettings,
} from './pool-options.ts';
import type { SliceReply } from './protocol.ts';
import { Watchdog } from './watchdog.ts';
import { WorkerThread, type Slice, type ThreadEvents } from './worker-thread.ts';

/** Work a thread is given ahead: enough to bridge the time in which the main thread is busy with other things. */
const loadMsMax = 4;
/** Work that has waited for so long is worth more threads. */
const waitMsMax = 250;
/** A thread is given more when it has less than this, so that several chunks go into one message. */
const loadMsMin = loadMsMax / 2;

export interface EvaluatorPoolDependencies {
  /** Called with failures that the pool recovered from. Must not throw. */
  readonly onEvent?: (event: PoolEvent) => void;
}

/** The number of `evaluate` calls that wait is up to the caller. */
export function createEvaluatorPool(
  dependencies: EvaluatorPoolDependencies,
  options: EvaluatorPoolOptions,
): ChunkEvaluator {
  return new EvaluatorPool(dependencies.onEvent ?? (() => {}), fillPoolSettings(options));
}

class EvaluatorPool implements ChunkEvaluator, ThreadEvents {
  readonly #onEvent: (event: PoolEvent) => void;
  readonly #settings: PoolSettings;
  readonly #threads = new Set<WorkerThread>();
  readonly #watchdog: Watchdog;
  readonly #isolatedLane: IsolatedLane;
  readonly #queue = new FairQueue(lineOrder);
  readonly #rates = new LineRates();
  /** Every evaluation that has not settled. */
  readonly #open = new Set<ChunkTask>();
  readonly #retryTimers = new Set<NodeJS.Timeout>();
  readonly #starting = Promise.withResolvers<void>();
  /** Threads that ended before they were ready, since one last was. */
  #startFailures = 0;
  #state: 'new' | 'starting' | 'running' | 'stopped' = 'new';
  #stopping: Promise<void> | undefined;
  #isDispatchPlanned = false;
  /** Threads that are started when work waits. */
  #spareThreads: number;
  /** Since when there has been more work than the threads take; undefined: there is not. */
  #waitingSince: number | undefined;

  constructor(onEvent: (event: PoolEvent) => void, settings: PoolSettings) {
    this.#onEvent = onEvent;
    this.#settings = settings;
    this.#spareThreads = settings.threads - settings.threadsAtStart;
    this.#watchdog = new Watchdog(this.#threads, settings);
    this.#isolatedLane = new IsolatedLane({ onEvent, settle: (task) => this.#settle(task) }, settings);
  }

  /** Resolves when the threads of the start are ready; rejects, and starts nothing, when one of them cannot be. */
  async start(): Promise<void> {
    invariant(this.#state === 'new', 'a pool is started once');
    const { threads, threadsAtStart } = this.#settings;
    invariant(threadsAtStart >= 1 && threads >= threadsAtStart, 'a pool has threads');
    this.#state = 'starting';
    for (let count = 0; count < threadsAtStart; count += 1) this.#addThread();
    try {
      await this.#starting.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async evaluate(request: RequestMessage): Promise<EvaluatedChunk> {
    if (this.#state !== 'running') throw new EvaluatorStopped('the evaluator is not running');
    invariant(request.count > 0, 'a chunk has lines');
    // The last row of a table's file may end with the file.
    invariant(request.table !== undefined || request.text.at(-1) === lineFeed, 'the last line of a chunk ends with LF');
    const task = new ChunkTask(request);
    this.#open.add(task);
    if (request.attempt >= isolatedAttempt) this.#isolatedLane.add(task);
    else this.#enqueue(task);
    return task.outcomes;
  }

  // ------------------------------------------------------------------------------------------------- events of threads

  onReady(): void {
    this.#startFailures = 0;
    if (this.#state === 'starting' && [...this.#threads].every((thread) => thread.hasStarted)) {
      this.#state = 'running';
      this.#starting.resolve();
    }
    this.#planDispatch();
  }

  onReply(slice: Slice, reply: SliceReply): void {
    const { task, estimateMs } = slice;
    const { jobId } = task.request;
    this.#queue.charge(jobId, reply.elapsedMs - estimateMs);
    task.addService(reply.elapsedMs);
    if (reply.count > 0) {
      this.#rates.record(jobId, reply.count, reply.elapsedMs);
      task.advance(reply);
    }
    this.#settleOrGoOn(task);
  }

  onEnd(thread: WorkerThread, cause: LossCause): void {
    this.#threads.delete(thread);
    this.#watchdog.forget(thread);
    if (this.#state === 'stopped') return;
    if (!thread.hasStarted) {
      this.#retryStart(cause);
      return;
    }
    const { blamed, line, others } = thread.takeLeftovers();
    for (const { task, estimateMs } of others) {
      task.noteLoss();
      this.#queue.charge(task.request.jobId, -estimateMs);
      this.#queue.put(task.request.jobId, task);
    }
    this.#onEvent({ kind: 'threadLost', cause, place: blamed?.task.placeOf(line) });
    if (blamed !== undefined) {
      blamed.task.suspect(line, cause.kind);
      if (cause.kind === 'hung') this.#queue.charge(blamed.task.request.jobId, this.#settings.lineCpuMsMax);
      this.#settleOrGoOn(blamed.task);
    }
    this.#addThread();
  }

  // --------------------------------------------------------------------------------------------------------- the inside

  #addThread(): void {
    try {
      this.#threads.add(new WorkerThread(this.#settings, this));
    } catch (error) {
      // The system is out of threads or memory for now.
      this.#retryStart(startFailure(error));
    }
  }

  #retryStart(cause: LossCause): void {
    if (this.#state === 'starting') {
      const error = new Error('a worker thread of the evaluator ended before it was ready', { cause: cause.error });
      this.#starting.reject(error);
      return;
    }
    const retryMs = retryDelayMs(this.#startFailures);
    this.#startFailures += 1;
    this.#onEvent({ kind: 'startFailed', cause, retryMs });
    const timer = setTimeout(() => {
      this.#retryTimers.delete(timer);
      this.#addThread();
    }, retryMs);
    this.#retryTimers.add(timer);
  }

  #enqueue(task: ChunkTask): void {
    this.#queue.put(task.request.jobId, task);
    this.#planDispatch();
  }

  /** An unfinished chunk gives way to other jobs, not to later chunks of its own. */
  #settleOrGoOn(task: ChunkTask): void {
    if (!this.#settle(task)) this.#queue.put(task.request.jobId, task);
    this.#planDispatch();
  }

  /** Gives aborted lines their errors; true when every line of the chunk has an outcome, which completes it. */
  #settle(task: ChunkTask): boolean {
    for (let verdict = task.abortNext(); verdict !== undefined; verdict = task.abortNext()) {
      this.#onEvent({ kind: 'lineAborted', ...verdict });
    }
    if (!task.isDone) return false;
    this.#open.delete(task);
    task.complete();
    return true;
  }

  /** Chunks often come in bursts: they are looked at together, at the end of the turn. */
  #planDispatch(): void {
    if (this.#isDispatchPlanned || this.#queue.size === 0) return;
    this.#isDispatchPlanned = true;
    queueMicrotask(() => {
      this.#isDispatchPlanned = false;
      if (this.#state === 'running') this.#dispatch();
    });
  }

  #dispatch(): void {
    const batches = new Map<WorkerThread, Slice[]>();
    const loads = new Map<WorkerThread, number>();
    for (const thread of this.#threads) {
      if (thread.isOpen && thread.loadMs <= loadMsMin) loads.set(thread, thread.loadMs);
    }
    for (let task = this.#queue.peek(); task !== undefined && loads.size > 0; task = this.#queue.peek()) {
      const [thread, load] = leastLoaded(loads);
      // Who is to run alone waits for a thread that has nothing else.
      if (task.runsAlone && !(thread.isIdle && !batches.has(thread))) break;
      this.#queue.take();
      const estimateMs = Math.min(this.#rates.estimateMs(task.request.jobId, task.nextCount), this.#settings.sliceMs);
      this.#queue.charge(task.request.jobId, estimateMs);
      const batch = batches.get(thread) ?? [];
      batch.push({ task, estimateMs });
      batches.set(thread, batch);
      if (task.runsAlone || load + estimateMs >= loadMsMax) loads.delete(thread);
      else loads.set(thread, load + estimateMs);
    }
    for (const [thread, batch] of batches) thread.send(batch);
    if (batches.size > 0) this.#watchdog.wake();
    this.#noteWaiting();
  }

  /** Starts the spare threads when there has been too much work for a while. */
  #noteWaiting(): void {
    if (this.#spareThreads === 0) return;
    if (this.#queue.size === 0) {
      this.#waitingSince = undefined;
      return;
    }
    this.#waitingSince ??= performance.now();
    if (performance.now() - this.#waitingSince < waitMsMax) return;
    for (; this.#spareThreads > 0; this.#spareThreads -= 1) this.#addThread();
  }

  async #stop(): Promise<void> {
    if (this.#state === 'starting') this.#starting.reject(new EvaluatorStopped('the evaluator was stopped'));
    this.#state = 'stopped';
    for (const task of this.#open) task.reject(new EvaluatorStopped('the evaluator was stopped'));
    this.#open.clear();
    this.#queue.clear();
    this.#watchdog.stop();
    for (const timer of this.#retryTimers) clearTimeout(timer);
    const threads = [...this.#threads];
    for (const thread of threads) thread.terminate();
    await Promise.all([...threads.map((thread) => thread.ended), this.#isolatedLane.stop()]);
  }
}

function leastLoaded(loads: ReadonlyMap<WorkerThread, number>): readonly [WorkerThread, number] {
  let least: readonly [WorkerThread, number] | undefined;
  for (const entry of loads) if (least === undefined || entry[1] < least[1]) least = entry;
  invariant(least !== undefined, 'some thread takes work');
  return least;
}
