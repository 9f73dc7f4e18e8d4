/**
 * The engine of one instance that serves users: Intake, Dispatcher, Recorder and Janitor over a store and a bus, and the
 * questions that users may ask. (The Evaluator is a part of its own: in a cluster it runs elsewhere.)
 */
import {
  chunkBytesMax,
  decodeOutcomes,
  isFinished,
  isVisible,
  operationBytesMax,
  type EvaluationMode,
  type Job,
  type LineFault,
  type LineOutcome,
} from '../jobs/index.ts';
import { createDispatcher, type DispatcherOptions, type Load } from './dispatcher.ts';
import { invariant } from './errors.ts';
import { createIntake, type IntakeDependencies, type IntakeOptions } from './intake.ts';
import { createJanitor, type JanitorOptions } from './janitor.ts';
import { watchChanges } from './job-changes.ts';
import { settleCancelledJob } from './job-progress.ts';
import { readLines, readLinesByOutcome, streamSlices } from './job-results.ts';
import type { CancelVerdict, JobService, JobView } from './job-service.ts';
import { createJobSignals } from './job-signals.ts';
import { viewJob } from './job-view.ts';
import { silentObserver, type EngineObserver } from './observer.ts';
import type { ChunkEvaluator, OperationBus, OutcomeFilter, Service } from './ports.ts';
import { createRecorder, type RecorderOptions } from './recorder.ts';
import { pause } from './time.ts';

export type EngineOptions = IntakeOptions & DispatcherOptions & JanitorOptions & RecorderOptions;

export interface EngineDependencies extends Omit<IntakeDependencies, 'onSealed'> {
  readonly bus: OperationBus;
  /** Evaluates what is asked and answered at once (`evaluate`); nothing of a job. */
  readonly chunkEvaluator: ChunkEvaluator;
}

export interface Engine extends JobService, Service {
  /** For whoever measures. */
  readLoad(): Load;
}

/** Cost units of one call of `evaluate`, about one second: it is answered while its caller waits. */
const evaluateCostMax = 20_000_000;
/** How long a watcher waits for a signal before it looks by itself. */
const watchPollMs = 1_000;

/** Sensible values for one process that owns its store; a cluster shortens the poll and the patience. */
export const defaultEngineOptions = {
  leaseMs: 15_000,
  retentionMs: 7 * 24 * 3_600_000,
  operationsMax: 50_000_000,
  uploadBytesMax: 4 * 1024 ** 3,
  windowChunks: 64,
  roundTripMs: 200,
  inFlightChunksMax: 256,
  pollMs: 1_000,
  resendMs: 60_000,
  foldMs: 250,
  costPerOperation: 50,
  /** One hour of one core at 2,000,000 units in 100 ms. */
  costBase: 72_000_000_000,
  intervalMs: 1_000,
  sweepMs: 3_600_000,
  concurrency: 256,
} as const satisfies Omit<EngineOptions, 'owner'>;

