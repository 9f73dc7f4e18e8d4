/**
 * Intake: reads an upload as a stream, cuts it into chunks, stores them, seals the job. The source is read no faster
 * than the store commits, and the memory of one upload is a constant: the splitter's buffer and `appendsInFlightMax`
 * batches. Whatever ends an upload early, nothing of it is left behind.
 */
import {
  createChunkSplitter,
  emptyFold,
  operationBytesMax,
  readRecordChunk,
  recordBytesMax,
  type Chunk,
  type ChunkSplitter,
  type Job,
} from '../jobs/index.ts';
import { StoreError } from './errors.ts';
import type { SubmitVerdict, Upload, UploadFormat } from './job-service.ts';
import { toView } from './job-view.ts';
import type { Logger } from './logger.ts';
import { silentObserver, type EngineObserver } from './observer.ts';
import type { JobSeal, JobStore, NewJob } from './ports.ts';
import { createPeriodicTask, type Time } from './time.ts';

/**
 * Bytes of chunks that go to the store in one call. Larger ones made uploads no faster, and the commits of everybody else
 * wait behind them: 512 KiB doubled the latency of small jobs beside a big upload. A smaller upload is written whole.
 */
const appendBytes = 128 * 1024;
/** Calls to the store under way for one upload: one being committed, one waiting. */
const appendsInFlightMax = 2;

export interface ContentDigest {
  update(bytes: Uint8Array | string): void;
  finish(): string;
}

export interface IntakeDependencies {
  readonly store: JobStore;
  readonly time: Time;
  readonly newJobId: () => string;
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  /** A collision-resistant digest: equal digests mean equal content. */
  readonly createDigest: () => ContentDigest;
  /** Called when a job is sealed; this instance owns it. `chunks`: all of its chunks, if they are still at hand. */
  readonly onSealed: (job: Job, chunks: readonly Chunk[]) => void;
  readonly logger: Logger;
  /** Default: nobody. */
  readonly observer?: EngineObserver;
}

export interface IntakeOptions {
  readonly owner: string;
  readonly leaseMs: number;
  readonly operationsMax: number;
  readonly uploadBytesMax: number;
}

export interface Intake {
  submit(upload: Upload): Promise<SubmitVerdict>;
}

/** What was read of an upload: all of it (`isWhole`), or the first chunks of one that goes on. */
interface Beginning {
  readonly chunks: readonly Chunk[];
  readonly isWhole: boolean;
}

const nothingYet: Beginning = { chunks: [], isWhole: false };

type Refusal = Extract<SubmitVerdict, { kind: 'empty' | 'too-many-operations' | 'too-many-bytes' }>;

export function createSplitter(format: UploadFormat, isUtf8: (bytes: Uint8Array) => boolean): ChunkSplitter {
  return format === 'text'
    ? createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 })
    : createChunkSplitter({ lineBytesMax: recordBytesMax, isUtf8, finish: readRecordChunk });
}

