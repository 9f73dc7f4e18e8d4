/**
 * The embedded JobStore and TokenStore: one SQLite file in a folder that this process owns. Writes go to a thread of their own and are
 * committed in groups; reads use a second connection, without waiting.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { TokenRecord, TokenStore } from '../../access/index.ts';
import {
  noopLogger,
  StoreError,
  type JobFilter,
  type JobFinish,
  type JobSeal,
  type JobStore,
  type Logger,
  type NewJob,
  type OutcomeFilter,
  type OutcomeRecord,
  type WholeUpload,
} from '../../engine/index.ts';
import { visibleJobStates, type Chunk, type Fold, type JobState } from '../../jobs/index.ts';
import { createPrivateFile, databaseFile, prepareFolder, warnOfExposure } from './data-folder.ts';
import { findMatching, listMatching, type RunStep } from './job-list-reader.ts';
import { lockFolder, openReader, readFreeBytes } from './open-database.ts';
import { joinTexts, packChunks, packRecord } from './pack-texts.ts';
import { toStoreError } from './sqlite-errors.ts';
import { StoreReader } from './store-reader.ts';
import { WriterClient } from './writer-client.ts';
import type { Commit } from './writer-protocol.ts';

export interface SqliteStoreDependencies {
  /** Is warned when other users of the machine can reach the data. Default: `noopLogger`. */
  readonly logger?: Logger;
  /** Called after each transaction, for metrics. Must not throw. */
  readonly onCommit?: (commit: Commit) => void;
}

export interface SqliteStoreOptions {
  /** The folder of the data, on a local disk; made when it is missing. One process at a time may use it. */
  readonly directory: string;
  /**
   * Free bytes on the disk below which no upload is taken, so that the outcomes and deletions of the jobs that were taken
   * still have room. Default: 64 MiB, four times the size of the log.
   */
  readonly reservedBytes?: number;
}

/** The room of a store, in bytes. */
export interface SqliteSpace {
  /** The data file and its log. */
  readonly size: number;
  /** Bytes that an ordinary user may still write on the disk. */
  readonly free: number;
  /** The part of `free` that no upload may use. */
  readonly reserved: number;
}

export interface SqliteStore extends JobStore, TokenStore {
  /** For metrics. Throws when the folder cannot be read. */
  readSpace(): SqliteSpace;
}

const defaultReservedBytes = 64 * 1024 * 1024;
/** Free space that was read is valid for this time: less is written in it than is reserved. To read it costs 4 µs. */
const roomMsMax = 10;

/**
 * The store reads the text of chunks and outcomes until its promise settles; the caller must not change them before. It
 * never keeps or transfers them. Maximum number of lines of a job: 134,217,727.
 */
export function createSqliteStore(dependencies: SqliteStoreDependencies, options: SqliteStoreOptions): SqliteStore {
  return new SqliteJobStore(dependencies, options);
}

interface Opened {
  readonly writer: WriterClient;
  readonly reader: StoreReader;
  readonly lock: DatabaseSync;
}

/** A start that fails is a matter of the setting, whatever the database says about its file. */
function nameFolder(error: StoreError, directory: string): StoreError {
  if (error.message.includes('DATA_DIR')) return error;
  return new StoreError(error.code, `DATA_DIR ${directory} cannot be used: ${error.message}`, { cause: error });
}

class SqliteJobStore implements SqliteStore {
  readonly #directory: string;
  readonly #file: string;
  readonly #reservedBytes: number;
  readonly #logger: Logger;
  readonly #onCommit: (commit: Commit) => void;
  #roomSeenAt = -Infinity;
  #opened: Opened | undefined;
  #isStopping = false;
  /** Starts and stops run one after the other. */
  #lifecycle: Promise<void> = Promise.resolve();

