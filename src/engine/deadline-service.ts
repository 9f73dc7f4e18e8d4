/**
 * A JobService whose answers are there in time or fail as unavailable. One answer may take many calls of the store, each
 * of which tries again for seconds while the store changes its primary; a caller is better served by a clear
 * rejection than by a proxy's timeout. A change that was started continues, and a repeated request finds it done.
 */
import { StoreError } from './errors.ts';
import type { JobService } from './job-service.ts';
import type { Time } from './time.ts';

/** More than one call of the store may take, less than those wait who expect an answer within 10 s. */
const answerMsMax = 9_000;

/**
 * Uploads take as long as their bytes do, repairs as long as their job is large, and evaluation does not use the store: these are passed through. A stream is limited
 * until its first word.
 */
export function withDeadline(service: JobService, time: Time): JobService {
  async function limit<Answer>(answer: Promise<Answer>, waitMs = 0): Promise<Answer> {
    const expiry = Promise.withResolvers<never>();
    const timer = time.schedule(waitMs + answerMsMax, () => {
      expiry.reject(new StoreError('unavailable', `the store did not respond within ${answerMsMax / 1_000} s`));
    });
    try {
      return await Promise.race([answer, expiry.promise]);
    } finally {
      timer.cancel();
    }
  }

  return {
    submit: (upload) => service.submit(upload),
    previewTable: (upload) => service.previewTable(upload),
    repairJob: (repair) => service.repairJob(repair),
    findTenant: (jobId) => limit(service.findTenant(jobId)),
    readJob: (jobId) => limit(service.readJob(jobId)),
    awaitJob: (jobId, waitMs, signal) => limit(service.awaitJob(jobId, waitMs, signal), waitMs),
    listJobs: (offset, count, filter) => limit(service.listJobs(offset, count, filter)),
    listJobsAfter: (after, count, filter) => limit(service.listJobsAfter(after, count, filter)),
    listOperations: (jobId, query) => limit(service.listOperations(jobId, query)),
    searchOperations: (jobId, query, nextTurn) => limit(service.searchOperations(jobId, query, nextTurn)),
    readOperation: (jobId, line) => limit(service.readOperation(jobId, line)),
    streamResults: (jobId, query, signal) => limit(service.streamResults(jobId, query, signal)),
    watchJob: (jobId, intervalMs, signal) => limit(service.watchJob(jobId, intervalMs, signal)),
    cancelJob: (jobId) => limit(service.cancelJob(jobId)),
    cancelJobs: (filter) => limit(service.cancelJobs(filter)),
    deleteJob: (jobId) => limit(service.deleteJob(jobId)),
    deleteJobs: (filter) => limit(service.deleteJobs(filter)),
    evaluate: (lines, mode) => service.evaluate(lines, mode),
    checkReady: () => service.checkReady(),
    readCluster: () => limit(service.readCluster()),
  };
}