export function createIntake(dependencies: IntakeDependencies, options: IntakeOptions): Intake {
  const { store, time, logger, observer = silentObserver } = dependencies;

  async function submit(upload: Upload): Promise<SubmitVerdict> {
    const reader = createUploadReader(upload, dependencies, options);
    try {
      // An idempotency key is taken before the upload, so that a second one with it is told at once.
      const beginning = upload.idempotencyKey === undefined ? await reader.readBeginning() : nothingYet;
      if (isRefusal(beginning)) return beginning;
      const newJob = describeJob(upload);
      return beginning.isWhole
        ? await takeWhole(newJob, beginning.chunks, reader)
        : await takeStream(newJob, beginning.chunks, reader);
    } finally {
      await reader.close();
    }
  }

  function describeJob(upload: Upload): NewJob {
    return {
      id: dependencies.newJobId(),
      name: upload.name,
      mode: upload.mode,
      precision: upload.precision,
      createdAt: time.now(),
      owner: options.owner,
      leaseUntil: time.now() + options.leaseMs,
      idempotencyKey: upload.idempotencyKey,
    };
  }

  /** A small upload is there before its job is: one write makes it durable. */
  async function takeWhole(newJob: NewJob, chunks: readonly Chunk[], reader: UploadReader): Promise<SubmitVerdict> {
    const seal = sealOf(reader);
    await store.createJob(newJob, { seal, chunks });
    return accept(newJob, seal, chunks);
  }

  /** A large upload is stored as it comes, under a job that nobody sees before it is sealed. */
  async function takeStream(newJob: NewJob, chunks: readonly Chunk[], reader: UploadReader): Promise<SubmitVerdict> {
    const existing = await create(newJob);
    if (existing !== undefined) return compare(existing, reader);
    const lease = createPeriodicTask(
      time,
      options.leaseMs / 3,
      async () => void (await store.claimJob(newJob.id, options.owner, time.now(), time.now() + options.leaseMs)),
      (error) => logger.warn({ jobId: newJob.id, err: error }, 'could not renew the lease of an upload'),
    );
    lease.start();
    try {
      const refusal = await storeRest(newJob.id, chunks, reader);
      if (refusal === undefined) return await seal(newJob, sealOf(reader));
      await store.abortJob(newJob.id, options.owner, time.now());
      return refusal;
    } catch (error) {
      const abandoned = abandon(newJob.id);
      // A store that was out of reach just now would keep the caller waiting for the same answer.
      if (!(error instanceof StoreError && error.code === 'unavailable')) await abandoned;
      throw error;
    } finally {
      await lease.stop();
    }
  }

  /** Inserts the job, or returns the job that has its idempotency key. */
  async function create(newJob: NewJob): Promise<Job | undefined> {
    const creation = await store.createJob(newJob);
    if (creation.kind === 'created') return undefined;
    // The key of an upload whose owner died is free as soon as its lease has lapsed, not only when the janitor comes by.
    if (creation.job.state !== 'Receiving' || !(await store.abortJob(creation.job.id, undefined, time.now()))) {
      return creation.job;
    }
    const second = await store.createJob(newJob);
    return second.kind === 'created' ? undefined : second.job;
  }

  async function storeRest(jobId: string, first: readonly Chunk[], reader: UploadReader): Promise<Refusal | undefined> {
    const appends = createAppends(store, jobId);
    try {
      await appends.add(first);
      for await (const chunks of reader.rest()) {
        if (isRefusal(chunks)) return chunks;
        await appends.add(chunks);
      }
      await appends.flush();
    } finally {
      await appends.settle();
    }
    return undefined;
  }

  function sealOf(reader: UploadReader): JobSeal {
    const sealedAt = time.now();
    return {
      operations: reader.operations,
      chunks: reader.chunks,
      contentDigest: reader.digest(),
      sealedAt,
      leaseUntil: sealedAt + options.leaseMs,
    };
  }

  async function seal(newJob: NewJob, seal: JobSeal): Promise<SubmitVerdict> {
    if (await store.sealJob(newJob.id, options.owner, seal)) return accept(newJob, seal, []);
    throw new StoreError('unavailable', 'the upload took longer than its lease could be kept; send it again');
  }

  function accept(newJob: NewJob, seal: JobSeal, chunks: readonly Chunk[]): SubmitVerdict {
    const job = toSealedJob(newJob, seal);
    dependencies.onSealed(job, chunks);
    return { kind: 'accepted', job: toView(job, undefined) };
  }

  /** If even this fails, the lease lapses and a janitor aborts the job. */
  async function abandon(jobId: string): Promise<void> {
    try {
      await store.abortJob(jobId, options.owner, time.now());
    } catch (error) {
      logger.warn({ jobId, err: error }, 'could not abort a broken upload; the janitor will');
    }
  }

  return { submit: (upload) => observer.upload(() => submit(upload)) };
}

/** Answers an upload whose idempotency key is taken: reads all of it to compare, keeps nothing. */
async function compare(job: Job, reader: UploadReader): Promise<SubmitVerdict> {
  if (job.state === 'Receiving') return { kind: 'key-in-use' };
  for await (const chunks of reader.rest()) if (isRefusal(chunks)) return chunks;
  if (reader.digest() !== job.contentDigest) return { kind: 'key-reused' };
  return { kind: 'replayed', job: toView(job, undefined) };
}

function isRefusal(reading: Refusal | object): reading is Refusal {
  return 'kind' in reading;
}

type UploadReader = ReturnType<typeof createUploadReader>;

