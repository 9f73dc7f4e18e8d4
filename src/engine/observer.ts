/**
 * Events of the engine for metrics and traces. Each function that is given work runs it exactly once, synchronously,
 * and gives back what came of it, so that an observer can time it or put it into a trace. Observers never throw.
 */
import type { ChunkOutcomes, Job } from '../jobs/index.ts';
import type { SubmitVerdict } from './job-service.ts';
import type { RecordVerdict, RequestMessage, ResponseMessage } from './ports.ts';

/** Chunks of one job that are being sent to the bus. */
export interface Sending {
  readonly jobId: string;
  readonly chunks: number;
  /** 1 for the first sending. */
  readonly attempt: number;
  /** Their outcomes are overdue: the same owner sent them before. */
  readonly isAgain: boolean;
}

/** Outcomes that are being stored, with the origin of each. */
export interface Recording {
  readonly messages: readonly ResponseMessage[];
  readonly origins: readonly Origin[];
}

/** The value of `findOrigin`; only the observer knows its type. */
export type Origin = object | undefined;

export interface EngineObserver {
  /** An upload, from before its first byte until it is accepted or rejected. */
  upload(submit: () => Promise<SubmitVerdict>): Promise<SubmitVerdict>;
  /** Bytes of an upload were read. */
  uploadBytes(count: number): void;
  /** This instance owns the job from now on: it has accepted it, or taken it up from the store. */
  jobAdopted(job: Job, how: 'accepted' | 'takenOver'): void;
  /** This instance brought the job to its end. `job`: as it was stored then, or before it was cancelled. */
  jobFinished(job: Job, state: 'Completed' | 'Cancelled'): void;
  /** This instance no longer owns the job. */
  jobLeft(jobId: string): void;
  sending(sending: Sending, send: () => Promise<void>): Promise<void>;
  evaluation(request: RequestMessage, evaluate: () => Promise<ChunkOutcomes>): Promise<ChunkOutcomes>;
  /** Called when a response arrives, where it does. */
  findOrigin(): Origin;
  recording(recording: Recording, record: () => Promise<readonly RecordVerdict[]>): Promise<readonly RecordVerdict[]>;
}

export const noopObserver: EngineObserver = {
  upload: (submit) => submit(),
  uploadBytes() {},
  jobAdopted() {},
  jobFinished() {},
  jobLeft() {},
  sending: (_sending, send) => send(),
  evaluation: (_request, evaluate) => evaluate(),
  findOrigin: () => undefined,
  recording: (_recording, record) => record(),
};
