/**
 * What the engine tells to whoever measures and traces it. Each function that is given work runs it exactly once, at once,
 * and gives back what came of it, so that an observer can time it or put it into a trace. Observers never throw.
 */
import type { ChunkOutcomes, Job } from '../jobs/index.ts';
import type { SubmitVerdict } from './job-service.ts';
import type { RecordVerdict, RequestMessage, ResponseMessage } from './ports.ts';

/** Chunks of one job on their way to the bus. */
export interface Sending {
  readonly jobId: string;
  readonly chunks: number;
  /** 1 for the first sending. */
  readonly attempt: number;
  /** Their outcomes are overdue: the same owner sent them before. */
  readonly isAgain: boolean;
}

/** Outcomes on their way into the store, with where each came from. */
export interface Recording {
  readonly messages: readonly ResponseMessage[];
  readonly origins: readonly Origin[];
}

/** What `findOrigin` gave; only the observer knows what it is. */
export type Origin = object | undefined;

export interface EngineObserver {
  /** An upload, from before its first byte until it is accepted or refused. */
  upload(submit: () => Promise<SubmitVerdict>): Promise<SubmitVerdict>;
  /** Bytes of an upload were read. */
  uploadBytes(count: number): void;
  /** This instance looks after the job from now on: it has accepted it, or taken it up from the store. */
  jobAdopted(job: Job, how: 'accepted' | 'takenOver'): void;
  /** This instance brought the job to its end. */
  jobFinished(jobId: string, state: 'Completed' | 'Cancelled'): void;
  /** This instance looks after the job no more. */
  jobLeft(jobId: string): void;
  sending(sending: Sending, send: () => Promise<void>): Promise<void>;
  evaluation(request: RequestMessage, evaluate: () => Promise<ChunkOutcomes>): Promise<ChunkOutcomes>;
  /** Called when a response arrives, where it does. */
  findOrigin(): Origin;
  recording(recording: Recording, record: () => Promise<readonly RecordVerdict[]>): Promise<readonly RecordVerdict[]>;
}

export const silentObserver: EngineObserver = {
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
