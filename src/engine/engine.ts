/**
 * The engine of one instance that serves users: Intake, Dispatcher, Recorder and Janitor over a store and a bus, and the
 * questions that users may ask. (The Evaluator is a part of its own: in a cluster it runs elsewhere.)
 */
import {
  addEngine,
  chunkBytesMax,
  decodeOutcomes,
  isFinished,
  isVisible,
  noEngines,
  operationBytesMax,
  visibleJobStates,
  type EvaluationMode,
  type Job,
  type LineFault,
  type ListedJob,
  type VisibleJobState,
} from '../jobs/index.ts';
import { changeMatching } from './bulk-changes.ts';
import { createClusterView } from './cluster-view.ts';
import { countResults } from './count-results.ts';
import { ChunksAtHand } from './chunks-at-hand.ts';
import { createDispatcher, type DispatcherOptions, type Load } from './dispatcher.ts';
import { invariant, StoreError } from './errors.ts';
import type { InstanceIdentity, InstanceReport, TopicLag } from './instance-report.ts';
import { createIntake, type IntakeDependencies, type IntakeOptions } from './intake.ts';
import { createJanitor, type JanitorDependencies, type JanitorOptions } from './janitor.ts';
import { createJobFeeds, type JobFeedOptions } from './job-feeds.ts';
import { createJobIds, type NewJobId } from './job-ids.ts';
import { settleCancelledJob } from './job-progress.ts';
import { readLines, readLinesByOutcome, streamSlices } from './job-results.ts';
import { findPageOffset } from './near-line.ts';
import { searchOperations } from './search-operations.ts';
import type {
  BulkVerdict,
  CancelVerdict,
  Evaluation,
  JobList,
  JobService,
  JobView,
  OperationList,
  OperationsQuery,
} from './job-service.ts';
import { createJobSignals } from './job-signals.ts';
import { createJobTables } from './job-tables.ts';
import { viewJob, viewListedJob } from './job-view.ts';
import { noopObserver, type EngineObserver } from './observer.ts';
import type { ChunkEvaluator, InstanceRegistry, JobFilter, OperationBus, OutcomeFilter, Service } from './ports.ts';
import { createRateCounter } from './rate-counter.ts';
import { findFailingParts } from './readiness.ts';
import { createRecorder, type RecorderOptions } from './recorder.ts';
import { createRepairer } from './repair.ts';
import { previewTable } from './table-preview.ts';

export interface MemoryOptions {
  /** Bytes of chunks of uploads that are kept in memory until they are sent. */
  readonly atHandBytesMax: number;
}

export interface InstanceOptions extends Omit<InstanceIdentity, 'id'> {
  /** The name by which the instance is shown. Default: `owner`. */
  readonly instanceId?: string;
  /** Which adapters it has, as they are shown. */
  readonly storeKind: string;
  readonly busKind: string;
}

export type EngineOptions = IntakeOptions &
  DispatcherOptions &
  JanitorOptions &
  RecorderOptions &
  JobFeedOptions &
  MemoryOptions &
  InstanceOptions;

export interface EngineDependencies
  extends
    Omit<IntakeDependencies, 'onSealed' | 'jobIds' | 'tables' | 'atHand'>,
    Pick<JanitorDependencies, 'onExpired'> {
  readonly newJobId: NewJobId;
  readonly bus: OperationBus;
  /** Evaluates the operations of `evaluate`, outside of jobs. */
  readonly chunkEvaluator: ChunkEvaluator;
  /** Where the other instances of a cluster report. */
  readonly registry?: InstanceRegistry;
}

export interface Engine extends JobService, Service {
  /** For metrics. */
  readLoad(): Load;
  /** The report of this instance, with the lags that were read for it. */
  describeInstance(lags: readonly TopicLag[]): InstanceReport;
}

/** Cost units of one call of `evaluate`, about one second: it is answered while its caller waits. */
const evaluateCostMax = 20_000_000;
/** Those who wait for the end of a job need no readings in between. */
const awaitIntervalMs = 1_000;

