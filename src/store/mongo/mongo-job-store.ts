/**
 * The JobStore on MongoDB: what the cluster keeps. Any number of instances work on one database at the same time.
 *
 * No step needs a transaction: chunks and outcomes are inserted once under a unique key and never change, and the record
 * of a job is changed by one conditional update a call. So every call may be tried again after whatever fault, and is,
 * until its deadline; what the server did in a try whose answer was lost is found out from what is stored.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { TokenRecord, TokenStore } from '../../access/index.ts';
import {
  createPeriodicTask,
  StoreError,
  type InstanceRegistry,
  type InstanceReport,
  type JobFilter,
  type JobFinish,
  type JobSeal,
  type JobStore,
  type Logger,
  type NewJob,
  type OutcomeFilter,
  type OutcomeRecord,
  type PeriodicTask,
  type Time,
  type WholeUpload,
} from '../../engine/index.ts';
import {
  readIdTime,
  visibleJobStates,
  type Chunk,
  type Fold,
  type Job,
  type JobState,
  type VisibleJobState,
} from '../../jobs/index.ts';
import {
  createConnection,
  explainHealth,
  explainStart,
  prepareDatabase,
  tryConnection,
  type Connection,
} from './connection.ts';
import { parseAddress, type MongoAddress } from './database.ts';
import { locateOutcome } from './locate-outcome.ts';
import { isLoginFault, readFault } from './mongo-errors.ts';
import { retryUntil, type RetryDependencies } from './retrying.ts';
import { hasFiles, noSecurity, readSecurityFiles, type MongoSecurity } from './security.ts';

export interface MongoStoreDependencies {
  readonly time: Time;
  readonly logger: Logger;
  /** From 0 to below 1. Default: Math.random. */
  readonly random?: () => number;
}

export interface MongoStoreOptions {
  /** A MongoDB connection string. The database is the one it names, or `mathmill`. */
  readonly uri: string;
  /** TLS and the login, where the connection string does not say them. Default: it says all. */
  readonly security?: MongoSecurity;
  /**
   * How long a call is tried again before it fails as unavailable. Default: 6 s, which covers a lost connection and a
   * quick change of primary. A slow one takes 12 s: those who can wait that long ask again.
   */
  readonly deadlineMs?: number;
  /** How long `start` waits for a server. Default: 10 s. */
  readonly startDeadlineMs?: number;
}

const defaultDeadlineMs = 6_000;
const defaultStartDeadlineMs = 10_000;
/** A probe wants an answer now, and a primary that takes longer for nothing at all cannot serve. */
const healthDeadlineMs = 2_000;
/** An upload that is there as a whole goes in before its job if the job's id is as young as this: see removal.ts. */
const youngIdMs = 300_000;

/** How often the files of certificates and passwords are read, and how long a client may take that uses new ones. */
const renewalMs = 5_000;

/** The text of chunks and outcomes are read until a call's promise settles; the caller must not change them before. */
export function createMongoStore(
  dependencies: MongoStoreDependencies,
  options: MongoStoreOptions,
): JobStore & InstanceRegistry & TokenStore {
  return new MongoJobStore(dependencies, options);
}

class MongoJobStore implements JobStore, InstanceRegistry, TokenStore {
  readonly #dependencies: RetryDependencies;
  readonly #options: Required<MongoStoreOptions>;
  #opened: Connection | undefined;
  readonly #renewal: PeriodicTask;
  #isStopping = false;
  readonly #underway = new Set<Promise<unknown>>();
  /** Starts and stops run one after the other. */
  #lifecycle: Promise<void> = Promise.resolve();
  /** Where the next sweep continues. */
  #sweptAfterId = '';

