/**
 * Dispatcher: sends the open chunks of the jobs that this instance owns to the bus, in line order, at most a window of
 * each job in flight, so that a small job never waits behind a huge one; and brings each job to its end.
 *
 * It keeps nothing that it could not read again: which chunks are open, which are finished and how far the fold is are
 * facts of the store. What it holds in memory of a job (active-job.ts) may be lost at any time.
 */
import { isFinished, type Chunk, type Job, type TableProgram } from '../jobs/index.ts';
import { ActiveJob } from './active-job.ts';
import { DispatchWindow, type WindowOptions } from './dispatch-window.ts';
import type { ChunksAtHand } from './chunks-at-hand.ts';
import { advanceJob, settleCancelledJob } from './job-progress.ts';
import type { JobSignals } from './job-signals.ts';
import type { JobTables } from './job-tables.ts';
import type { Logger } from './logger.ts';
import { noopObserver, type EngineObserver } from './observer.ts';
import type { JobStore, OperationBus, RecordVerdict, RequestMessage, ResponseMessage } from './ports.ts';
import { createPeriodicTask, type PeriodicTask, type Time } from './time.ts';

export interface DispatcherOptions extends WindowOptions {
  readonly owner: string;
  readonly leaseMs: number;
  readonly retentionMs: number;
  /** A chunk in flight for longer than this, and clearly longer than its neighbors took, is sent again. */
  readonly resendMs: number;
  /** How often chunks in flight are looked up in the store: outcomes that another instance recorded are seen then. */
  readonly pollMs: number;
  /** Shortest time between two folds of a job in progress. */
  readonly foldMs: number;
  /** Cost units a job may use: `costPerOperation` × operations + `costBase`. */
  readonly costPerOperation: number;
  readonly costBase: number;
}

export interface DispatcherDependencies {
  readonly store: JobStore;
  readonly tables: JobTables;
  readonly atHand: ChunksAtHand;
  readonly bus: OperationBus;
  readonly time: Time;
  readonly signals: JobSignals;
  readonly logger: Logger;
  /** Optional. Default: none. */
  readonly observer?: EngineObserver;
}

export interface Dispatcher {
  start(): void;
  /** Stops sending, and gives the leases back so that another instance continues immediately. */
  stop(): Promise<void>;
  /** Takes up a job whose lease this instance holds. */
  adopt(job: Job): void;
  /** Takes up a job if its lease can be had. */
  claim(jobId: string): Promise<void>;
  /** The chunk of this response has outcomes now: these, if they were recorded. */
  noteRecorded(response: ResponseMessage, verdict: RecordVerdict): void;
  /** Whether this instance brings the job to its end, and so is the first to know of it. */
  isActive(jobId: string): boolean;
  /** The job was cancelled or deleted: nothing more of it is sent. */
  forget(jobId: string): void;
  /** The current load of this instance. Visits each of its jobs. */
  readLoad(): Load;
}

/** The unfinished jobs that an instance owns, and what of them is on the bus. */
export interface Load {
  readonly jobs: number;
  /** When the oldest of them was submitted; undefined without any. */
  readonly oldestCreatedAt: number | undefined;
  /** When the job that has had no new outcome for the longest time had its last one; undefined without any. */
  readonly oldestProgressAt: number | undefined;
  readonly chunksInFlight: number;
  /** Maximum number of chunks in flight. */
  readonly chunksInFlightMax: number;
}

/** Jobs whose chunks are queried together. After an outage of the bus many wait, and one after the other would take minutes. */
const polledAtOnce = 8;
/** Pause after a failed step before it is tried again. */
const retryMs = 250;

export function createDispatcher(dependencies: DispatcherDependencies, options: DispatcherOptions): Dispatcher {
  return new JobDispatcher(dependencies, options);
}

class JobDispatcher implements Dispatcher {
  readonly #dependencies: DispatcherDependencies;
  readonly #options: DispatcherOptions;
  readonly #observer: EngineObserver;
  /** In the order in which they get their turn: a job that was served goes to the end. */
  readonly #active = new Map<string, ActiveJob>();
  readonly #poll: PeriodicTask;
  readonly #renewal: PeriodicTask;
  /** Steps in progress, so that `stop` can wait for them. */
  readonly #steps = new Set<Promise<void>>();
  readonly #window: DispatchWindow;
  #isPumpPlanned = false;
  #isRunning = false;