/** Reads an upload once, from its source to chunks, within the limits, with its digest when one is needed. */
function createUploadReader(upload: Upload, dependencies: IntakeDependencies, options: IntakeOptions) {
  const splitter = createSplitter(upload.format, dependencies.isUtf8);
  const digest = upload.idempotencyKey === undefined ? undefined : dependencies.createDigest();
  digest?.update(`${upload.format} ${upload.mode} ${upload.precision}\n`);
  const { observer = silentObserver } = dependencies;
  const source = upload.source[Symbol.asyncIterator]();
  let bytesTotal = 0;
  let isEnded = false;
  let finishedDigest: string | undefined;

  /** The chunks that the next bytes complete; at the end those that are left. */
  async function read(): Promise<readonly Chunk[] | Refusal> {
    const next = await source.next();
    if (next.done === true) {
      isEnded = true;
      const rest = splitter.end();
      return splitter.operations === 0 ? { kind: 'empty' } : (checkOperations() ?? rest);
    }
    bytesTotal += next.value.length;
    observer.uploadBytes(next.value.length);
    if (bytesTotal > options.uploadBytesMax) return { kind: 'too-many-bytes', max: options.uploadBytesMax };
    digest?.update(next.value);
    const chunks = splitter.push(next.value);
    return checkOperations() ?? chunks;
  }

  function checkOperations(): Refusal | undefined {
    if (splitter.operations <= options.operationsMax) return undefined;
    return { kind: 'too-many-operations', max: options.operationsMax };
  }

  return {
    /** Reads until the upload ends or is worth a write of its own. */
    async readBeginning(): Promise<Beginning | Refusal> {
      const chunks: Chunk[] = [];
      while (!isEnded && bytesTotal < appendBytes) {
        const next = await read();
        if (isRefusal(next)) return next;
        chunks.push(...next);
      }
      return { chunks, isWhole: isEnded };
    },
    /** What follows the beginning; ends at the first refusal. */
    async *rest(): AsyncGenerator<readonly Chunk[] | Refusal, void, void> {
      while (!isEnded) {
        const next = await read();
        yield next;
        if (isRefusal(next)) return;
      }
    },
    /** Lets go of the source, wherever the reading stopped. */
    async close(): Promise<void> {
      if (!isEnded) await source.return?.();
    },
    get operations() {
      return splitter.operations;
    },
    get chunks() {
      return splitter.chunks;
    },
    /** The digest of content and options, once the upload has ended; undefined when it has no idempotency key. */
    digest(): string | undefined {
      finishedDigest ??= digest?.finish();
      return finishedDigest;
    },
  };
}

/** Hands chunks to the store in batches, a bounded number of them at once. The first failure is thrown by the next call. */
function createAppends(store: JobStore, jobId: string) {
  let batch: Chunk[] = [];
  let batchBytes = 0;
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  function send(): void {
    const chunks = batch;
    batch = [];
    batchBytes = 0;
    const append = store
      .appendChunks(jobId, chunks)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => underWay.delete(append));
    underWay.add(append);
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure.error;
  }

  return {
    async add(chunks: readonly Chunk[]): Promise<void> {
      for (const chunk of chunks) {
        batch.push(chunk);
        batchBytes += chunk.text.length;
        if (batchBytes >= appendBytes) send();
        while (underWay.size >= appendsInFlightMax) await Promise.race(underWay);
      }
      throwFailure();
    },
    async flush(): Promise<void> {
      if (batch.length > 0) send();
      await Promise.all(underWay);
      throwFailure();
    },
    /** Resolves when no call is under way, whatever came of it. */
    async settle(): Promise<void> {
      await Promise.all(underWay);
    },
  };
}

function toSealedJob(newJob: NewJob, seal: JobSeal): Job {
  return {
    id: newJob.id,
    state: 'InProgress',
    name: newJob.name,
    mode: newJob.mode,
    precision: newJob.precision,
    createdAt: newJob.createdAt,
    sealedAt: seal.sealedAt,
    finishedAt: undefined,
    expiresAt: undefined,
    operations: seal.operations,
    chunks: seal.chunks,
    fold: emptyFold,
    lease: { owner: newJob.owner, until: seal.leaseUntil },
    takeovers: 0,
    idempotencyKey: newJob.idempotencyKey,
    contentDigest: seal.contentDigest,
  };
}