/** Sensible values for one process that owns its store; a cluster shortens the poll interval and the resend timeout. */
export const defaultEngineOptions = {
  leaseMs: 15_000,
  retentionMs: 7 * 24 * 3_600_000,
  operationsMax: 50_000_000,
  uploadBytesMax: 4 * 1024 ** 3,
  /** Larger calls made uploads no faster, and doubled the latency of small jobs, whose commits wait behind them. */
  appendBytes: 128 * 1024,
  windowChunks: 64,
  windowChunksMin: 16,
  windowChunksMax: 64,
  windowBytesMax: 16 * 1024 * 1024,
  queueMs: 150,
  inFlightChunksMax: 256,
  atHandBytesMax: 8 * 1024 * 1024,
  followPollMs: 1_000,
  pollMs: 1_000,
  resendMs: 60_000,
  foldMs: 250,
  costPerOperation: 50,
  /** One hour of one core at 2,000,000 units in 100 ms. */
  costBase: 72_000_000_000,
  intervalMs: 1_000,
  sweepMs: 3_600_000,
  concurrency: 256,
  secondWriteChunks: 1,
  role: 'standalone',
  version: 'unknown',
  storeKind: 'memory',
  busKind: 'memory',
} as const satisfies Omit<EngineOptions, 'owner'>;