  constructor(dependencies: MongoStoreDependencies, options: MongoStoreOptions) {
    this.#dependencies = { random: Math.random, ...dependencies };
    this.#options = {
      security: noSecurity,
      deadlineMs: defaultDeadlineMs,
      startDeadlineMs: defaultStartDeadlineMs,
      ...options,
    };
    this.#renewal = createPeriodicTask(
      dependencies.time,
      renewalMs,
      () => this.#renew(),
      (err) => dependencies.logger.warn({ err }, 'changed certificate or password files cannot be used yet'),
    );
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      this.#opened ??= await this.#open();
      if (hasFiles(this.#options.security)) this.#renewal.start();
    });
  }

  /** Earlier calls are finished; each ends by its deadline at the latest. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isStopping = true;
      await this.#renewal.stop();
      await Promise.allSettled(this.#underway);
      await this.#opened?.client.close();
      this.#opened = undefined;
      this.#isStopping = false;
    });
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#lifecycle.then(step);
    this.#lifecycle = done.catch(() => {});
    return done;
  }

  async #open(): Promise<Connection> {
    const address = parseAddress(this.#options.uri);
    return this.#connect(address, this.#options.startDeadlineMs, (connection) => prepareDatabase(connection, address));
  }

  /** Retries `step` until the deadline; what could not be used is closed. */
  async #connect(
    address: MongoAddress,
    deadlineMs: number,
    step: (connection: Connection) => Promise<void>,
  ): Promise<Connection> {
    const { uri, security } = this.#options;
    const connection = createConnection(uri, address, readSecurityFiles(security));
    try {
      await retryUntil(this.#dependencies, deadlineMs, () => step(connection));
      return connection;
    } catch (error) {
      await connection.client.close();
      throw explainStart(error, address.hosts);
    }
  }

  /**
   * The driver takes certificates and passwords only when a client is made. So when the files have changed, a new client
   * takes over as soon as it can connect; until then the old one works on. Calls that have begun finish on the old one.
   */
  async #renew(): Promise<void> {
    const old = this.#opened;
    if (old === undefined || isDeepStrictEqual(readSecurityFiles(this.#options.security), old.files)) return;
    this.#opened = await this.#connect(parseAddress(this.#options.uri), renewalMs, tryConnection);
    this.#dependencies.logger.info({}, 'connected to MongoDB with changed certificate or password files');
    await Promise.allSettled(this.#underway);
    await old.client.close();
  }

  /** One call with one deadline. `call` gets a token that says of a change which call made it. */
  #call<Result>(call: (parts: Connection, token: string) => Promise<Result>): Promise<Result> {
    const token = randomUUID();
    return this.#attempt((opened) => call(opened, token), this.#options.deadlineMs);
  }

  #attempt<Result>(step: (parts: Connection) => Promise<Result>, deadlineMs: number): Promise<Result> {
    const opened = this.#opened;
    if (opened === undefined || this.#isStopping) {
      return Promise.reject(new StoreError('closed', 'the store on MongoDB is stopped'));
    }
    return this.#hold(retryUntil(this.#dependencies, deadlineMs, () => this.#try(step, this.#opened ?? opened)));
  }

  /** With a password from a file, a login that fails may succeed with what the file holds by now, or in a moment. */
  async #try<Result>(step: (parts: Connection) => Promise<Result>, opened: Connection): Promise<Result> {
    try {
      return await step(opened);
    } catch (error) {
      if (this.#options.security.login === undefined || !isLoginFault(error)) throw error;
      this.#renewal.wake();
      throw new StoreError('unavailable', readFault(error).message, { cause: error });
    }
  }

  /** A connection is not closed under what is held. */
  #hold<Result>(work: Promise<Result>): Promise<Result> {
    this.#underway.add(work);
    const forget = (): void => void this.#underway.delete(work);
    work.then(forget, forget);
    return work;
  }

  async createJob(job: NewJob, whole?: WholeUpload) {
    return this.#call(async (parts, token) => {
      const isKeyed = job.idempotencyKey !== undefined;
      if (whole !== undefined && !isKeyed && this.#isYoung(job.id)) {
        await parts.writer.insertChunks(job.id, whole.chunks);
        await parts.records.insertSealed(job, whole.seal, token);
        return { kind: 'created' } as const;
      }
      const holder = isKeyed
        ? await parts.records.insertWithKey(job, job.idempotencyKey)
        : await parts.records.insert(job);
      if (holder !== undefined) return { kind: 'exists', job: holder } as const;
      if (whole !== undefined) {
        await parts.writer.append(job.id, whole.chunks);
        await parts.records.seal(token, job.id, job.owner, whole.seal);
      }
      return { kind: 'created' } as const;
    });
  }

  /** Chunks that are stored before their job look like those of a job that is gone; only a young id tells them apart. */
  #isYoung(jobId: string): boolean {
    const createdAt = readIdTime(jobId);
    return createdAt !== undefined && Math.abs(this.#dependencies.time.now() - createdAt) < youngIdMs;
  }

  async appendChunks(jobId: string, chunks: readonly Chunk[]): Promise<void> {
    await this.#call(({ writer }) => writer.append(jobId, chunks));
  }

  async sealJob(jobId: string, owner: string, seal: JobSeal): Promise<boolean> {
    return this.#call(({ records }, token) => records.seal(token, jobId, owner, seal));
  }

  async abortJob(jobId: string, owner: string | undefined, now: number): Promise<boolean> {
    return this.#call(({ records }, token) => records.abort(token, jobId, owner, now));
  }

  async readJob(jobId: string): Promise<Job | undefined> {
    return this.#call(({ records }) => records.read(jobId));
  }

  async readTable(jobId: string) {
    return this.#call(({ records }) => records.readTable(jobId));
  }

  async listJobs(offset: number, limit: number, filter: JobFilter = {}) {
    return this.#call(({ lists }) => lists.list(filter, offset, limit));
  }

  async listJobsAfter(jobId: string, limit: number, filter: JobFilter = {}) {
    return this.#call(({ lists }) => lists.listAfter(filter, jobId, limit));
  }

  async findJobs(filter: JobFilter, limit: number) {
    return this.#call(({ lists }) => lists.findIds(filter, limit));
  }

  async findWork(now: number, limit: number) {
    return this.#call(({ records }) => records.findWork(now, limit));
  }

  async claimJob(jobId: string, owner: string, now: number, until: number): Promise<Job | undefined> {
    return this.#call(({ records }) => records.claim(jobId, owner, now, until));
  }

  async releaseJob(jobId: string, owner: string): Promise<void> {
    await this.#call(({ records }) => records.release(jobId, owner));
  }

  async readOpenChunks(jobId: string, fromLine: number, limit: number) {
    return this.#call(({ reader }) => reader.readOpenChunks(jobId, fromLine, limit));
  }

  async readOpenRanges(jobId: string, fromLine: number, limit: number) {
    return this.#call(({ reader }) => reader.readOpenRanges(jobId, fromLine, limit));
  }

  async findFinished(jobId: string, firstLines: readonly number[]) {
    return this.#call(({ reader }) => reader.findFinished(jobId, firstLines));
  }

  async recordOutcomes(records: readonly OutcomeRecord[]) {
    return this.#call(({ writer }) => writer.record(records));
  }

  async readCounts(jobId: string, fromLine: number, limit: number) {
    return this.#call(({ reader }) => reader.readCounts(jobId, fromLine, limit));
  }

  async readTotals(jobId: string, fromLine: number, limit: number) {
    return this.#call(({ reader }) => reader.readTotals(jobId, fromLine, limit));
  }

  async sumCounts(jobId: string, fromLine: number) {
    return this.#call(({ reader }) => reader.sumCounts(jobId, fromLine));
  }

  async foldJob(jobId: string, through: number, fold: Fold): Promise<boolean> {
    return this.#call(({ records }, token) => records.fold(token, jobId, through, fold));
  }

  async finishJob(jobId: string, from: JobState, finish: JobFinish): Promise<boolean> {
    return this.#call(({ records }, token) => records.finish(token, jobId, from, finish));
  }

  async cancelJob(jobId: string): Promise<boolean> {
    return this.#call(({ records }, token) => records.cancel(token, jobId));
  }

  async readSlices(jobId: string, fromLine: number, toLine: number, limit: number) {
    return this.#call(({ reader }) => reader.readSlices(jobId, fromLine, toLine, limit));
  }

  async readOutcomes(jobId: string, fromLine: number, toLine: number, limit: number) {
    return this.#call(({ reader }) => reader.readOutcomes(jobId, fromLine, toLine, limit));
  }

  /** Of a job that is sealed: before, it has no lines to show. */
  async locateOutcome(jobId: string, filter: OutcomeFilter, offset: number) {
    return this.#call(async ({ records, reader }) => {
      const job = await records.read(jobId);
      return job === undefined ? undefined : locateOutcome(reader, job, filter, offset);
    });
  }

  async deleteJob(jobId: string, states: readonly VisibleJobState[] = visibleJobStates): Promise<boolean> {
    return this.#call(({ records }, token) => records.delete(token, jobId, states));
  }

  async deleteSlice(jobId: string, chunksMax: number) {
    return this.#call(({ removal }) => removal.removeSlice(jobId, chunksMax));
  }

  /** Each step has a deadline of its own: a sweep over many jobs takes a while. */
  async sweepOrphans(): Promise<number> {
    const now = this.#dependencies.time.now();
    const removal = await this.#call(async (parts) => parts.removal);
    const swept = await this.#hold(removal.sweep(this.#sweptAfterId, now, (step) => this.#call(step)));
    this.#sweptAfterId = swept.afterId;
    return swept.removed;
  }

  async reportInstance(report: InstanceReport, forgetBefore: number): Promise<void> {
    await this.#call(({ instances }) => instances.report(report, forgetBefore));
  }

  async readInstances(seenFrom: number) {
    return this.#call(({ instances }) => instances.read(seenFrom));
  }

  async insertToken(token: TokenRecord, forgetBefore: number): Promise<void> {
    await this.#call(({ tokens }) => tokens.insert(token, forgetBefore));
  }

  async readToken(id: string) {
    return this.#call(({ tokens }) => tokens.read(id));
  }

  async listTokens(tenant: string | undefined, limit: number) {
    return this.#call(({ tokens }) => tokens.list(tenant, limit));
  }

  async revokeToken(id: string, revokedAt: number): Promise<boolean> {
    return this.#call(({ tokens }, call) => tokens.revoke(call, id, revokedAt));
  }

  async noteTokenUse(id: string, usedAt: number): Promise<void> {
    await this.#call(({ tokens }) => tokens.noteUse(id, usedAt));
  }

  async checkHealth(): Promise<void> {
    const ping = { ping: 1, maxTimeMS: healthDeadlineMs } as const;
    try {
      await this.#attempt(({ database }) => database.command(ping), healthDeadlineMs);
    } catch (error) {
      throw explainHealth(error, this.#opened?.lastFailure());
    }
  }
}
