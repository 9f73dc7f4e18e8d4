/**
 * The documents of the database, and their conversion to and from the engine's types.
 *
 *   jobs      one document a job, the only one that changes, each time by one conditional update
 *   keys      which job holds an idempotency key
 *   chunks    the lines of a chunk, inserted once
 *   outcomes  what became of them, inserted once: whoever inserts first decides
 *
 * What is read is checked: a document that makes no sense is an error, and never a wrong answer.
 */
import { hash } from 'node:crypto';
import { Binary, type Document } from 'mongodb';
import { StoreError, type JobSeal, type NewJob, type OutcomeRecord } from '../../engine/index.ts';
import {
  emptyFold,
  jobStates,
  type Chunk,
  type ChunkCounts,
  type ChunkOutcomes,
  type Counts,
  type Fold,
  type Job,
  type JobState,
  type Lease,
  type LineFault,
} from '../../jobs/index.ts';
import { lineOf, toKey } from './chunk-key.ts';

/** Changes of a job's record that happen at most once, or of which only the last matters. */
export type Change = 'sealed' | 'folded' | 'cancelled' | 'finished' | 'removed';

/** Times are milliseconds since 1970, as in the engine; null stands for what the engine calls undefined. */
export interface JobDocument {
  readonly _id: string;
  readonly state: JobState;
  readonly name: string | null;
  readonly mode: string;
  readonly precision: number;
  readonly createdAt: number;
  readonly sealedAt: number | null;
  readonly finishedAt: number | null;
  readonly expiresAt: number | null;
  readonly operations: number;
  readonly chunks: number;
  readonly fold: Fold;
  readonly lease: Lease;
  readonly takeovers: number;
  readonly idempotencyKey: string | null;
  readonly contentDigest: string | null;
  /** When the job waits for a janitor: the end of its lease, its expiry, or `alwaysDue`. Null: never. One index finds all work. */
  readonly workAt: number | null;
  /** Which call made a change. A call whose answer was lost sees by this that the change is its own. */
  readonly madeBy: { readonly [Made in Change]?: string };
  /** While Deleting: chunks up to this first line are gone, so no slice walks over what earlier ones left behind. */
  readonly removedThrough?: number;
}

export interface KeyDocument {
  readonly _id: string;
  readonly jobId: string;
}

export interface ChunkDocument {
  readonly _id: string;
  readonly count: number;
  readonly text: Binary;
  /** JSON, which keeps every string as it is; absent when there are none. */
  readonly faults?: string;
  readonly customIds?: string;
}

export interface OutcomeDocument extends Counts {
  readonly _id: string;
  readonly count: number;
  readonly text: Binary;
  /** SHA-256 of the text: tells the same record again from another one without loading either. */
  readonly digest: Binary;
}

/** The `workAt` of a job in state Deleting. */
export const alwaysDue = -1;

/** User text stays out of keys: the server's messages about duplicates quote them. */
export function toKeyId(idempotencyKey: string): string {
  return hash('sha256', idempotencyKey);
}

export function toJobDocument(job: NewJob): JobDocument {
  return {
    _id: job.id,
    state: 'Receiving',
    name: job.name ?? null,
    mode: job.mode,
    precision: job.precision,
    createdAt: job.createdAt,
    sealedAt: null,
    finishedAt: null,
    expiresAt: null,
    operations: 0,
    chunks: 0,
    fold: emptyFold,
    lease: { owner: job.owner, until: job.leaseUntil },
    takeovers: 0,
    idempotencyKey: job.idempotencyKey ?? null,
    contentDigest: null,
    workAt: job.leaseUntil,
    madeBy: {},
  };
}

/** What sealing sets. */
export function toSealFields(owner: string, seal: JobSeal) {
  return {
    state: 'InProgress',
    operations: seal.operations,
    chunks: seal.chunks,
    contentDigest: seal.contentDigest ?? null,
    sealedAt: seal.sealedAt,
    lease: { owner, until: seal.leaseUntil },
    workAt: seal.leaseUntil,
  } as const;
}

export function toJob(document: Document): Job {
  const state = stateIn(document);
  const fold = documentIn(document, 'fold');
  const lease = documentIn(document, 'lease');
  return {
    id: keyOf(document),
    state,
    name: optionalTextIn(document, 'name'),
    mode: textIn(document, 'mode'),
    precision: integerIn(document, 'precision'),
    createdAt: integerIn(document, 'createdAt'),
    sealedAt: optionalIntegerIn(document, 'sealedAt'),
    finishedAt: optionalIntegerIn(document, 'finishedAt'),
    expiresAt: optionalIntegerIn(document, 'expiresAt'),
    operations: countIn(document, 'operations'),
    chunks: countIn(document, 'chunks'),
    fold: { through: countIn(fold, 'through'), ...toCounts(fold) },
    lease: { owner: textIn(lease, 'owner'), until: integerIn(lease, 'until') },
    takeovers: countIn(document, 'takeovers'),
    // The record keeps it, so that a deletion that was cut short can still free it.
    idempotencyKey: state === 'Deleting' ? undefined : optionalTextIn(document, 'idempotencyKey'),
    contentDigest: optionalTextIn(document, 'contentDigest'),
  };
}

