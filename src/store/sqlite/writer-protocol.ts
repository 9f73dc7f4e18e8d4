/**
 * What the store asks of its writer thread, and the messages between them. The texts of a call travel in one buffer that
 * is copied together once and then handed over, not copied again; everything else is small.
 */
import type { JobFinish, JobSeal, NewJob, RecordVerdict, StoreErrorCode } from '../../engine/index.ts';
import type { Counts, Fold, Job, JobState } from '../../jobs/index.ts';

/** A chunk whose text is the next `bytes` bytes of the call's buffer; faults and ids are JSON. */
export interface PackedChunk {
  readonly firstLine: number;
  readonly count: number;
  readonly faults: string | null;
  readonly customIds: string | null;
  readonly bytes: number;
}

export interface PackedChunks {
  readonly chunks: readonly PackedChunk[];
  readonly texts: Uint8Array<ArrayBuffer>;
}

/** The outcomes of a chunk; their text is the next `bytes` bytes of the call's buffer. */
export interface PackedRecord extends Counts {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
  readonly bytes: number;
}

type CreateVerdict = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly job: Job };

/** Every call of the writer: what it is given, what it answers. Each is one that `JobStore` describes. */
interface WriterCalls {
  createJob: {
    given: { readonly job: NewJob; readonly whole?: { readonly seal: JobSeal; readonly content: PackedChunks } };
    answer: CreateVerdict;
  };
  appendChunks: { given: { readonly jobId: string; readonly content: PackedChunks }; answer: undefined };
  sealJob: { given: { readonly jobId: string; readonly owner: string; readonly seal: JobSeal }; answer: boolean };
  abortJob: {
    given: { readonly jobId: string; readonly owner: string | undefined; readonly now: number };
    answer: boolean;
  };
  claimJob: {
    given: { readonly jobId: string; readonly owner: string; readonly now: number; readonly until: number };
    answer: Job | undefined;
  };
  releaseJob: { given: { readonly jobId: string; readonly owner: string }; answer: undefined };
  recordOutcomes: {
    given: { readonly records: readonly PackedRecord[]; readonly texts: Uint8Array };
    answer: readonly RecordVerdict[];
  };
  foldJob: { given: { readonly jobId: string; readonly through: number; readonly fold: Fold }; answer: boolean };
  finishJob: {
    given: { readonly jobId: string; readonly from: JobState; readonly finish: JobFinish };
    answer: boolean;
  };
  cancelJob: { given: { readonly jobId: string }; answer: boolean };
  deleteJob: { given: { readonly jobId: string }; answer: boolean };
  deleteSlice: { given: { readonly jobId: string; readonly chunksMax: number }; answer: 'more' | 'done' };
  /** Writes a row, so that a disk that takes nothing more is noticed. */
  checkHealth: { given: object; answer: undefined };
}

export type WriterCallName = keyof WriterCalls;
export type Given<Name extends WriterCallName> = WriterCalls[Name]['given'];
export type Answer<Name extends WriterCallName> = WriterCalls[Name]['answer'];

/** A call on its way to the writer. `bytes`: size of its texts. */
export type WriterCall = {
  [Name in WriterCallName]: { readonly name: Name; readonly given: Given<Name>; readonly bytes: number };
}[WriterCallName];

/** An error in a form that crosses threads. */
export interface WriterFault {
  readonly code: StoreErrorCode;
  readonly message: string;
}

/** One transaction, for whoever measures. */
export interface Commit {
  /** Calls that it held. */
  readonly calls: number;
  /** Bytes of text in them. */
  readonly bytes: number;
  /** From its beginning until it was on the disk. */
  readonly milliseconds: number;
}

export interface NumberedCall {
  readonly number: number;
  readonly call: WriterCall;
}

/** What became of the call of that number. */
export type NumberedAnswer =
  | { readonly number: number; readonly kind: 'answer'; readonly value: unknown }
  | { readonly number: number; readonly kind: 'fault'; readonly fault: WriterFault };

export type ToWriter = { readonly kind: 'calls'; readonly calls: readonly NumberedCall[] } | { readonly kind: 'stop' };

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly fault: WriterFault }
  | { readonly kind: 'answers'; readonly answers: readonly NumberedAnswer[]; readonly commit: Commit };

export interface WriterSettings {
  readonly file: string;
}
