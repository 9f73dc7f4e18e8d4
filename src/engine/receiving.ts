/**
 * A job in state Receiving: it is not visible, and the process that fills it holds its lease. Whatever ends the filling early, nothing of it
 * is left behind: it is aborted here or, after a crash, by a janitor.
 */
import { emptyFold, type Job } from '../jobs/index.ts';
import { StoreError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { JobSeal, JobStore, NewJob, WholeUpload } from './ports.ts';
import { createPeriodicTask, type Time } from './time.ts';

export interface ReceivingDependencies {
  readonly store: Pick<JobStore, 'createJob' | 'abortJob' | 'claimJob'>;
  readonly time: Time;
  readonly logger: Logger;
}

export interface ReceivingOptions {
  readonly owner: string;
  readonly leaseMs: number;
}

export interface Receiving {
  /** Inserts the job; undefined, or the job that has its idempotency key. */
  create(newJob: NewJob, whole?: WholeUpload): Promise<Job | undefined>;
  /** Keeps the lease of a job while `fill` runs, and aborts the job when that throws. */
  hold<Result>(jobId: string, fill: () => Promise<Result>): Promise<Result>;
}

export function createReceiving(
  { store, time, logger }: ReceivingDependencies,
  { owner, leaseMs }: ReceivingOptions,
): Receiving {
  async function create(newJob: NewJob, whole?: WholeUpload): Promise<Job | undefined> {
    const creation = await store.createJob(newJob, whole);
    if (creation.kind === 'created') return undefined;
    // The key of an upload whose owner died is free as soon as its lease has expired, not only when the janitor comes by.
    if (creation.job.state !== 'Receiving' || !(await store.abortJob(creation.job.id, undefined, time.now()))) {
      return creation.job;
    }
    const second = await store.createJob(newJob, whole);
    return second.kind === 'created' ? undefined : second.job;
  }

  async function hold<Result>(jobId: string, fill: () => Promise<Result>): Promise<Result> {
    const lease = createPeriodicTask(
      time,
      leaseMs / 3,
      async () => void (await store.claimJob(jobId, owner, time.now(), time.now() + leaseMs)),
      (error) => logger.warn({ jobId, err: error }, 'could not renew the lease of an upload'),
    );
    lease.start();
    try {
      return await fill();
    } catch (error) {
      const abandoned = abandon(jobId);
      // A store that was unreachable just now would keep the caller waiting for the same answer.
      if (!(error instanceof StoreError && error.code === 'unavailable')) await abandoned;
      throw error;
    } finally {
      await lease.stop();
    }
  }

  /** If even this fails, the lease expires and a janitor aborts the job. */
  async function abandon(jobId: string): Promise<void> {
    try {
      await store.abortJob(jobId, owner, time.now());
    } catch (error) {
      logger.warn({ jobId, err: error }, 'could not abort a broken upload; the janitor will');
    }
  }

  return { create, hold };
}

/** The job as it is once it is sealed. */
export function toSealedJob(newJob: NewJob, seal: JobSeal): Job {
  return {
    id: newJob.id,
    state: 'InProgress',
    tenant: newJob.tenant,
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
    isTable: newJob.table !== undefined,
    repairs: newJob.repairs,
  };
}
