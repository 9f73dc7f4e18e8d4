/**
 * Reads an upload once: from its source to chunks, within the limits, with its digest when one is needed. The head of a table
 * is planned as soon as its bytes are there.
 */
import {
  createChunkSplitter,
  createTableSplitter,
  operationBytesMax,
  readRecordChunk,
  readStringChunk,
  recordBytesMax,
  type Chunk,
  type ChunkSplitter,
} from '../jobs/index.ts';
import { invariant } from './errors.ts';
import type { PlanTable, SubmitVerdict, TablePlan, Upload, UploadFormat } from './job-service.ts';
import type { EngineObserver } from './observer.ts';
import { createTableSettler, type TableSettler } from './table-settler.ts';

export interface ContentDigest {
  update(bytes: Uint8Array | string): void;
  finish(): string;
}

export interface UploadReaderDependencies {
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  readonly planTable: PlanTable;
  /** Undefined: no digest is wanted. */
  readonly digest?: ContentDigest | undefined;
  /** Called with the number of bytes that arrived. Optional. */
  readonly observer?: Pick<EngineObserver, 'uploadBytes'>;
}

export interface UploadLimits {
  readonly operationsMax: number;
  readonly uploadBytesMax: number;
}

/** Why an upload is not taken. */
export type UploadRejection = Extract<
  SubmitVerdict,
  { kind: 'empty' | 'bad-table' | 'not-utf8' | 'too-many-operations' | 'too-many-bytes' }
>;

export function isRejection(reading: UploadRejection | object): reading is UploadRejection {
  return 'kind' in reading;
}

/** The part of an upload that was read: all of it (`isWhole`), or the first chunks of one that continues. */
export interface Beginning {
  readonly chunks: readonly Chunk[];
  readonly isWhole: boolean;
}

/** Of an upload whose operations are lines. */
export function createSplitter(format: UploadFormat, isUtf8: (bytes: Uint8Array) => boolean): ChunkSplitter {
  switch (format) {
    case 'text':
      return createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 });
    case 'ndjson':
      return createChunkSplitter({ lineBytesMax: recordBytesMax, isUtf8, finish: readRecordChunk });
    case 'strings':
      return createChunkSplitter({ lineBytesMax: recordBytesMax, isUtf8, finish: readStringChunk });
    case 'csv':
    case 'tsv':
      throw new Error('invariant broken: the rows of a file need formulas');
  }
}