export function createEngine(dependencies: EngineDependencies, options: EngineOptions): Engine {
  const { store, bus, time, logger, chunkEvaluator, observer = noopObserver } = dependencies;
  const startedAt = time.now();
  const rate = createRateCounter();
  const signals = createJobSignals();
  const tables = createJobTables(store);
  const atHand = new ChunksAtHand(options.atHandBytesMax);
  const dispatcher = createDispatcher({ store, tables, atHand, bus, time, signals, logger, observer }, options);
  const recorder = createRecorder(
    {
      store,
      bus,
      time,
      logger,
      observer,
      onRecorded(record, verdict) {
        if (verdict === 'recorded') rate.add(record.count, time.now());
        dispatcher.noteRecorded(record, verdict);
        signals.notify(record.jobId, 'progress');
      },
    },
    options,
  );
  const janitor = createJanitor({ ...dependencies, dispatcher }, options);
  const jobIds = createJobIds(dependencies.newJobId);
  const making = {
    ...dependencies,
    tables,
    atHand,
    jobIds,
    onSealed: (job: Job) => dispatcher.adopt(job),
  };
  const intake = createIntake(making, options);
  const repairer = createRepairer(making, options);

  let lastLags: readonly TopicLag[] = [];

  function describeInstance(lags: readonly TopicLag[]): InstanceReport {
    lastLags = lags;
    const { jobs, chunksInFlight } = dispatcher.readLoad();
    const { instanceId = options.owner, role, version } = options;
    const seenAt = time.now();
    const load = { jobs, chunksInFlight, operationsPerSecond: rate.read(seenAt) };
    return { id: instanceId, role, version, startedAt, seenAt, ...load, lags };
  }

  const readCluster = createClusterView(
    { store, bus, time, logger, registry: dependencies.registry, describeSelf: () => describeInstance(lastLags) },
    options,
  );

  async function findJob(jobId: string): Promise<Job | undefined> {
    const job = await store.readJob(jobId);
    return job !== undefined && isVisible(job.state) ? job : undefined;
  }

  async function readJob(jobId: string): Promise<JobView | undefined> {
    const job = await store.readJob(jobId);
    return job === undefined ? undefined : viewJob(store, tables, job);
  }

  const feeds = createJobFeeds({ signals, time, readJob, isOwned: (jobId) => dispatcher.isActive(jobId) }, options);

  /**
   * New ids sort after those that are there, also when the clock was set back. That is worth a look at the list and not a
   * failed start: a store may be busy just then with what the death of an instance left behind.
   */
  async function continueIds(): Promise<void> {
    try {
      const [newest] = (await store.listJobs(0, 1)).jobs;
      if (newest !== undefined) jobIds.startAfter(newest.id);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'unavailable')) throw error;
      logger.warn({ err: error }, 'could not read the newest job at the start; new ids follow the clock alone');
    }
  }

  async function cancelJob(jobId: string, onCancelled = () => {}): Promise<CancelVerdict> {
    const isCancelled = await store.cancelJob(jobId);
    if (isCancelled) onCancelled();
    const job = await findJob(jobId);
    if (job === undefined) return { kind: 'unknown' };
    if (job.state === 'Cancelling') {
      dispatcher.forget(jobId);
      await settleCancelledJob(store, time, job, options.retentionMs);
      signals.notify(jobId, 'end');
    }
    const view = await readJob(jobId);
    if (view === undefined) return { kind: 'unknown' };
    if (isCancelled && view.status === 'Cancelled') observer.jobFinished(job, view.status);
    return { kind: isCancelled || view.status === 'Cancelled' ? 'cancelled' : 'finished', job: view };
  }

  /** Jobs in other states are finished, or were cancelled before. */
  async function cancelJobs(filter: JobFilter): Promise<BulkVerdict> {
    const states = (filter.states ?? visibleJobStates).filter((state) => state === 'InProgress');
    return changeMatching({ store, time }, { ...filter, states }, cancelJob);
  }

  async function deleteJob(jobId: string, states?: readonly VisibleJobState[]): Promise<boolean> {
    if (!(await store.deleteJob(jobId, states))) return false;
    dispatcher.forget(jobId);
    signals.notify(jobId, 'end');
    janitor.wake();
    return true;
  }

  /** Of jobs that were read with one more than `limit`, which shows whether others follow. */
  async function viewList(
    { total, jobs }: { readonly total: number; readonly jobs: readonly ListedJob[] },
    limit: number,
  ): Promise<JobList> {
    const page = jobs.slice(0, limit);
    const viewed = await Promise.all(page.map((job) => viewListedJob(store, job)));
    const next = jobs.length > limit ? page.at(-1)?.id : undefined;
    // A job that was deleted meanwhile has no view; its id is a good cursor all the same.
    return { total, jobs: viewed.filter((view) => view !== undefined), next };
  }

  async function listOperations(jobId: string, query: OperationsQuery): Promise<OperationList | undefined> {
    const job = await findJob(jobId);
    const view = job === undefined ? undefined : await viewJob(store, tables, job);
    if (job === undefined || view === undefined) return undefined;
    const { start, limit, filter } = query;
    const source = { store, job, syntax: view.table?.program.dialect };
    const total = countMatching(view, filter);
    const begin =
      'nearLine' in start ? { offset: await findPageOffset(source, filter, start.nearLine, limit, total) } : start;
    const lines = await (filter === undefined
      ? readLines(source, 'offset' in begin ? begin.offset : begin.afterLine, limit + 1)
      : readLinesByOutcome(source, filter, begin, limit + 1));
    const operations = lines.slice(0, limit);
    const next = lines.length > limit ? operations.at(-1)?.line : undefined;
    return { total, offset: 'offset' in begin ? begin.offset : undefined, operations, next };
  }

  async function* views(first: JobView, intervalMs: number, signal: AbortSignal): AsyncGenerator<JobView, void, void> {
    yield first;
    if (isFinished(first.status)) return;
    const follower = feeds.follow(first.id, { wanted: 'progress', intervalMs, signal });
    try {
      let shown = first;
      while (!isFinished(shown.status)) {
        const view = (await follower.next())?.view;
        if (view === undefined) return;
        if (view.completed === shown.completed && view.status === shown.status) continue;
        yield view;
        shown = view;
      }
    } finally {
      follower.close();
    }
  }

  async function awaitJob(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobView | undefined> {
    const follower = feeds.follow(jobId, {
      wanted: 'end',
      intervalMs: Math.min(awaitIntervalMs, options.followPollMs),
      signal,
    });
    const until = time.now() + waitMs;
    try {
      for (;;) {
        const left = until - time.now();
        const reading = left <= 0 ? undefined : await follower.next(left);
        // The time is over, or the client has left.
        if (reading === undefined) return await readJob(jobId);
        if (reading.view === undefined || isFinished(reading.view.status)) return reading.view;
      }
    } finally {
      follower.close();
    }
  }

  return {
    submit: (upload) => intake.submit(upload),
    previewTable: (upload) => previewTable(dependencies, upload, dependencies.newJobId(0)),
    repairJob: (repair) => repairer.repair(repair),
    findTenant: async (jobId) => (await findJob(jobId))?.tenant,
    readJob,
    awaitJob,
    listJobs: async (offset, limit, filter) => viewList(await store.listJobs(offset, limit + 1, filter), limit),
    listJobsAfter: async (after, limit, filter) => viewList(await store.listJobsAfter(after, limit + 1, filter), limit),
    listOperations,
    async searchOperations(jobId, query, nextTurn) {
      const job = await findJob(jobId);
      const table = job === undefined ? undefined : await tables.find(job);
      if (job === undefined || (job.isTable && table === undefined)) return undefined;
      return searchOperations({ store, job, syntax: table?.program.dialect }, query, nextTurn);
    },
    async readOperation(jobId, line) {
      const job = await findJob(jobId);
      if (job === undefined || !Number.isSafeInteger(line) || line < 1 || line > job.operations) return undefined;
      const table = await tables.find(job);
      if (job.isTable && table === undefined) return undefined;
      const [operation] = await readLines({ store, job, syntax: table?.program.dialect }, line - 1, 1);
      return operation;
    },
    async streamResults(jobId, query, signal) {
      const job = await findJob(jobId);
      const view = job === undefined ? undefined : await viewJob(store, tables, job);
      if (job === undefined || view === undefined) return undefined;
      const requests = typeof query.requests === 'function' ? query.requests(view) : query.requests;
      const lines = await countResults(store, job, query);
      return { job: view, lines, slices: streamSlices({ store, feeds }, job, { ...query, requests }, signal) };
    },
    async watchJob(jobId, intervalMs, signal) {
      const view = await readJob(jobId);
      return view === undefined ? undefined : views(view, intervalMs, signal);
    },
    cancelJob: (jobId) => cancelJob(jobId),
    cancelJobs,
    deleteJob: (jobId) => deleteJob(jobId),
    deleteJobs: (filter) =>
      changeMatching({ store, time }, filter, async (jobId, onDeleted) => {
        if (await deleteJob(jobId, filter.states)) onDeleted();
      }),
    evaluate: (lines, mode) => evaluateLines(chunkEvaluator, observer, dependencies.newJobId(0), lines, mode),
    checkReady: () =>
      findFailingParts(time, [
        { part: 'store', isRequired: true, check: () => store.checkHealth() },
        { part: 'bus', isRequired: false, check: () => bus.checkHealth() },
      ]),
    readCluster,
    describeInstance,
    readLoad: () => dispatcher.readLoad(),
    async start() {
      await continueIds();
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

async function evaluateLines(
  chunkEvaluator: ChunkEvaluator,
  observer: EngineObserver,
  id: string,
  lines: readonly string[],
  mode: EvaluationMode,
): Promise<Evaluation> {
  if (lines.length === 0) return { outcomes: [], engines: noEngines };
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
  return { outcomes: decodeOutcomes(outcomes.text), engines: addEngine(noEngines, outcomes.engine) };
}

function findFault(line: string): Pick<LineFault, 'code' | 'message'> | undefined {
  if (line.includes('\n')) return { code: 'SYNTAX', message: 'The operation contains a line break (LF).' };
  if (!line.isWellFormed())
    return { code: 'ENCODING', message: 'The operation contains half of a surrogate pair, which is not a character.' };
  if (new TextEncoder().encode(line).length <= operationBytesMax) return undefined;
  return { code: 'TOO_LONG', message: `The operation is longer than ${operationBytesMax} bytes.` };
}
