/**
 * Janitor: maintenance of jobs without an owner. Takes over the jobs of dead instances, aborts dead uploads, deletes what
 * has expired, and removes the chunks of deleted jobs in slices, so that no single step is long and a restart resumes it.
 */
import { isFinished, type ListedJob } from '../jobs/index.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Logger } from './logger.ts';
import type { JobStore } from './ports.ts';
import { createPeriodicTask, type PeriodicTask, type Time } from './time.ts';

export interface JanitorDependencies {
  readonly store: JobStore;
  readonly dispatcher: Pick<Dispatcher, 'claim'>;
  readonly time: Time;
  readonly logger: Logger;
  /** Called with each job that was deleted because its retention time was over. Default: nothing. */
  readonly onExpired?: (job: ListedJob) => Promise<void>;
}

export interface JanitorOptions {
  readonly intervalMs: number;
  /** How often chunks without a job are looked for: they arise only from writes that lost a race with a deletion. */
  readonly sweepMs: number;
}

export interface Janitor {
  start(): void;
  stop(): Promise<void>;
  /** There is work now, a deletion for example. */
  wake(): void;
}

/** Jobs managed in one round; the next round follows immediately when there are more. */
const jobsPerRound = 100;
/** Chunks removed in one step: a few milliseconds of the store's time. */
const chunksPerSlice = 128;

export function createJanitor(dependencies: JanitorDependencies, options: JanitorOptions): Janitor {
  const { store, dispatcher, time, logger, onExpired = async () => {} } = dependencies;
  let isStopping = false;
  let sweptAt = time.now();

  async function round(): Promise<void> {
    const jobs = await store.findWork(time.now(), jobsPerRound);
    for (const job of jobs) {
      if (isStopping) return;
      try {
        await lookAfter(job);
      } catch (error) {
        // One job that cannot be managed now must not keep the others waiting.
        logger.warn(
          { jobId: job.id, state: job.state, err: error },
          'could not process a job without an owner; retrying',
        );
      }
    }
    if (time.now() - sweptAt >= options.sweepMs) {
      sweptAt = time.now();
      const swept = await store.sweepOrphans();
      if (swept > 0) logger.info({ chunks: swept }, 'removed chunks of jobs that do not exist');
    }
    if (jobs.length === jobsPerRound) task.wake();
  }

  async function lookAfter(job: ListedJob): Promise<void> {
    if (job.state === 'Receiving') {
      if (await store.abortJob(job.id, undefined, time.now())) {
        logger.info({ jobId: job.id }, 'aborted an abandoned upload');
        await remove(job.id);
      }
    } else if (job.state === 'Deleting') {
      await remove(job.id);
    } else if (isFinished(job.state)) {
      if (!(await store.deleteJob(job.id))) return;
      await onExpired(job);
      await remove(job.id);
    } else {
      await dispatcher.claim(job.id);
    }
  }

  async function remove(jobId: string): Promise<void> {
    while (!isStopping && (await store.deleteSlice(jobId, chunksPerSlice)) === 'more');
  }

  const task: PeriodicTask = createPeriodicTask(time, options.intervalMs, round, (error) =>
    logger.warn({ err: error }, 'could not query jobs without an owner; retrying'),
  );

  return {
    start() {
      isStopping = false;
      task.start();
    },
    async stop() {
      isStopping = true;
      await task.stop();
    },
    wake: () => task.wake(),
  };
}
