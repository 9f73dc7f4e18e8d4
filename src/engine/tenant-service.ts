/**
 * A JobService for the users of one tenant: new jobs belong to it, and jobs of others do not exist. Whether a job does not
 * exist or is another's is found by the same read, so neither the answer nor its time says which.
 */
import { defaultTenant } from '../jobs/index.ts';
import type { JobService, Upload } from './job-service.ts';
import type { JobFilter } from './ports.ts';

/** Jobs that are known to be the tenant's own, which they stay: no read is needed for them. */
const knownJobsMax = 10_000;

/** For users who see the jobs of their tenant alone. */
export function withTenant(service: JobService, tenant: string): JobService {
  const known = new Set<string>();

  async function isOwn(jobId: string): Promise<boolean> {
    if (known.has(jobId)) return true;
    if ((await service.findTenant(jobId)) !== tenant) return false;
    if (known.size >= knownJobsMax) known.clear();
    known.add(jobId);
    return true;
  }

  /** `answer` of a job of the tenant; `otherwise` of any other. */
  async function guard<Answer, Otherwise>(
    jobId: string,
    answer: () => Promise<Answer>,
    otherwise: Otherwise,
  ): Promise<Answer | Otherwise> {
    return (await isOwn(jobId)) ? answer() : otherwise;
  }

  const own = (filter: JobFilter = {}): JobFilter => ({ ...filter, tenant });

  return {
    ...withNewJobsOf(service, tenant),
    repairJob: (repair) => guard(repair.jobId, () => service.repairJob(toOwnKey(repair, tenant)), unknown),
    findTenant: (jobId) => guard(jobId, async () => tenant, undefined),
    readJob: (jobId) => guard(jobId, () => service.readJob(jobId), undefined),
    awaitJob: (jobId, waitMs, signal) => guard(jobId, () => service.awaitJob(jobId, waitMs, signal), undefined),
    listJobs: (offset, limit, filter) => service.listJobs(offset, limit, own(filter)),
    listJobsAfter: (after, limit, filter) => service.listJobsAfter(after, limit, own(filter)),
    listOperations: (jobId, query) => guard(jobId, () => service.listOperations(jobId, query), undefined),
    searchOperations: (jobId, query, nextTurn) =>
      guard(jobId, () => service.searchOperations(jobId, query, nextTurn), undefined),
    readOperation: (jobId, line) => guard(jobId, () => service.readOperation(jobId, line), undefined),
    streamResults: (jobId, query, signal) => guard(jobId, () => service.streamResults(jobId, query, signal), undefined),
    watchJob: (jobId, intervalMs, signal) => guard(jobId, () => service.watchJob(jobId, intervalMs, signal), undefined),
    cancelJob: (jobId) => guard(jobId, () => service.cancelJob(jobId), unknown),
    cancelJobs: (filter) => service.cancelJobs(own(filter)),
    deleteJob: (jobId) => guard(jobId, () => service.deleteJob(jobId), false),
    deleteJobs: (filter) => service.deleteJobs(own(filter)),
  };
}

/** For users who see the jobs of all tenants: new jobs and idempotency keys are those of their own. */
export function withNewJobsOf(service: JobService, tenant: string): JobService {
  return {
    ...service,
    submit: (upload) => service.submit(toOwnUpload(upload, tenant)),
    repairJob: (repair) => service.repairJob(toOwnKey(repair, tenant)),
  };
}

const unknown = { kind: 'unknown' } as const;

function toOwnUpload(upload: Upload, tenant: string): Upload {
  return { ...toOwnKey(upload, tenant), tenant };
}

/** Keys of the default tenant are kept as they are, as they were before there were tenants. No key contains a line end. */
function toOwnKey<Request extends { readonly idempotencyKey: string | undefined }>(
  request: Request,
  tenant: string,
): Request {
  const { idempotencyKey } = request;
  if (idempotencyKey === undefined || tenant === defaultTenant) return request;
  return { ...request, idempotencyKey: `${tenant}\n${idempotencyKey}` };
}
