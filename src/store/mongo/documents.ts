/**
 * The documents of the database, and their conversion to and from the engine's types.
 *
 *   jobs      one document per job, the only one that changes, each time by one conditional update
 *   keys      which job holds an idempotency key
 *   chunks    the lines of a chunk, inserted once
 *   instances the last report of each instance of the cluster
 *   tokens    the tokens of the API, without their secrets
 *   outcomes  the outcomes of a chunk, inserted once: the first insertion decides. Their text is stored as it is, also
 *             where it repeats itself: WiredTiger compresses its blocks, and an instance of an older version that reads
 *             at the same time during an upgrade would not understand packed text
 *
 * Documents are checked when they are read: one that makes no sense is an error, and never a wrong answer.
 */
import { hash } from 'node:crypto';
import { Binary, type Document } from 'mongodb';
import type { Role, TokenRecord } from '../../access/index.ts';
import type { InstanceReport, JobSeal, NewJob, OutcomeRecord } from '../../engine/index.ts';
import {
  countErrors,
  decodeTable,
  defaultTenant,
  emptyFold,
  encodeTable,
  jobStates,
  noErrors,
  readTotalsFields,
  toTotalsFields,
  type Chunk,
  type ChunkCounts,
  type ChunkOutcomes,
  type ColumnTotals,
  type Counts,
  type Fold,
  type Job,
  type JobState,
  type Lease,
  type LineFault,
  type ListedJob,
  type Table,
} from '../../jobs/index.ts';
import { lineOf, toKey } from './chunk-key.ts';
import { toCounts, toEngine, toEngines, toErrors, toSums } from './count-fields.ts';
import {
  bytesIn,
  countIn,
  documentIn,
  integerIn,
  optionalIntegerIn,
  optionalTextIn,
  parseJson,
  parseList,
  textIn,
  unexpected,
} from './fields.ts';

/** Changes of a job's record that happen at most once, or of which only the last matters. */
export type Change = 'sealed' | 'folded' | 'cancelled' | 'finished' | 'removed';

/** As JSON, the error counts and the totals of the columns of a table; absent when there are none. */
export interface FoldDocument extends Omit<Fold, 'errors' | 'columns'> {
  readonly errors?: string;
  readonly columns?: string;
}

