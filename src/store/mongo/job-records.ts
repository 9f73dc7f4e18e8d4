/**
 * The record of a job: created once, then changed by one conditional update a call. Every method may be called again
 * with the same token when it is unknown whether it was carried out.
 */
import type { Filter } from 'mongodb';
import { StoreError, type JobFinish, type JobSeal, type NewJob } from '../../engine/index.ts';
import { type Fold, type Job, type JobState, type ListedJob, type Table } from '../../jobs/index.ts';
import { bounded, exact, type Collections } from './database.ts';
import {
  alwaysDue,
  keyOf,
  stateIn,
  toFoldDocument,
  toJob,
  toJobDocument,
  toKeyId,
  toListedJob,
  toSealFields,
  toTable,
  type Change,
  type JobDocument,
} from './documents.ts';
import { isDuplicateKey } from './mongo-errors.ts';
import { RecentJobs } from './recent-jobs.ts';

const leasedStates: JobState[] = ['Receiving', 'InProgress', 'Cancelling'];
/** Of a record, what changes; the table is read on its own. */
const withoutTable = { projection: { table: 0 } } as const;
/** In lists, neither what may be large. */
export const listed = { projection: { table: 0, 'fold.columns': 0 } } as const;
/**
 * How long a job that was there is not looked up again before chunks or outcomes of it are written. What is written for a job that
 * others delete in this time is removed with the orphans.
 */
const rememberMs = 1_000;
/** Each round of taking a key ends, or finds that others have moved on: so many in a row do not happen. */
const keyRoundsMax = 20;

export class JobRecords {
  readonly #jobs: Collections['jobs'];
  readonly #keys: Collections['keys'];
  /** Not being deleted. */
  readonly #present = new RecentJobs(rememberMs);
  readonly #receiving = new RecentJobs(rememberMs);

  constructor({ jobs, keys }: Collections) {
    this.#jobs = jobs;
    this.#keys = keys;
  }

  /** Inserts a job in state Receiving, without its idempotency key. Again: nothing changes. */
  async insert(job: NewJob): Promise<void> {
    await this.#insertDocument(toJobDocument(job));
  }

