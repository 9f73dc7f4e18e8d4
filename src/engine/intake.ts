/**
 * Intake: reads an upload as a stream, cuts it into chunks, stores them, seals the job. The source is read no faster
 * than the store commits, and the memory of one upload is a constant: the splitter's buffer and `appendsInFlightMax`
 * batches. Whatever ends an upload early, nothing of it is left behind.
 */
import { defaultTenant, type Chunk, type Job, type Table } from '../jobs/index.ts';
import type { ChunksAtHand } from './chunks-at-hand.ts';
import { StoreError } from './errors.ts';
import type { PlanTable, SubmitVerdict, Upload } from './job-service.ts';
import type { JobIds } from './job-ids.ts';
import type { JobTables } from './job-tables.ts';
import { toView } from './job-view.ts';
import type { Logger } from './logger.ts';
import { noopObserver, type EngineObserver } from './observer.ts';
import type { JobSeal, JobStore, NewJob } from './ports.ts';
import { createReceiving, toSealedJob } from './receiving.ts';
import type { Time } from './time.ts';
import {
  isRejection,
  UploadReader,
  type ContentDigest,
  type UploadRejection,
  type UploadLimits,
} from './upload-reader.ts';

/** A smaller upload is written whole. */
const wholeBytes = 128 * 1024;
/** Calls to the store in progress for one upload: one being committed, one waiting. */
const appendsInFlightMax = 2;

export interface IntakeDependencies {
  readonly store: JobStore;
  readonly time: Time;
  readonly jobIds: JobIds;
  readonly tables: JobTables;
  readonly planTable: PlanTable;
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  /** A collision-resistant digest: equal digests mean equal content. */
  readonly createDigest: () => ContentDigest;
  readonly atHand: ChunksAtHand;
  /** Called when a job is sealed; this instance owns it. */
  readonly onSealed: (job: Job) => void;
  readonly logger: Logger;
  /** Optional. Default: none. */
  readonly observer?: EngineObserver;
}

export interface IntakeOptions extends UploadLimits {
  readonly owner: string;
  readonly leaseMs: number;
  /** Bytes of chunks that go to the store in one call. */
  readonly appendBytes: number;
}

export interface Intake {
  submit(upload: Upload): Promise<SubmitVerdict>;
}

