import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import { ApiRefusal, ServerUnreachable } from './exit-codes.ts';
import { isFinished, jobPath, readJobDocument, type JobDocument } from './job-document.ts';
import type { Output } from './output.ts';
import { createProgress } from './progress.ts';

/** Polls a young job soon, an old one seldom: a small job is reported immediately, a large one costs the server little. */
const firstPauseMs = 20;
const pauseMsMax = 500;
/** A server may be restarted while a job is followed: the job continues, and so does the polling. */
const unreachableMsMax = 30_000;

/** Polls the job until it is finished, with a bar on a terminal. Polling survives a restart of the server. */
export async function followJob(api: ApiClient, jobId: string, messages: Output): Promise<JobDocument> {
  const first = await readJob(api, jobId);
  const progress = createProgress(messages, {
    label: 'Evaluating',
    unit: 'operations',
    total: first.operations,
    doneBefore: first.completed,
    isWanted: !isFinished(first),
  });
  try {
    let job = first;
    let pauseMs = firstPauseMs;
    let reachedAt = Date.now();
    while (!isFinished(job)) {
      progress.update({ done: job.completed });
      await pause(pauseMs);
      pauseMs = Math.min(pauseMsMax, pauseMs * 1.5);
      try {
        job = await readJob(api, jobId);
        reachedAt = Date.now();
      } catch (error) {
        if (!isPassing(error) || Date.now() - reachedAt > unreachableMsMax) throw error;
      }
    }
    return job;
  } finally {
    progress.stop();
  }
}

/** Statuses of a server, or of a proxy in front of it, while the server is restarted. */
const passingStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

function isPassing(error: unknown): boolean {
  return error instanceof ServerUnreachable || (error instanceof ApiRefusal && passingStatuses.has(error.status));
}

async function readJob(api: ApiClient, jobId: string): Promise<JobDocument> {
  return api.ask({ method: 'GET', path: jobPath(jobId) }, readJobDocument);
}