  /** Whether the job may be given chunks. */
  async isReceiving(jobId: string): Promise<boolean> {
    if (this.#receiving.has(jobId)) return true;
    const now = performance.now();
    const isReceiving = (await this.readStates([jobId])).get(jobId) === 'Receiving';
    if (isReceiving) this.#receiving.note(jobId, now);
    return isReceiving;
  }

  /** Inserts a job whose chunks are all there, as InProgress. */
  async insertSealed(job: NewJob, seal: JobSeal, token: string): Promise<void> {
    const madeBy = { sealed: token };
    await this.#insertDocument({ ...toJobDocument(job), ...toSealFields(job.owner, seal), madeBy });
  }

  /**
   * Inserts a job and takes its key for it; undefined, or the job that has the key. The job comes first and the key
   * second: so a key whose job is missing, or is being deleted, is one that a crash left behind, and anyone may free it.
   */
  async insertWithKey(job: NewJob, idempotencyKey: string): Promise<Job | undefined> {
    const keyId = toKeyId(idempotencyKey);
    for (let round = 0; round < keyRoundsMax; round += 1) {
      const holder = await this.#keys.findOne({ _id: keyId }, bounded);
      if (holder === null || holder.jobId === job.id) {
        await this.insert(job);
        if (holder !== null || (await this.#insertKey(keyId, job.id))) return undefined;
        continue;
      }
      const held = await this.#jobs.findOne({ _id: holder.jobId }, { ...exact, ...withoutTable });
      if (held !== null && stateIn(held) !== 'Deleting') {
        await this.#withdraw(job);
        return toJob(held);
      }
      await this.#keys.deleteOne({ _id: keyId, jobId: holder.jobId }, bounded);
    }
    throw new StoreError('unavailable', 'too many concurrent uploads with the same idempotency key; send it again');
  }

  async seal(token: string, jobId: string, owner: string, seal: JobSeal): Promise<boolean> {
    const condition = { state: 'Receiving', 'lease.owner': owner } as const;
    this.#receiving.forget(jobId);
    return this.#change('sealed', token, jobId, condition, toSealFields(owner, seal));
  }

  async abort(token: string, jobId: string, owner: string | undefined, now: number): Promise<boolean> {
    const isAllowed = owner === undefined ? { 'lease.until': { $lte: now } } : { 'lease.owner': owner };
    return this.#remove(token, jobId, { state: 'Receiving', ...isAllowed });
  }

  async delete(token: string, jobId: string, states: readonly JobState[]): Promise<boolean> {
    return this.#remove(token, jobId, { state: { $in: [...states] } });
  }

  async read(jobId: string): Promise<Job | undefined> {
    const document = await this.#jobs.findOne({ _id: jobId }, { ...bounded, ...withoutTable });
    return document === null ? undefined : toJob(document);
  }

  async readTable(jobId: string): Promise<Table | undefined> {
    const document = await this.#jobs.findOne({ _id: jobId }, { ...bounded, projection: { table: 1 } });
    return document === null ? undefined : toTable(document);
  }

  /** False only if the job is really not there. */
  async exists(jobId: string): Promise<boolean> {
    return (await this.#readExactState(jobId)) !== undefined;
  }

  /** The state of those of these jobs that exist. A new primary may miss one for a moment, so a miss is made sure of. */
  async readStates(jobIds: readonly string[]): Promise<ReadonlyMap<string, JobState>> {
    const sorted = jobIds.toSorted();
    const [first = '', last = first] = [sorted.at(0), sorted.at(-1)];
    // Jobs at work are neighbors, so the range helps a server that cannot look up a list.
    const filter = first === last ? first : { $gte: first, $lte: last, $in: sorted };
    const found = await this.#jobs.find({ _id: filter }, { ...bounded, projection: { state: 1 } }).toArray();
    const states = new Map(found.map((document) => [keyOf(document), stateIn(document)]));
    for (const jobId of sorted) {
      const state = states.get(jobId) ?? (await this.#readExactState(jobId));
      if (state !== undefined) states.set(jobId, state);
    }
    return states;
  }

  /** Those of these jobs that do not exist or are being deleted. */
  async findGone(jobIds: readonly string[]): Promise<ReadonlySet<string>> {
    const now = performance.now();
    const unknown = jobIds.filter((jobId) => !this.#present.has(jobId));
    if (unknown.length === 0) return new Set();
    const states = await this.readStates(unknown);
    return new Set(unknown.filter((jobId) => !this.#notePresent(jobId, states.get(jobId), now)));
  }

  #notePresent(jobId: string, state: JobState | undefined, now: number): boolean {
    if (state === undefined || state === 'Deleting') return false;
    this.#present.note(jobId, now);
    return true;
  }

  async findWork(now: number, limit: number): Promise<ListedJob[]> {
    const page = { ...bounded, ...listed, sort: { workAt: 1 }, limit } as const;
    return (await this.#jobs.find({ workAt: { $lte: now } }, page).toArray()).map(toListedJob);
  }

  /** Ids from the one after `afterId` on, in order. */
  async listIds(afterId: string, limit: number): Promise<string[]> {
    const page = { ...bounded, projection: { _id: 1 }, sort: { _id: 1 }, limit } as const;
    return (await this.#jobs.find({ _id: { $gt: afterId } }, page).toArray()).map(({ _id }) => _id);
  }

  /** Renewing comes first: so a take-over whose answer was lost is not counted twice. */
  async claim(jobId: string, owner: string, now: number, until: number): Promise<Job | undefined> {
    // With the table, which is dropped here: the stand-in knows no projection of what it has updated.
    const options = { ...bounded, returnDocument: 'after' } as const;
    const renewed = await this.#jobs.findOneAndUpdate(
      { _id: jobId, state: { $in: leasedStates }, 'lease.owner': owner },
      { $set: { 'lease.until': until, workAt: until } },
      options,
    );
    if (renewed !== null) return toJob(renewed);
    const taken = await this.#jobs.findOneAndUpdate(
      {
        _id: jobId,
        state: { $in: ['InProgress', 'Cancelling'] },
        'lease.owner': { $ne: owner },
        'lease.until': { $lte: now },
      },
      { $set: { lease: { owner, until }, workAt: until }, $inc: { takeovers: 1 } },
      options,
    );
    if (taken !== null) return toJob(taken);
    // The driver, too, repeats a write whose answer was lost: the miss may be its second try.
    const own = { _id: jobId, state: { $in: leasedStates }, 'lease.owner': owner, 'lease.until': until };
    const job = await this.#jobs.findOne(own, { ...bounded, ...withoutTable });
    return job === null ? undefined : toJob(job);
  }

  async release(jobId: string, owner: string): Promise<void> {
    await this.#jobs.updateOne(
      { _id: jobId, state: { $in: leasedStates }, 'lease.owner': owner },
      { $set: { 'lease.until': 0, workAt: 0, takeovers: 0 } },
      bounded,
    );
  }

  async fold(token: string, jobId: string, through: number, fold: Fold): Promise<boolean> {
    const condition: Filter<JobDocument> = { state: { $in: ['InProgress', 'Cancelling'] }, 'fold.through': through };
    return this.#change('folded', token, jobId, condition, { fold: toFoldDocument(fold), takeovers: 0 });
  }

  async finish(token: string, jobId: string, from: JobState, finish: JobFinish): Promise<boolean> {
    const { through, state, finishedAt } = finish;
    const fold = toFoldDocument(finish.fold);
    const expiresAt = finish.expiresAt ?? null;
    const condition = { state: from, 'fold.through': through, operations: fold.through };
    return this.#change('finished', token, jobId, condition, { state, fold, finishedAt, expiresAt, workAt: expiresAt });
  }

  async cancel(token: string, jobId: string): Promise<boolean> {
    return this.#change('cancelled', token, jobId, { state: 'InProgress' }, { state: 'Cancelling' });
  }

  /** How far the deletion of a job has come; undefined: the job is not being deleted. */
  async readRemoval(jobId: string): Promise<{ readonly removedThrough: number } | undefined> {
    const projection = { state: 1, removedThrough: 1 };
    const document = await this.#jobs.findOne({ _id: jobId }, { ...bounded, projection });
    return document?.state === 'Deleting' ? { removedThrough: document.removedThrough ?? 0 } : undefined;
  }

  async setRemovedThrough(jobId: string, line: number): Promise<void> {
    await this.#jobs.updateOne({ _id: jobId, state: 'Deleting' }, { $max: { removedThrough: line } }, bounded);
  }

  /** Removes the record of a job in state Deleting; its key goes before it, if a deletion that was cut short left it. */
  async removeRecord(jobId: string): Promise<void> {
    await this.#freeKey(jobId);
    await this.#jobs.deleteOne({ _id: jobId, state: 'Deleting' }, bounded);
  }

  async #readExactState(jobId: string): Promise<JobState | undefined> {
    const document = await this.#jobs.findOne({ _id: jobId }, { ...exact, projection: { state: 1 } });
    return document === null ? undefined : stateIn(document);
  }

  /** One conditional update. True: this call made the change, now or in a try whose answer was lost. */
  async #change(
    name: Change,
    token: string,
    jobId: string,
    condition: Filter<JobDocument>,
    fields: Partial<JobDocument>,
  ): Promise<boolean> {
    const change = { $set: { ...fields, [`madeBy.${name}`]: token } };
    const { matchedCount } = await this.#jobs.updateOne({ ...condition, _id: jobId }, change, bounded);
    if (matchedCount > 0) return true;
    // The driver, too, repeats a write whose answer was lost: the miss may be its second try.
    const own: Filter<JobDocument> = { _id: jobId, [`madeBy.${name}`]: token };
    return (await this.#jobs.findOne(own, { ...bounded, projection: { _id: 1 } })) !== null;
  }

  async #remove(token: string, jobId: string, condition: Filter<JobDocument>): Promise<boolean> {
    const fields = { state: 'Deleting', workAt: alwaysDue } as const;
    const isRemoved = await this.#change('removed', token, jobId, condition, fields);
    this.#present.forget(jobId);
    this.#receiving.forget(jobId);
    if (!isRemoved) return false;
    await this.#freeKey(jobId);
    return true;
  }

  async #freeKey(jobId: string): Promise<void> {
    const document = await this.#jobs.findOne({ _id: jobId }, { ...bounded, projection: { idempotencyKey: 1 } });
    const idempotencyKey = document?.idempotencyKey ?? undefined;
    if (idempotencyKey !== undefined) await this.#keys.deleteOne({ _id: toKeyId(idempotencyKey), jobId }, bounded);
  }

  /** Takes back a job that did not get its key. If this fails, its lease expires and a janitor aborts it. */
  async #withdraw({ id, owner }: NewJob): Promise<void> {
    await this.#jobs.deleteOne({ _id: id, state: 'Receiving', 'lease.owner': owner }, bounded);
  }

  async #insertDocument(document: JobDocument): Promise<void> {
    try {
      await this.#jobs.insertOne(document, bounded);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  /** False: somebody has it, perhaps this job by a try whose answer was lost. */
  async #insertKey(keyId: string, jobId: string): Promise<boolean> {
    try {
      await this.#keys.insertOne({ _id: keyId, jobId }, bounded);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}
