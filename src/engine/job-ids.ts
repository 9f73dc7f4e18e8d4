/**
 * Ids of jobs. Lists sort by id, newest first, and a cursor is an id, so a new id must be above all earlier ones of this
 * instance, also when the clock has been set back, and above those that the store kept from before a restart. Then the
 * ids of an instance run ahead of its clock until the clock has caught up.
 */
import { readIdTime } from '../jobs/index.ts';

/** A UUIDv7 of this moment, or of `earliestMs` if that is later. */
export type NewJobId = (earliestMs: number) => string;

export interface JobIds {
  next(): string;
  /** Makes all further ids sort after this one. */
  startAfter(jobId: string): void;
}

export function createJobIds(newJobId: NewJobId): JobIds {
  let last = '';

  return {
    next() {
      const id = newJobId(0);
      // One more millisecond is enough, whatever the rest of the id is.
      last = id > last ? id : newJobId((readIdTime(last) ?? 0) + 1);
      return last;
    },
    startAfter(jobId) {
      if (jobId > last) last = jobId;
    },
  };
}