export class UploadReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #splitter: ChunkSplitter;
  /** Undefined: the operations are lines. */
  readonly #table: TableSettler | undefined;
  readonly #dependencies: UploadReaderDependencies;
  readonly #limits: UploadLimits;
  #bytesTotal = 0;
  #isEnded = false;
  #finishedDigest: string | undefined;

  constructor(upload: Upload, dependencies: UploadReaderDependencies, limits: UploadLimits) {
    this.#dependencies = dependencies;
    this.#limits = limits;
    this.#table = upload.table === undefined ? undefined : openTable(upload, dependencies);
    this.#splitter = this.#table?.splitter ?? createSplitter(upload.format, dependencies.isUtf8);
    this.#source = upload.source[Symbol.asyncIterator]();
    dependencies.digest?.update(describeOptions(upload));
  }

  /** Lines or rows in the chunks that were read. */
  get operations(): number {
    return this.#splitter.operations;
  }

  get chunks(): number {
    return this.#splitter.chunks;
  }

  /** Of a table, from the end of `readBeginning` on. */
  get plan(): TablePlan | undefined {
    return this.#table?.plan;
  }

  /** Reads until the upload ends, or `bytesMin` bytes were read and the head of a table is settled. */
  async readBeginning(bytesMin: number): Promise<Beginning | UploadRejection> {
    return this.#readUntil(() => this.#bytesTotal >= bytesMin && this.#isSettled);
  }

  /** As `readBeginning`, until at least one row is complete, and so many rows or bytes are there. Splitting continues. */
  async readRows(rowsMin: number, bytesMin: number): Promise<Beginning | UploadRejection> {
    const splitter = this.#table?.splitter;
    invariant(splitter !== undefined, 'only a table has rows');
    const beginning = await this.#readUntil(() => {
      return splitter.rows >= rowsMin || (splitter.rows > 0 && this.#bytesTotal >= bytesMin);
    });
    return isRejection(beginning) ? beginning : { ...beginning, chunks: [...beginning.chunks, ...splitter.flush()] };
  }

  /** The rest of the chunks; ends at the first rejection. */
  async *rest(): AsyncGenerator<readonly Chunk[] | UploadRejection, void, void> {
    while (!this.#isEnded) {
      const next = await this.#read();
      yield next;
      if (isRejection(next)) return;
    }
  }

  /** Lets go of the source, wherever the reading stopped. */
  async close(): Promise<void> {
    if (!this.#isEnded) await this.#source.return?.();
  }

  /** The digest of content and options, once the upload has ended; undefined when none is wanted. */
  readDigest(): string | undefined {
    this.#finishedDigest ??= this.#dependencies.digest?.finish();
    return this.#finishedDigest;
  }

  get #isSettled(): boolean {
    return this.#table === undefined || this.#table.plan !== undefined;
  }

  async #readUntil(isEnough: () => boolean): Promise<Beginning | UploadRejection> {
    const chunks: Chunk[] = [];
    while (!this.#isEnded && !isEnough()) {
      const next = await this.#read();
      if (isRejection(next)) return next;
      chunks.push(...next);
    }
    return { chunks, isWhole: this.#isEnded };
  }

  /** The chunks that the next bytes complete; at the end those that are left. */
  async #read(): Promise<readonly Chunk[] | UploadRejection> {
    const next = await this.#source.next();
    if (next.done === true) return this.#readEnd();
    const { digest, observer } = this.#dependencies;
    this.#bytesTotal += next.value.length;
    observer?.uploadBytes(next.value.length);
    const { uploadBytesMax } = this.#limits;
    if (this.#bytesTotal > uploadBytesMax) return { kind: 'too-many-bytes', max: uploadBytesMax };
    digest?.update(next.value);
    const chunks = this.#splitter.push(next.value);
    return this.#check() ?? chunks;
  }

  #readEnd(): readonly Chunk[] | UploadRejection {
    this.#isEnded = true;
    const rest = this.#splitter.end();
    return this.#check() ?? (this.operations === 0 ? { kind: 'empty' } : rest);
  }

  #check(): UploadRejection | undefined {
    const { foreignEncoding } = this.#splitter;
    if (foreignEncoding !== undefined) return { kind: 'not-utf8', encoding: foreignEncoding };
    const fault = this.#table?.settle();
    if (fault !== undefined) return { kind: 'bad-table', fault };
    const { operationsMax } = this.#limits;
    return this.operations <= operationsMax ? undefined : { kind: 'too-many-operations', max: operationsMax };
  }
}

function openTable(upload: Upload, { isUtf8, planTable }: UploadReaderDependencies): TableSettler {
  const { format, table, mode, precision } = upload;
  invariant(table !== undefined, 'the caller has looked');
  const splitter = createTableSplitter({
    format: format === 'ndjson' ? 'ndjson' : 'csv',
    delimiter: table.delimiter ?? (format === 'tsv' ? '\t' : undefined),
    hasHeader: table.hasHeader,
    isUtf8,
  });
  return createTableSettler({ splitter, planTable }, table, { mode, precision });
}

/** The options that an idempotency key covers in addition to the bytes. */
function describeOptions({ format, mode, precision, table }: Upload): string {
  const ofLines = `${format} ${mode} ${precision}\n`;
  if (table === undefined) return ofLines;
  const sorted = Object.entries(table).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `${ofLines}${JSON.stringify(sorted)}\n`;
}
