/**
 * The calls of the writer thread, and the messages to and from it. The text of a call travels in one buffer that
 * is copied together once and then handed over, not copied again; everything else is small.
 */
import type { TokenRecord } from '../../access/index.ts';
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
export interface PackedRecord extends Omit<Counts, 'errors'> {
  readonly jobId: string;
  readonly firstLine: number;
  readonly count: number;
  /** JSON; null: none. */
  readonly errors: string | null;
  readonly engine: string | undefined;
  /** JSON; null: none. */
  readonly totals: string | null;
  readonly bytes: number;
}

type CreateVerdict = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly job: Job };

/** Every call of the writer: its parameters and its answer. Each is one that `JobStore` or `TokenStore` describes. */
interface WriterCalls {
  createJob: {
    params: { readonly job: NewJob; readonly whole?: { readonly seal: JobSeal; readonly content: PackedChunks } };
    answer: CreateVerdict;
  };
  appendChunks: { params: { readonly jobId: string; readonly content: PackedChunks }; answer: undefined };
  sealJob: { params: { readonly jobId: string; readonly owner: string; readonly seal: JobSeal }; answer: boolean };
  abortJob: {
    params: { readonly jobId: string; readonly owner: string | undefined; readonly now: number };
    answer: boolean;
  };
  claimJob: {
    params: { readonly jobId: string; readonly owner: string; readonly now: number; readonly until: number };
    answer: Job | undefined;
  };
  releaseJob: { params: { readonly jobId: string; readonly owner: string }; answer: undefined };
  recordOutcomes: {
    params: { readonly records: readonly PackedRecord[]; readonly texts: Uint8Array };
    answer: readonly RecordVerdict[];
  };
  foldJob: { params: { readonly jobId: string; readonly through: number; readonly fold: Fold }; answer: boolean };
  finishJob: {
    params: { readonly jobId: string; readonly from: JobState; readonly finish: JobFinish };
    answer: boolean;
  };
  cancelJob: { params: { readonly jobId: string }; answer: boolean };
  deleteJob: { params: { readonly jobId: string; readonly states: readonly JobState[] }; answer: boolean };
  deleteSlice: { params: { readonly jobId: string; readonly chunksMax: number }; answer: 'more' | 'done' };
  insertToken: { params: { readonly token: TokenRecord; readonly forgetBefore: number }; answer: undefined };
  revokeToken: { params: { readonly id: string; readonly revokedAt: number }; answer: boolean };
  noteTokenUse: { params: { readonly id: string; readonly usedAt: number }; answer: undefined };
  /** Writes a row, so that a disk that accepts no more writes is noticed. */
  checkHealth: { params: object; answer: undefined };
}

export type WriterCallName = keyof WriterCalls;
export type Params<Name extends WriterCallName> = WriterCalls[Name]['params'];
export type Answer<Name extends WriterCallName> = WriterCalls[Name]['answer'];

/** A call in transit to the writer. `bytes`: size of its text. */
export type WriterCall = {
  [Name in WriterCallName]: { readonly name: Name; readonly params: Params<Name>; readonly bytes: number };
}[WriterCallName];

/** An error in a form that crosses threads. */
export interface WriterFault {
  readonly code: StoreErrorCode;
  readonly message: string;
}

/** One transaction, for metrics. */
export interface Commit {
  /** Calls in the transaction. */
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

/** The outcome of the call of that number. */
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