  constructor(dependencies: SqliteStoreDependencies, options: SqliteStoreOptions) {
    this.#directory = resolve(options.directory);
    this.#file = databaseFile(this.#directory);
    this.#reservedBytes = options.reservedBytes ?? defaultReservedBytes;
    this.#logger = dependencies.logger ?? noopLogger;
    this.#onCommit = dependencies.onCommit ?? (() => {});
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      this.#opened ??= await this.#open().catch((error: unknown) => {
        throw nameFolder(toStoreError(error, this.#file), this.#directory);
      });
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      const opened = this.#opened;
      if (opened === undefined) return;
      this.#isStopping = true;
      await opened.writer.stop(() => opened.reader.close());
      opened.lock.close();
      this.#opened = undefined;
      this.#isStopping = false;
    });
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#lifecycle.then(step);
    this.#lifecycle = done.catch(() => {});
    return done;
  }

  async #open(): Promise<Opened> {
    await prepareFolder(this.#directory);
    const lock = await lockFolder(this.#directory);
    try {
      await createPrivateFile(this.#file);
      await warnOfExposure(this.#directory, this.#logger);
      const writer = await WriterClient.start({ file: this.#file }, this.#onCommit);
      try {
        return { lock, writer, reader: new StoreReader(openReader(this.#file)) };
      } catch (error) {
        await writer.stop(() => {});
        throw error;
      }
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  get #writer(): WriterClient {
    if (this.#opened === undefined || this.#isStopping) throw this.#closed();
    return this.#opened.writer;
  }

  #closed(): StoreError {
    return new StoreError('closed', `the store in ${this.#directory} is stopped`);
  }

  /** The disk may fill at any time, so the free space is checked repeatedly during uploads. */
  #checkRoom(): void {
    const now = performance.now();
    if (this.#reservedBytes === 0 || now - this.#roomSeenAt < roomMsMax) return;
    const freeBytes = readFreeBytes(this.#directory);
    if (freeBytes >= this.#reservedBytes) {
      this.#roomSeenAt = now;
      return;
    }
    throw new StoreError(
      'full',
      `the disk of ${this.#directory} has ${toMebibytes(freeBytes)} MiB left, and uploads need ` +
        `${toMebibytes(this.#reservedBytes)} MiB; free some space, or delete jobs`,
    );
  }

  #read<Result>(read: (reader: StoreReader) => Result): Result {
    if (this.#opened === undefined || this.#isStopping) throw this.#closed();
    try {
      return read(this.#opened.reader);
    } catch (error) {
      throw toStoreError(error, this.#file);
    }
  }

  /** Long lists are read in steps; other requests are served in between. */
  readonly #runStep: RunStep = async (step) => {
    const result = this.#read((reader) => step(reader.lists));
    await setImmediate();
    return result;
  };

  async createJob(job: NewJob, whole?: WholeUpload) {
    this.#checkRoom();
    if (whole === undefined) return this.#writer.execute('createJob', { job });
    return this.#writer.handOver('createJob', textBytes(whole.chunks), () => {
      const content = packChunks(whole.chunks);
      return { params: { job, whole: { seal: whole.seal, content } }, transfer: [content.texts.buffer] };
    });
  }

  async appendChunks(jobId: string, chunks: readonly Chunk[]): Promise<void> {
    this.#checkRoom();
    await this.#writer.handOver('appendChunks', textBytes(chunks), () => {
      const content = packChunks(chunks);
      return { params: { jobId, content }, transfer: [content.texts.buffer] };
    });
  }

  async sealJob(jobId: string, owner: string, seal: JobSeal): Promise<boolean> {
    return this.#writer.execute('sealJob', { jobId, owner, seal });
  }

  async abortJob(jobId: string, owner: string | undefined, now: number): Promise<boolean> {
    return this.#writer.execute('abortJob', { jobId, owner, now });
  }

  async readJob(jobId: string) {
    return this.#read((reader) => reader.readJob(jobId));
  }

  async readTable(jobId: string) {
    return this.#read((reader) => reader.readTable(jobId));
  }

  async listJobs(offset: number, limit: number, filter?: JobFilter) {
    if (filter === undefined) return this.#read((reader) => reader.listJobs(offset, limit));
    return listMatching(this.#runStep, filter, { offset }, limit);
  }

  async listJobsAfter(jobId: string, limit: number, filter?: JobFilter) {
    if (filter === undefined) return this.#read((reader) => reader.listJobsAfter(jobId, limit));
    return listMatching(this.#runStep, filter, { below: jobId, offset: 0 }, limit);
  }

  async findJobs(filter: JobFilter, limit: number) {
    return findMatching(this.#runStep, filter, limit);
  }

  async findWork(now: number, limit: number) {
    return this.#read((reader) => reader.findWork(now, limit));
  }

  async claimJob(jobId: string, owner: string, now: number, until: number) {
    return this.#writer.execute('claimJob', { jobId, owner, now, until });
  }

  async releaseJob(jobId: string, owner: string): Promise<void> {
    await this.#writer.execute('releaseJob', { jobId, owner });
  }

  async readOpenChunks(jobId: string, fromLine: number, limit: number) {
    return this.#read((reader) => reader.readOpenChunks(jobId, fromLine, limit));
  }

  async readOpenRanges(jobId: string, fromLine: number, limit: number) {
    return this.#read((reader) => reader.readOpenRanges(jobId, fromLine, limit));
  }

  async findFinished(jobId: string, firstLines: readonly number[]) {
    return this.#read((reader) => reader.findFinished(jobId, firstLines));
  }

  async recordOutcomes(records: readonly OutcomeRecord[]) {
    const bytes = records.reduce((sum, { outcomes }) => sum + outcomes.text.length, 0);
    return this.#writer.handOver('recordOutcomes', bytes, () => {
      const texts = joinTexts(records.map(({ outcomes }) => outcomes.text));
      return { params: { records: records.map(packRecord), texts }, transfer: [texts.buffer] };
    });
  }

  async readCounts(jobId: string, fromLine: number, limit: number) {
    return this.#read((reader) => reader.readCounts(jobId, fromLine, limit));
  }

  async readTotals(jobId: string, fromLine: number, limit: number) {
    return this.#read((reader) => reader.readTotals(jobId, fromLine, limit));
  }

  async sumCounts(jobId: string, fromLine: number) {
    return this.#read((reader) => reader.sumCounts(jobId, fromLine));
  }

  async foldJob(jobId: string, through: number, fold: Fold): Promise<boolean> {
    return this.#writer.execute('foldJob', { jobId, through, fold });
  }

  async finishJob(jobId: string, from: JobState, finish: JobFinish): Promise<boolean> {
    return this.#writer.execute('finishJob', { jobId, from, finish });
  }

  async cancelJob(jobId: string): Promise<boolean> {
    return this.#writer.execute('cancelJob', { jobId });
  }

  async readSlices(jobId: string, fromLine: number, toLine: number, limit: number) {
    return this.#read((reader) => reader.readSlices(jobId, fromLine, toLine, limit));
  }

  async readOutcomes(jobId: string, fromLine: number, toLine: number, limit: number) {
    return this.#read((reader) => reader.readOutcomes(jobId, fromLine, toLine, limit));
  }

  async locateOutcome(jobId: string, filter: OutcomeFilter, offset: number) {
    return this.#read((reader) => reader.locateOutcome(jobId, filter, offset));
  }

  async deleteJob(jobId: string, states: readonly JobState[] = visibleJobStates): Promise<boolean> {
    return this.#writer.execute('deleteJob', { jobId, states });
  }

  async deleteSlice(jobId: string, chunksMax: number) {
    return this.#writer.execute('deleteSlice', { jobId, chunksMax });
  }

  /** There are no orphans: an outcome is inserted in the same transaction that has seen its job, and a job goes last. */
  async sweepOrphans(): Promise<number> {
    return 0;
  }

  async insertToken(token: TokenRecord, forgetBefore: number): Promise<void> {
    await this.#writer.execute('insertToken', { token, forgetBefore });
  }

  async readToken(id: string) {
    return this.#read((reader) => reader.tokens.read(id));
  }

  async listTokens(tenant: string | undefined, limit: number) {
    return this.#read((reader) => reader.tokens.list(tenant, limit));
  }

  async revokeToken(id: string, revokedAt: number): Promise<boolean> {
    return this.#writer.execute('revokeToken', { id, revokedAt });
  }

  async noteTokenUse(id: string, usedAt: number): Promise<void> {
    await this.#writer.execute('noteTokenUse', { id, usedAt });
  }

  readSpace(): SqliteSpace {
    const files = [this.#file, `${this.#file}-wal`];
    const size = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
    return { size, free: readFreeBytes(this.#directory), reserved: this.#reservedBytes };
  }

  async checkHealth(): Promise<void> {
    this.#read((reader) => reader.checkHealth());
    await this.#writer.execute('checkHealth', {});
  }
}

function toMebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2);
}

function textBytes(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { text }) => sum + text.length, 0);
}