export function toChunkDocument(jobId: string, chunk: Chunk): ChunkDocument {
  return {
    _id: toKey(jobId, chunk.firstLine),
    count: chunk.count,
    text: new Binary(chunk.text),
    ...(chunk.faults.length > 0 && { faults: JSON.stringify(chunk.faults) }),
    ...(chunk.customIds !== undefined && { customIds: JSON.stringify(chunk.customIds) }),
  };
}

export function keyOf(document: Document): string {
  return textIn(document, '_id');
}

export function toRange(document: Document): { firstLine: number; count: number } {
  return { firstLine: lineOf(keyOf(document)), count: countIn(document, 'count') };
}

export function toChunk(document: Document): Chunk {
  const range = toRange(document);
  const faults = optionalTextIn(document, 'faults');
  const customIds = optionalTextIn(document, 'customIds');
  return {
    ...range,
    text: bytesIn(document, 'text'),
    faults: faults === undefined ? [] : parseList(faults, 'faults', isLineFault),
    customIds: customIds === undefined ? undefined : parseList(customIds, 'customIds', isCustomId),
  };
}

export function toOutcomeDocument({ jobId, firstLine, count, outcomes }: OutcomeRecord): OutcomeDocument {
  const { succeeded, failed, cancelled, cost, text } = outcomes;
  return {
    _id: toKey(jobId, firstLine),
    count,
    succeeded,
    failed,
    cancelled,
    cost,
    digest: new Binary(hash('sha256', text, 'buffer')),
    text: new Binary(text),
  };
}

/** Whether a stored document (its text may be left out) says the same as one that was to be inserted. */
export function isSameOutcome(stored: Document, wanted: OutcomeDocument): boolean {
  const counts = ['count', 'succeeded', 'failed', 'cancelled', 'cost'] as const;
  return (
    counts.every((field) => countIn(stored, field) === wanted[field]) &&
    Buffer.compare(bytesIn(stored, 'digest'), wanted.digest.value()) === 0
  );
}

export function toCounts(document: Document): Counts {
  return {
    succeeded: countIn(document, 'succeeded'),
    failed: countIn(document, 'failed'),
    cancelled: countIn(document, 'cancelled'),
    cost: countIn(document, 'cost'),
  };
}

export function toChunkCounts(document: Document): ChunkCounts {
  return { ...toRange(document), ...toCounts(document) };
}

export function toOutcomes(document: Document): ChunkOutcomes {
  return { ...toCounts(document), text: bytesIn(document, 'text') };
}

export function stateIn(document: Document): JobState {
  const value = textIn(document, 'state');
  const state = jobStates.find((known) => known === value);
  if (state === undefined) throw unexpected('state', value);
  return state;
}

function textIn(document: Document, field: string): string {
  const value: unknown = document[field];
  if (typeof value === 'string') return value;
  throw unexpected(field, value);
}

function optionalTextIn(document: Document, field: string): string | undefined {
  const value: unknown = document[field];
  return value === null || value === undefined ? undefined : textIn(document, field);
}

/** A whole number from 0. */
export function countIn(document: Document, field: string): number {
  const value = integerIn(document, field);
  if (value >= 0) return value;
  throw unexpected(field, value);
}

function integerIn(document: Document, field: string): number {
  const value: unknown = document[field];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw unexpected(field, value);
}

function optionalIntegerIn(document: Document, field: string): number | undefined {
  const value: unknown = document[field];
  return value === null || value === undefined ? undefined : integerIn(document, field);
}

function documentIn(document: Document, field: string): Document {
  const value: unknown = document[field];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unexpected(field, value);
}

function bytesIn(document: Document, field: string): Uint8Array {
  const value: unknown = document[field];
  if (value instanceof Binary) {
    // Without the methods of a Buffer, some of which differ from those of the class it extends.
    const { buffer, byteOffset, length } = value.value();
    return new Uint8Array(buffer, byteOffset, length);
  }
  throw unexpected(field, value);
}

function parseList<Item>(json: string, field: string, isItem: (value: unknown) => value is Item): Item[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    throw unexpected(field, json);
  }
  if (Array.isArray(list) && list.every(isItem)) return list;
  throw unexpected(field, list);
}

function isLineFault(value: unknown): value is LineFault {
  if (typeof value !== 'object' || value === null) return false;
  const { line, code, message, column, endColumn } = value as Record<string, unknown>;
  return (
    [line, column, endColumn].every((number) => Number.isSafeInteger(number)) &&
    typeof message === 'string' &&
    (code === 'ENCODING' || code === 'TOO_LONG' || code === 'SYNTAX' || code === 'EMPTY')
  );
}

function isCustomId(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function unexpected(field: string, value: unknown): StoreError {
  return new StoreError(
    'corrupt',
    `the field ${field} of a document holds ${describe(value)} where it cannot; the database is damaged, or not Mathmill's`,
  );
}

/** Never the value itself: it may be a user's text. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'number' ? `the number ${value}` : `a value of another kind (${typeof value})`;
}