export function createEngine(dependencies: EngineDependencies, options: EngineOptions): Engine {
  const { store, bus, time, logger, chunkEvaluator, observer = silentObserver } = dependencies;
  const signals = createJobSignals();
  const dispatcher = createDispatcher({ store, bus, time, signals, logger, observer }, options);
  const recorder = createRecorder(
    {
      store,
      bus,
      time,
      logger,
      observer,
      onRecorded(record, verdict) {
        dispatcher.noteRecorded(record, verdict);
        signals.notify(record.jobId, 'progress');
      },
    },
    options,
  );
  const janitor = createJanitor({ store, dispatcher, time, logger }, options);
  const intake = createIntake({ ...dependencies, onSealed: (job, chunks) => dispatcher.adopt(job, chunks) }, options);

  async function findJob(jobId: string): Promise<Job | undefined> {
    const job = await store.readJob(jobId);
    return job !== undefined && isVisible(job.state) ? job : undefined;
  }

  async function readJob(jobId: string): Promise<JobView | undefined> {
    const job = await store.readJob(jobId);
    return job === undefined ? undefined : viewJob(store, job);
  }

  async function cancelJob(jobId: string): Promise<CancelVerdict> {
    const isCancelled = await store.cancelJob(jobId);
    const job = await findJob(jobId);
    if (job === undefined) return { kind: 'unknown' };
    if (job.state === 'Cancelling') {
      dispatcher.forget(jobId);
      await settleCancelledJob(store, time, job, options.retentionMs);
      signals.notify(jobId, 'end');
    }
    const view = await readJob(jobId);
    if (view === undefined) return { kind: 'unknown' };
    if (isCancelled && view.status === 'Cancelled') observer.jobFinished(jobId, view.status);
    return { kind: isCancelled || view.status === 'Cancelled' ? 'cancelled' : 'finished', job: view };
  }

  async function deleteJob(jobId: string): Promise<boolean> {
    if (!(await store.deleteJob(jobId))) return false;
    dispatcher.forget(jobId);
    signals.notify(jobId, 'end');
    janitor.wake();
    return true;
  }

  async function listOperations(
    jobId: string,
    query: { readonly offset: number; readonly limit: number; readonly filter: OutcomeFilter | undefined },
  ) {
    const job = await findJob(jobId);
    const view = job === undefined ? undefined : await viewJob(store, job);
    if (job === undefined || view === undefined) return undefined;
    const { offset, limit, filter } = query;
    const operations = await (filter === undefined
      ? readLines(store, job, offset, limit)
      : readLinesByOutcome(store, job, filter, offset, limit));
    return { total: countMatching(view, filter), operations };
  }

  async function* views(first: JobView, intervalMs: number, signal: AbortSignal): AsyncGenerator<JobView, void, void> {
    const changes = watchChanges(signals, time, first.id, signal);
    try {
      let view: JobView | undefined = first;
      let shown: JobView | undefined;
      while (view !== undefined && !signal.aborted) {
        if (shown === undefined || view.completed !== shown.completed || view.status !== shown.status) {
          yield view;
          shown = view;
          if (isFinished(view.status)) return;
          await pause(time, intervalMs, signal);
        }
        await changes.next(watchPollMs);
        view = await readJob(first.id);
      }
    } finally {
      changes.close();
    }
  }

  async function awaitJob(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobView | undefined> {
    const changes = watchChanges(signals, time, jobId, signal, 'end');
    const until = time.now() + waitMs;
    try {
      for (;;) {
        const view = await readJob(jobId);
        const left = until - time.now();
        if (view === undefined || isFinished(view.status) || left <= 0 || signal.aborted) return view;
        await changes.next(Math.min(left, watchPollMs));
      }
    } finally {
      changes.close();
    }
  }

  return {
    submit: (upload) => intake.submit(upload),
    readJob,
    awaitJob,
    async listJobs(offset, limit) {
      const { total, jobs } = await store.listJobs(offset, limit);
      const viewed = await Promise.all(jobs.map((job) => viewJob(store, job)));
      return { total, jobs: viewed.filter((view) => view !== undefined) };
    },
    listOperations,
    async readOperation(jobId, line) {
      const job = await findJob(jobId);
      if (job === undefined || !Number.isSafeInteger(line) || line < 1 || line > job.operations) return undefined;
      const [operation] = await readLines(store, job, line - 1, 1);
      return operation;
    },
    async streamResults(jobId, query, signal) {
      const job = await findJob(jobId);
      const view = job === undefined ? undefined : await viewJob(store, job);
      if (job === undefined || view === undefined) return undefined;
      return { job: view, slices: streamSlices({ store, time, signals }, job, query, signal) };
    },
    async watchJob(jobId, intervalMs, signal) {
      const view = await readJob(jobId);
      return view === undefined ? undefined : views(view, intervalMs, signal);
    },
    cancelJob,
    deleteJob,
    evaluate: (lines, mode) => evaluateLines(chunkEvaluator, observer, dependencies.newJobId(), lines, mode),
    async checkReady() {
      const [ofStore, ofBus] = await Promise.allSettled([store.checkHealth(), bus.checkHealth()]);
      return [
        ...(ofStore.status === 'rejected' ? [{ part: 'store', reason: reasonOf(ofStore.reason) }] : []),
        ...(ofBus.status === 'rejected' ? [{ part: 'bus', reason: reasonOf(ofBus.reason) }] : []),
      ];
    },
    readLoad: () => dispatcher.readLoad(),
    async start() {
      recorder.start();
      dispatcher.start();
      janitor.start();
    },
    async stop() {
      await janitor.stop();
      await recorder.stop();
      await dispatcher.stop();
    },
  };
}

function countMatching(view: JobView, filter: OutcomeFilter | undefined): number {
  if (filter === undefined) return view.operations;
  return filter === 'pending' ? view.operations - view.completed : view[filter];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function evaluateLines(
  chunkEvaluator: ChunkEvaluator,
  observer: EngineObserver,
  id: string,
  lines: readonly string[],
  mode: EvaluationMode,
): Promise<readonly LineOutcome[]> {
  if (lines.length === 0) return [];
  const faults: LineFault[] = [];
  const shown = lines.map((line, index) => {
    const fault = findFault(line);
    if (fault === undefined) return line;
    faults.push({ line: index + 1, column: 0, endColumn: 0, ...fault });
    return '';
  });
  const text = new TextEncoder().encode(`${shown.join('\n')}\n`);
  invariant(text.length <= chunkBytesMax * 16, 'the caller bounds the lines it hands over');
  const { mode: name, precision } = mode;
  const request = {
    jobId: id,
    firstLine: 1,
    count: lines.length,
    mode: name,
    precision,
    text,
    faults,
    attempt: 1,
    costMax: evaluateCostMax,
  };
  const outcomes = await observer.evaluation(request, () => chunkEvaluator.evaluate(request));
  return decodeOutcomes(outcomes.text);
}

function findFault(line: string): Pick<LineFault, 'code' | 'message'> | undefined {
  if (/[\r\n]/.test(line)) return { code: 'SYNTAX', message: 'The operation holds more than one line.' };
  if (!line.isWellFormed())
    return { code: 'ENCODING', message: 'The operation holds half of a surrogate pair, which is no character.' };
  if (new TextEncoder().encode(line).length <= operationBytesMax) return undefined;
  return { code: 'TOO_LONG', message: `The operation is longer than ${operationBytesMax} bytes.` };
}