  constructor(dependencies: DispatcherDependencies, options: DispatcherOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#window = new DispatchWindow(options);
    const { time, logger, observer = noopObserver } = dependencies;
    this.#observer = observer;
    this.#poll = createPeriodicTask(
      time,
      options.pollMs,
      () => this.#pollJobs(),
      (error) => logger.warn({ err: error }, 'could not query the chunks in flight'),
    );
    this.#renewal = createPeriodicTask(
      time,
      options.leaseMs / 3,
      () => this.#renewLeases(),
      (error) => logger.warn({ err: error }, 'could not renew the leases of jobs'),
    );
  }

  start(): void {
    this.#isRunning = true;
    this.#poll.start();
    this.#renewal.start();
    this.#planPump();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all([this.#poll.stop(), this.#renewal.stop()]);
    await Promise.all(this.#steps);
    const jobs = [...this.#active.keys()];
    for (const jobId of jobs) this.#observer.jobLeft(jobId);
    for (const active of this.#active.values()) this.#release(active);
    this.#active.clear();
    await Promise.allSettled(jobs.map((jobId) => this.#dependencies.store.releaseJob(jobId, this.#options.owner)));
  }

  adopt(job: Job): void {
    this.#adopt(job, 'accepted');
  }

  #adopt(job: Job, how: 'accepted' | 'takenOver'): void {
    if (this.#active.has(job.id)) return;
    this.#observer.jobAdopted(job, how);
    const now = this.#dependencies.time.now();
    this.#active.set(job.id, new ActiveJob(job, this.#window, this.#options.resendMs, now));
    this.#planPump();
  }

  async claim(jobId: string): Promise<void> {
    if (this.#active.has(jobId)) return;
    const { store, time, logger } = this.#dependencies;
    const now = time.now();
    const job = await store.claimJob(jobId, this.#options.owner, now, now + this.#options.leaseMs);
    if (job === undefined || job.state === 'Receiving') return;
    logger.info({ jobId, takeovers: job.takeovers }, 'took over a job');
    this.#adopt(job, 'takenOver');
  }

  noteRecorded(response: ResponseMessage, verdict: RecordVerdict): void {
    const active = this.#active.get(response.jobId);
    if (active === undefined) return;
    if (verdict === 'recorded') active.cacheCounts(response);
    active.markFinished(response.firstLine, this.#dependencies.time.now(), response.serviceMs ?? 0);
    this.#planPump();
  }

  isActive(jobId: string): boolean {
    return this.#active.has(jobId);
  }

  forget(jobId: string): void {
    const active = this.#active.get(jobId);
    if (active !== undefined) this.#drop(active);
  }

  readLoad(): Load {
    let oldestCreatedAt: number | undefined;
    let oldestProgressAt: number | undefined;
    for (const { job, progressAt } of this.#active.values()) {
      oldestCreatedAt = Math.min(job.createdAt, oldestCreatedAt ?? Infinity);
      oldestProgressAt = Math.min(progressAt, oldestProgressAt ?? Infinity);
    }
    return {
      jobs: this.#active.size,
      oldestCreatedAt,
      oldestProgressAt,
      chunksInFlight: this.#window.chunks,
      chunksInFlightMax: this.#options.inFlightChunksMax,
    };
  }

  #drop(active: ActiveJob): void {
    if (this.#active.get(active.job.id) !== active) return;
    this.#active.delete(active.job.id);
    this.#release(active);
    this.#observer.jobLeft(active.job.id);
    this.#planPump();
  }

  #release(active: ActiveJob): void {
    active.clear();
    this.#dependencies.atHand.drop(active.job.id);
  }

  #isActive(active: ActiveJob): boolean {
    return this.#isRunning && this.#active.get(active.job.id) === active;
  }

  /** Gathers what happens in one turn of the event loop into one pass over the jobs. */
  #planPump(): void {
    if (this.#isPumpPlanned || !this.#isRunning) return;
    this.#isPumpPlanned = true;
    queueMicrotask(() => {
      this.#isPumpPlanned = false;
      if (this.#isRunning) this.#pump();
    });
  }

  #pump(): void {
    const now = this.#dependencies.time.now();
    const jobs = Array.from(this.#active.values());
    this.#window.openJobs = jobs.filter(({ isExhausted }) => !isExhausted).length;
    for (const active of jobs) {
      if (active.retryAt > now) continue;
      if (active.job.state === 'Cancelling') this.#settle(active);
      else if (active.isDrained) this.#fold(active);
      else {
        this.#fill(active);
        if (now - active.foldedAt >= this.#options.foldMs) this.#fold(active);
      }
    }
  }

  /** Runs a step of a job; a failure is logged and the step tried again after a pause. */
  #run(active: ActiveJob, what: string, step: () => Promise<void>): void {
    const { time, logger } = this.#dependencies;
    const running = step()
      .catch((error: unknown) => {
        logger.warn({ jobId: active.job.id, err: error }, `could not ${what}; retrying`);
        active.retryAt = time.now() + retryMs;
        time.schedule(retryMs, () => this.#planPump());
      })
      .finally(() => {
        this.#steps.delete(running);
        this.#planPump();
      });
    this.#steps.add(running);
  }

  #fill(active: ActiveJob): void {
    if (active.isFilling || active.isExhausted) return;
    const { room } = active;
    if (room === 0) return;
    active.isFilling = true;
    this.#active.delete(active.job.id);
    this.#active.set(active.job.id, active);
    this.#run(active, 'send chunks', async () => {
      try {
        await this.#sendNext(active, room);
      } finally {
        active.isFilling = false;
      }
    });
  }

  async #sendNext(active: ActiveJob, limit: number): Promise<void> {
    const chunks = await this.#readNext(active, limit);
    if (!this.#isActive(active)) return;
    active.moveCursor(chunks);
    if (chunks.length < limit || active.cursor > active.job.operations) active.isExhausted = true;
    if (chunks.length === 0) return;
    const attempt = 1 + active.job.takeovers;
    await this.#send(active, chunks, attempt, false);
  }

  /** Fewer than `limit`: there are no more. */
  async #readNext({ job, cursor }: ActiveJob, limit: number): Promise<readonly Chunk[]> {
    const { atHand, store } = this.#dependencies;
    const chunks = atHand.take(job.id, cursor, limit);
    const last = chunks.at(-1);
    const next = last === undefined ? cursor : last.firstLine + last.count;
    if (chunks.length === limit || next > job.operations) return chunks;
    return [...chunks, ...(await store.readOpenChunks(job.id, next, limit - chunks.length))];
  }

  async #send(active: ActiveJob, chunks: readonly Chunk[], attempt: number, isAgain: boolean): Promise<void> {
    const { bus, time } = this.#dependencies;
    const jobId = active.job.id;
    active.markSent(chunks, attempt, time.now());
    try {
      const program = active.job.isTable ? await this.#dependencies.tables.findProgram(jobId) : undefined;
      const requests = chunks.map((chunk) => this.#toRequest(active.job, program, chunk, attempt));
      const sending = { jobId, chunks: chunks.length, attempt, isAgain };
      await this.#observer.sending(sending, () => bus.sendRequests(requests));
    } catch (error) {
      if (this.#isActive(active)) active.rewind(chunks);
      throw error;
    }
  }

  /**
   * The budget of one chunk: a share of what the fold leaves of the job's budget, so that a job cannot spend its budget many
   * times over between two folds.
   */
  #costMax(job: Job): number {
    const left = this.#options.costPerOperation * job.operations + this.#options.costBase - job.fold.cost;
    return Math.max(0, Math.floor(left / Math.min(this.#options.windowChunks, job.chunks)));
  }

  #toRequest(job: Job, table: TableProgram | undefined, chunk: Chunk, attempt: number): RequestMessage {
    return {
      jobId: job.id,
      firstLine: chunk.firstLine,
      count: chunk.count,
      mode: job.mode,
      precision: job.precision,
      text: chunk.text,
      faults: chunk.faults,
      attempt,
      costMax: this.#costMax(job),
      ...(table !== undefined && { table }),
    };
  }

  #fold(active: ActiveJob): void {
    if (active.isFolding) return;
    active.isFolding = true;
    this.#run(active, 'fold', async () => {
      try {
        await this.#foldAndFinish(active);
      } finally {
        active.isFolding = false;
      }
    });
  }

  async #foldAndFinish(active: ActiveJob): Promise<void> {
    const { store, time, signals } = this.#dependencies;
    active.foldedAt = time.now();
    const wasDrained = active.isDrained && !active.isFilling;
    const before = active.job.fold.through;
    const job = await advanceJob(store, time, active.job, this.#options.retentionMs, active.known);
    if (!this.#isActive(active)) return;
    if (job === undefined || job.state === 'Deleting') return this.#drop(active);
    active.update(job, time.now());
    if (isFinished(job.state)) {
      if (job.state === 'Completed') this.#observer.jobFinished(job, job.state);
      this.#drop(active);
      signals.notify(job.id, 'end');
    } else if (wasDrained && job.state === 'InProgress') {
      active.rescan();
      active.retryAt = job.fold.through === before ? time.now() + retryMs : 0;
      if (active.retryAt > 0) time.schedule(retryMs, () => this.#planPump());
    }
    if (job.fold.through > before) signals.notify(job.id, 'progress');
  }

  #settle(active: ActiveJob): void {
    const { store, time, signals } = this.#dependencies;
    if (active.isFolding) return;
    active.isFolding = true;
    this.#run(active, 'settle a cancelled job', async () => {
      try {
        await settleCancelledJob(store, time, active.job, this.#options.retentionMs);
        this.#drop(active);
        signals.notify(active.job.id, 'end');
      } finally {
        active.isFolding = false;
      }
    });
  }

  async #pollJobs(): Promise<void> {
    const waiting = Array.from(this.#active.values()).values();
    const workers = Array.from({ length: polledAtOnce }, async () => {
      for (const active of waiting) if (active.inFlightCount > 0) await this.#pollJob(active);
    });
    await Promise.all(workers);
    this.#planPump();
  }

  /** Trouble with one job is no reason to leave the others waiting. */
  async #pollJob(active: ActiveJob): Promise<void> {
    const { store, time, logger } = this.#dependencies;
    if (!this.#isActive(active)) return;
    try {
      const finished = await store.findFinished(active.job.id, active.inFlightLines);
      if (!this.#isActive(active)) return;
      for (const firstLine of finished) active.markFinished(firstLine, time.now());
      await this.#resendOverdue(active);
    } catch (error) {
      logger.warn({ jobId: active.job.id, err: error }, 'could not check the chunks in flight');
    }
  }

  async #resendOverdue(active: ActiveJob): Promise<void> {
    const { store, time, logger } = this.#dependencies;
    const jobId = active.job.id;
    const lines = active.findOverdue(time.now());
    if (lines.length === 0) return;
    const slices = (await Promise.all(lines.map((line) => store.readSlices(jobId, line, line, 1)))).flat();
    if (!this.#isActive(active)) return;
    if (slices.length < lines.length) return this.#drop(active);
    for (const { chunk, outcomes } of slices)
      if (outcomes !== undefined) active.markFinished(chunk.firstLine, time.now());
    const open = slices.map(({ chunk }) => chunk);
    const attempts = Map.groupBy(open, ({ firstLine }) => active.nextAttempt(firstLine));
    for (const [attempt, again] of attempts) {
      // It has landed meanwhile.
      if (attempt === undefined) continue;
      const fields = { jobId, firstLine: again[0]?.firstLine, chunks: again.length, attempt };
      logger.warn(fields, 'chunks are overdue; resending them');
      // Not waited for: an unavailable bus takes time to fail, and other jobs may have been finished meanwhile.
      this.#run(active, 'send chunks again', () => this.#send(active, again, attempt, true));
    }
  }

  async #renewLeases(): Promise<void> {
    await Promise.all(Array.from(this.#active.values(), (active) => this.#renewLease(active)));
    this.#planPump();
  }

  async #renewLease(active: ActiveJob): Promise<void> {
    const { store, time, logger } = this.#dependencies;
    const now = time.now();
    const job = await store.claimJob(active.job.id, this.#options.owner, now, now + this.#options.leaseMs);
    if (!this.#isActive(active)) return;
    if (job === undefined) {
      logger.info({ jobId: active.job.id }, 'the job was finished, deleted or taken over by another instance');
      this.#drop(active);
    } else if (job.state === 'Cancelling') {
      active.job = { ...active.job, state: job.state };
    }
  }
}