/** Times are milliseconds since 1970, as in the engine; null stands for undefined in the engine. */
export interface JobDocument {
  readonly _id: string;
  /** Absent: the tenant of documents from before there were tenants, `defaultTenant`, which is never written. */
  readonly tenant?: string | null;
  readonly state: JobState;
  readonly name: string | null;
  /** In the job of a table, with `tablePrefix` before it. */
  readonly mode: string;
  readonly precision: number;
  readonly createdAt: number;
  readonly sealedAt: number | null;
  readonly finishedAt: number | null;
  readonly expiresAt: number | null;
  readonly operations: number;
  readonly chunks: number;
  readonly fold: FoldDocument;
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
  /** The job's table (table-codec.ts), which never changes; absent in jobs of lines. Only `readTable` loads it. */
  readonly table?: string;
  /** The job that this one repairs; absent in others. */
  readonly repairs?: string;
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

export interface OutcomeDocument extends Omit<Counts, 'errors'> {
  readonly _id: string;
  readonly count: number;
  /** Absent in tombstones, and in documents from before outcomes carried the version of their engine. */
  readonly engine?: string;
  /** As JSON; absent when nothing failed, and in documents from before errors were counted. */
  readonly errors?: string;
  /** As JSON, of tables only. */
  readonly totals?: string;
  readonly text: Binary;
  /** SHA-256 of the text: distinguishes a repeated record from another one without loading either. */
  readonly digest: Binary;
}

/** The last report of an instance; its key is its role and its name. */
export interface InstanceDocument extends InstanceReport {
  readonly _id: string;
}

/** What a token lacks is absent; a filter for null finds it. */
export interface TokenDocument {
  readonly _id: string;
  readonly hash: Binary;
  readonly tenant: string;
  readonly role: Role;
  readonly name: string;
  readonly parent?: string | null;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number | null;
  /** Which call revoked it. */
  readonly revokedBy?: string;
  readonly usedAt?: number;
}

/** The format of all other documents (format.ts); there is one such document. */
export interface FormatDocument {
  readonly _id: string;
  readonly version: number;
}

/** The `workAt` of a job in state Deleting. */
export const alwaysDue = -1;

/**
 * Marks the mode of a table. An instance of a version that knows no tables, with which this one runs during an upgrade, may
 * take over such a job and send its rows as lines; every evaluator rejects a request with a hyphen in its mode, so the rows
 * wait for an instance that knows tables and never get a wrong outcome.
 */
const tablePrefix = 'table-';

/** User text stays out of keys: the server's messages about duplicates quote them. */
export function toKeyId(idempotencyKey: string): string {
  return hash('sha256', idempotencyKey);
}

export function toJobDocument(job: NewJob): JobDocument {
  return {
    _id: job.id,
    ...(job.tenant !== defaultTenant && { tenant: job.tenant }),
    state: 'Receiving',
    name: job.name ?? null,
    mode: job.table === undefined ? job.mode : `${tablePrefix}${job.mode}`,
    precision: job.precision,
    createdAt: job.createdAt,
    sealedAt: null,
    finishedAt: null,
    expiresAt: null,
    operations: 0,
    chunks: 0,
    fold: toFoldDocument(emptyFold),
    lease: { owner: job.owner, until: job.leaseUntil },
    takeovers: 0,
    idempotencyKey: job.idempotencyKey ?? null,
    contentDigest: null,
    workAt: job.leaseUntil,
    madeBy: {},
    ...(job.table !== undefined && { table: encodeTable(job.table) }),
    ...(job.repairs !== undefined && { repairs: job.repairs }),
  };
}

/** Fields that sealing sets. */
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

export function toFoldDocument({ errors, columns, ...fold }: Fold): FoldDocument {
  return {
    ...fold,
    ...(Object.keys(errors).length > 0 && { errors: JSON.stringify(errors) }),
    ...(columns.length > 0 && { columns: toTotalsJson(columns) }),
  };
}

export function toJob(document: Document): Job {
  const job = toListedJob(document);
  return { ...job, fold: { ...job.fold, columns: toColumns(documentIn(document, 'fold'), 'columns') ?? [] } };
}

export function toListedJob(document: Document): ListedJob {
  const mode = textIn(document, 'mode');
  const isTable = mode.startsWith(tablePrefix);
  const state = stateIn(document);
  const fold = documentIn(document, 'fold');
  const lease = documentIn(document, 'lease');
  return {
    id: keyOf(document),
    tenant: optionalTextIn(document, 'tenant') ?? defaultTenant,
    state,
    name: optionalTextIn(document, 'name'),
    mode: isTable ? mode.slice(tablePrefix.length) : mode,
    precision: integerIn(document, 'precision'),
    createdAt: integerIn(document, 'createdAt'),
    sealedAt: optionalIntegerIn(document, 'sealedAt'),
    finishedAt: optionalIntegerIn(document, 'finishedAt'),
    expiresAt: optionalIntegerIn(document, 'expiresAt'),
    operations: countIn(document, 'operations'),
    chunks: countIn(document, 'chunks'),
    fold: toListedFold(fold),
    lease: { owner: textIn(lease, 'owner'), until: integerIn(lease, 'until') },
    takeovers: countIn(document, 'takeovers'),
    // The record keeps the key, so that an interrupted deletion can still free it.
    idempotencyKey: state === 'Deleting' ? undefined : optionalTextIn(document, 'idempotencyKey'),
    contentDigest: optionalTextIn(document, 'contentDigest'),
    isTable,
    repairs: optionalTextIn(document, 'repairs'),
  };
}

function toListedFold(fold: Document): ListedJob['fold'] {
  const errors = toErrors(fold, countIn(fold, 'failed')) ?? noErrors;
  return { through: countIn(fold, 'through'), ...toSums(fold), errors, engines: toEngines(fold) };
}

/** The table of a document that holds it, or undefined. */
export function toTable(document: Document): Table | undefined {
  const json = optionalTextIn(document, 'table');
  if (json === undefined) return undefined;
  const table = decodeTable(json);
  if (table === undefined) throw unexpected('table', json);
  return table;
}

function toTotalsJson(columns: readonly ColumnTotals[]): string {
  return JSON.stringify(toTotalsFields(columns));
}

function toColumns(document: Document, field: string): readonly ColumnTotals[] | undefined {
  const json = optionalTextIn(document, field);
  if (json === undefined) return undefined;
  const columns = readTotalsFields(parseJson(json, field));
  if (columns === undefined) throw unexpected(field, json);
  return columns;
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

export function toTokenDocument({ id, hash, ...token }: TokenRecord): TokenDocument {
  const { tenant, role, name, parent, createdAt, expiresAt, revokedAt, usedAt } = token;
  return {
    _id: id,
    hash: new Binary(hash),
    tenant,
    role,
    name,
    ...(parent !== undefined && { parent }),
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(revokedAt !== undefined && { revokedAt }),
    ...(usedAt !== undefined && { usedAt }),
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
  const { succeeded, failed, errors, cancelled, cost, engine, totals, text } = outcomes;
  return {
    _id: toKey(jobId, firstLine),
    count,
    succeeded,
    failed,
    cancelled,
    cost,
    ...(errors !== undefined && { errors: JSON.stringify(errors) }),
    ...(engine !== undefined && { engine }),
    ...(totals !== undefined && { totals: toTotalsJson(totals) }),
    digest: new Binary(hash('sha256', text, 'buffer')),
    text: new Binary(text),
  };
}

/** Whether a stored document (its text may be left out) equals one that was to be inserted. The errors are in the text. */
export function isSameOutcome(stored: Document, wanted: OutcomeDocument): boolean {
  const counts = ['count', 'succeeded', 'failed', 'cancelled', 'cost'] as const;
  return (
    counts.every((field) => countIn(stored, field) === wanted[field]) &&
    toEngine(stored) === toEngine(wanted) &&
    optionalTextIn(stored, 'totals') === wanted.totals &&
    Buffer.compare(bytesIn(stored, 'digest'), wanted.digest.value()) === 0
  );
}

export function toChunkCounts(document: Document): ChunkCounts {
  return { ...toRange(document), ...toCounts(document), engine: toEngine(document) };
}

/** As `toChunkCounts`, from a document that holds the totals too. */
export function toChunkTotals(document: Document): ChunkCounts {
  return { ...toChunkCounts(document), totals: toColumns(document, 'totals') };
}

export function toOutcomes(document: Document): ChunkOutcomes {
  const totals = toColumns(document, 'totals');
  const text = bytesIn(document, 'text');
  const counts = toCounts(document);
  return {
    ...counts,
    ...(counts.failed > 0 && { errors: counts.errors ?? countErrors(text, counts.failed) }),
    engine: toEngine(document),
    ...(totals !== undefined && { totals }),
    text,
  };
}

export function stateIn(document: Document): JobState {
  const value = textIn(document, 'state');
  const state = jobStates.find((known) => known === value);
  if (state === undefined) throw unexpected('state', value);
  return state;
}

const faultCodes: readonly string[] = [
  'ENCODING',
  'TOO_LONG',
  'SYNTAX',
  'EMPTY',
  'QUOTE',
] satisfies LineFault['code'][];

function isLineFault(value: unknown): value is LineFault {
  if (typeof value !== 'object' || value === null) return false;
  const { line, code, message, column, endColumn } = value as Record<string, unknown>;
  return (
    [line, column, endColumn].every((number) => Number.isSafeInteger(number)) &&
    typeof message === 'string' &&
    typeof code === 'string' &&
    faultCodes.includes(code)
  );
}

function isCustomId(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