export function createIntake(dependencies: IntakeDependencies, options: IntakeOptions): Intake {
  const { store, tables, atHand, time, observer = noopObserver } = dependencies;
  const receiving = createReceiving(dependencies, options);

  async function submit(upload: Upload): Promise<SubmitVerdict> {
    const reader = openReader(upload);
    try {
      // An idempotency key is taken before the upload, so that a second one with the same key is rejected immediately. A table needs its head.
      const beginning = await reader.readBeginning(upload.idempotencyKey === undefined ? wholeBytes : 0);
      if (isRejection(beginning)) return beginning;
      const newJob = describeJob(upload, reader.plan?.table);
      return beginning.isWhole
        ? await takeWhole(newJob, beginning.chunks, reader)
        : await takeStream(newJob, beginning.chunks, reader);
    } finally {
      await reader.close();
    }
  }

  function openReader(upload: Upload): UploadReader {
    const { isUtf8, planTable } = dependencies;
    const digest = upload.idempotencyKey === undefined ? undefined : dependencies.createDigest();
    return new UploadReader(upload, { isUtf8, planTable, digest, observer }, options);
  }

  function describeJob(upload: Upload, table: Table | undefined): NewJob {
    return {
      id: dependencies.jobIds.next(),
      tenant: upload.tenant ?? defaultTenant,
      name: upload.name,
      mode: upload.mode,
      precision: upload.precision,
      createdAt: time.now(),
      owner: options.owner,
      leaseUntil: time.now() + options.leaseMs,
      idempotencyKey: upload.idempotencyKey,
      table,
    };
  }

  /** A small upload is there before its job is: one write makes it durable. */
  async function takeWhole(newJob: NewJob, chunks: readonly Chunk[], reader: UploadReader): Promise<SubmitVerdict> {
    const seal = sealOf(newJob, reader);
    const existing = await receiving.create(newJob, { seal, chunks });
    if (existing !== undefined) return compare(existing, reader);
    atHand.add(newJob.id, chunks);
    return accept(newJob, seal);
  }

  /** A large upload is stored as it comes, under a job that is not visible before it is sealed. */
  async function takeStream(newJob: NewJob, chunks: readonly Chunk[], reader: UploadReader): Promise<SubmitVerdict> {
    const existing = await receiving.create(newJob);
    if (existing !== undefined) return compare(existing, reader);
    try {
      return await receiving.hold(newJob.id, () => fill(newJob, chunks, reader));
    } catch (error) {
      atHand.drop(newJob.id);
      throw error;
    }
  }

  async function fill(newJob: NewJob, chunks: readonly Chunk[], reader: UploadReader): Promise<SubmitVerdict> {
    const rejection = await storeRest(newJob.id, chunks, reader);
    if (rejection === undefined) return seal(newJob, sealOf(newJob, reader));
    atHand.drop(newJob.id);
    await store.abortJob(newJob.id, options.owner, time.now());
    return rejection;
  }

  async function storeRest(
    jobId: string,
    first: readonly Chunk[],
    reader: UploadReader,
  ): Promise<UploadRejection | undefined> {
    const appends = createAppends(store, jobId, options.appendBytes);
    const add = (chunks: readonly Chunk[]): Promise<void> => {
      atHand.add(jobId, chunks);
      return appends.add(chunks);
    };
    try {
      await add(first);
      for await (const chunks of reader.rest()) {
        if (isRejection(chunks)) return chunks;
        await add(chunks);
      }
      await appends.flush();
    } finally {
      await appends.settle();
    }
    return undefined;
  }

  function sealOf(newJob: NewJob, reader: UploadReader): JobSeal {
    // The clock may have been set back since the job was created.
    const sealedAt = Math.max(time.now(), newJob.createdAt);
    return {
      operations: reader.operations,
      chunks: reader.chunks,
      contentDigest: reader.readDigest(),
      sealedAt,
      leaseUntil: sealedAt + options.leaseMs,
    };
  }

  async function seal(newJob: NewJob, seal: JobSeal): Promise<SubmitVerdict> {
    if (await store.sealJob(newJob.id, options.owner, seal)) return accept(newJob, seal);
    throw new StoreError('unavailable', 'the upload was aborted because its lease expired; send it again');
  }

  function accept(newJob: NewJob, seal: JobSeal): SubmitVerdict {
    const job = toSealedJob(newJob, seal);
    if (newJob.table !== undefined) tables.keep(job.id, newJob.table);
    dependencies.onSealed(job);
    return { kind: 'accepted', job: toView(job, newJob.table) };
  }

  /** Answers an upload whose idempotency key is taken: reads all of it to compare, keeps nothing. */
  async function compare(job: Job, reader: UploadReader): Promise<SubmitVerdict> {
    if (job.state === 'Receiving') return { kind: 'key-in-use' };
    for await (const chunks of reader.rest()) if (isRejection(chunks)) return chunks;
    if (reader.readDigest() !== job.contentDigest) return { kind: 'key-reused' };
    return { kind: 'replayed', job: toView(job, await tables.find(job)) };
  }

  return { submit: (upload) => observer.upload(() => submit(upload)) };
}

/** Hands chunks to the store in batches, a bounded number of them concurrently. The first failure is thrown by the next call. */
function createAppends(store: JobStore, jobId: string, appendBytes: number) {
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
    /** Resolves when no call is in progress, whatever the results. */
    async settle(): Promise<void> {
      await Promise.all(underWay);
    },
  };
}
