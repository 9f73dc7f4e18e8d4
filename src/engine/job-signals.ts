/**
 * Signals callers in this process that a job may have changed. Only a hint: it does not cover changes made
 * by other processes, so callers also poll from time to time.
 */
export interface JobSignals {
  notify(jobId: string, change: JobChange): void;
  /** Returns the function that ends the subscription. */
  subscribe(jobId: string, listener: JobListener): () => void;
}

/** `end`: the job is finished or deleted. */
export type JobChange = 'progress' | 'end';
export type JobListener = (change: JobChange) => void;

export function createJobSignals(): JobSignals {
  const listeners = new Map<string, Set<JobListener>>();
  return {
    notify(jobId, change) {
      for (const listener of listeners.get(jobId) ?? []) listener(change);
    },
    subscribe(jobId, listener) {
      const ofJob = listeners.get(jobId) ?? new Set();
      listeners.set(jobId, ofJob.add(listener));
      return () => {
        ofJob.delete(listener);
        if (ofJob.size === 0 && listeners.get(jobId) === ofJob) listeners.delete(jobId);
      };
    },
  };
}
