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
import type { JobSeal, JobStore, NewJob } from './ports.ts';
import { createPeriodicTask, type Time } from './time.ts';

/** Bytes of chunks that go to the store in one call: enough to make a commit worth it. */
const appendBytes = 512 * 1024;
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
  /** Called when a job is sealed; this instance owns it. */
  readonly onSealed: (job: Job) => void;
  readonly logger: Logger;
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

type Receipt =
  | {
      readonly kind: 'received';
      readonly operations: number;
      readonly chunks: number;
      readonly digest: string | undefined;
    }
  | Extract<SubmitVerdict, { kind: 'empty' | 'too-many-operations' | 'too-many-bytes' }>;

export function createSplitter(format: UploadFormat, isUtf8: (bytes: Uint8Array) => boolean): ChunkSplitter {
  return format === 'text'
    ? createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 })
    : createChunkSplitter({ lineBytesMax: recordBytesMax, isUtf8, finish: readRecordChunk });
}

export function createIntake(dependencies: IntakeDependencies, options: IntakeOptions): Intake {
  const { store, time, logger } = dependencies;

  async function submit(upload: Upload): Promise<SubmitVerdict> {
    const newJob: NewJob = {
      id: dependencies.newJobId(),
      name: upload.name,
      mode: upload.mode,
      precision: upload.precision,
      createdAt: time.now(),
      owner: options.owner,
      leaseUntil: time.now() + options.leaseMs,
      idempotencyKey: upload.idempotencyKey,
    };
    const existing = await create(newJob);
    return existing === undefined ? receiveJob(newJob, upload) : compare(existing, upload);
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

  /** Answers an upload whose idempotency key is taken: reads all of it to compare, keeps nothing. */
  async function compare(job: Job, upload: Upload): Promise<SubmitVerdict> {
    if (job.state === 'Receiving') return { kind: 'key-in-use' };
    const digest = startDigest(upload);
    let bytesTotal = 0;
    for await (const bytes of upload.source) {
      bytesTotal += bytes.length;
      if (bytesTotal > options.uploadBytesMax) return { kind: 'too-many-bytes', max: options.uploadBytesMax };
      digest.update(bytes);
    }
    if (digest.finish() !== job.contentDigest) return { kind: 'key-reused' };
    return { kind: 'replayed', job: toView(job, undefined) };
  }

  async function receiveJob(newJob: NewJob, upload: Upload): Promise<SubmitVerdict> {
    const lease = createPeriodicTask(
      time,
      options.leaseMs / 3,
      async () => void (await store.claimJob(newJob.id, options.owner, time.now(), time.now() + options.leaseMs)),
      (error) => logger.warn({ jobId: newJob.id, err: error }, 'could not renew the lease of an upload'),
    );
    lease.start();
    try {
      const receipt = await receive(newJob.id, upload);
      if (receipt.kind === 'received') return await seal(newJob, receipt);
      await store.abortJob(newJob.id, options.owner, time.now());
      return receipt;
    } catch (error) {
      await abandon(newJob.id);
      throw error;
    } finally {
      await lease.stop();
    }
  }

  async function seal(newJob: NewJob, receipt: Extract<Receipt, { kind: 'received' }>): Promise<SubmitVerdict> {
    const sealedAt = time.now();
    const seal: JobSeal = {
      operations: receipt.operations,
      chunks: receipt.chunks,
      contentDigest: receipt.digest,
      sealedAt,
      leaseUntil: sealedAt + options.leaseMs,
    };
    if (!(await store.sealJob(newJob.id, options.owner, seal))) {
      throw new StoreError('unavailable', 'the upload took longer than its lease could be kept; send it again');
    }
    const job = toSealedJob(newJob, seal);
    dependencies.onSealed(job);
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

  async function receive(jobId: string, upload: Upload): Promise<Receipt> {
    const splitter = createSplitter(upload.format, dependencies.isUtf8);
    const digest = upload.idempotencyKey === undefined ? undefined : startDigest(upload);
    const appends = createAppends(store, jobId);
    let bytesTotal = 0;
    try {
      for await (const bytes of upload.source) {
        bytesTotal += bytes.length;
        if (bytesTotal > options.uploadBytesMax) return { kind: 'too-many-bytes', max: options.uploadBytesMax };
        digest?.update(bytes);
        await appends.add(splitter.push(bytes));
        if (splitter.operations > options.operationsMax) break;
      }
      const rest = splitter.end();
      if (splitter.operations > options.operationsMax)
        return { kind: 'too-many-operations', max: options.operationsMax };
      if (splitter.operations === 0) return { kind: 'empty' };
      await appends.add(rest);
      await appends.flush();
    } finally {
      await appends.settle();
    }
    return { kind: 'received', operations: splitter.operations, chunks: splitter.chunks, digest: digest?.finish() };
  }

  function startDigest(upload: Upload): ContentDigest {
    const digest = dependencies.createDigest();
    digest.update(`${upload.format} ${upload.mode} ${upload.precision}\n`);
    return digest;
  }

  return { submit };
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
