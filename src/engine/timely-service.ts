/**
 * A JobService whose answers are there in time or fail as unavailable. One answer may take many calls of the store, each
 * of which tries again for seconds while the store changes its primary; a caller is better served by a clear
 * refusal than by a proxy's timeout. What was begun goes on: a change that is asked for again is found done.
 */
import { StoreError } from './errors.ts';
import type { JobService } from './job-service.ts';
import type { Time } from './time.ts';

/** More than one call of the store may take, less than those wait who expect an answer within 10 s. */
const answerMsMax = 9_000;

/**
 * Uploads take as long as their bytes do, and evaluation asks no store: both are passed through. A stream is limited
 * until its first word.
 */
export function limitAnswers(service: JobService, time: Time): JobService {
  async function limit<Answer>(answer: Promise<Answer>, waitMs = 0): Promise<Answer> {
    const expiry = Promise.withResolvers<never>();
    const timer = time.schedule(waitMs + answerMsMax, () => {
      expiry.reject(new StoreError('unavailable', `the store did not answer within ${answerMsMax / 1_000} s`));
    });
    try {
      return await Promise.race([answer, expiry.promise]);
    } finally {
      timer.cancel();
    }
  }

  return {
    submit: (upload) => service.submit(upload),
    readJob: (jobId) => limit(service.readJob(jobId)),
    awaitJob: (jobId, waitMs, signal) => limit(service.awaitJob(jobId, waitMs, signal), waitMs),
    listJobs: (offset, count) => limit(service.listJobs(offset, count)),
    listOperations: (jobId, query) => limit(service.listOperations(jobId, query)),
    readOperation: (jobId, line) => limit(service.readOperation(jobId, line)),
    streamResults: (jobId, query, signal) => limit(service.streamResults(jobId, query, signal)),
    watchJob: (jobId, intervalMs, signal) => limit(service.watchJob(jobId, intervalMs, signal)),
    cancelJob: (jobId) => limit(service.cancelJob(jobId)),
    deleteJob: (jobId) => limit(service.deleteJob(jobId)),
    evaluate: (lines, mode) => service.evaluate(lines, mode),
    checkReady: () => service.checkReady(),
  };
}
