/**
 * A JobStore in plain memory: the port's contract in its shortest form. The simulation runs on it, and it passes the
 * same conformance suite as the stores that keep anything.
 */
import type {
  ChunkSlice,
  JobFilter,
  JobFinish,
  JobPage,
  JobSeal,
  JobStore,
  NewJob,
  OutcomeFilter,
  OutcomeRecord,
  RecordVerdict,
  WholeUpload,
} from '../../src/engine/index.ts';
import {
  addEngine,
  emptyFold,
  isFinished,
  isVisible,
  joinErrors,
  noEngines,
  noErrors,
  visibleJobStates,
  type Chunk,
  type ChunkCounts,
  type ChunkOutcomes,
  type Totals,
  type Fold,
  type Job,
  type ListedJob,
  type Table,
  type JobState,
} from '../../src/jobs/index.ts';

interface StoredJob {
  job: Job;
  readonly table: Table | undefined;
  readonly chunks: Map<number, Chunk>;
  readonly outcomes: Map<number, ChunkOutcomes>;
}

export class MemoryJobStore implements JobStore {
  readonly #jobs = new Map<string, StoredJob>();

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async checkHealth(): Promise<void> {}

  /** Everything it holds, for the checks at the end of a simulation. */
  contents(): readonly { readonly job: Job; readonly chunks: number; readonly outcomes: number }[] {
    return Array.from(this.#jobs.values(), ({ job, chunks, outcomes }) => ({
      job,
      chunks: chunks.size,
      outcomes: outcomes.size,
    }));
  }

  /** All chunks of a job with their outcomes, in line order. */
  slices(jobId: string): readonly ChunkSlice[] {
    return this.#ordered(jobId, 0);
  }

  async createJob(job: NewJob, whole?: WholeUpload): Promise<{ kind: 'created' } | { kind: 'exists'; job: Job }> {
    const sameKey = Array.from(this.#jobs.values()).find(
      (other) =>
        job.idempotencyKey !== undefined &&
        other.job.idempotencyKey === job.idempotencyKey &&
        other.job.state !== 'Deleting',
    );
    if (sameKey !== undefined && sameKey.job.id !== job.id) return { kind: 'exists', job: sameKey.job };
    const { owner, leaseUntil, table, ...rest } = job;
    const stored: Job = {
      ...rest,
      state: 'Receiving',
      sealedAt: undefined,
      finishedAt: undefined,
      expiresAt: undefined,
      operations: 0,
      chunks: 0,
      fold: emptyFold,
      lease: { owner, until: leaseUntil },
      takeovers: 0,
      contentDigest: undefined,
      isTable: table !== undefined,
      repairs: rest.repairs,
    };
    if (this.#jobs.has(job.id)) return { kind: 'created' };
    this.#jobs.set(job.id, { job: stored, table, chunks: new Map(), outcomes: new Map() });
    if (whole !== undefined) {
      await this.appendChunks(job.id, whole.chunks);
      await this.sealJob(job.id, owner, whole.seal);
    }
    return { kind: 'created' };
  }

  async appendChunks(jobId: string, chunks: readonly Chunk[]): Promise<void> {
    const stored = this.#jobs.get(jobId);
    if (stored?.job.state !== 'Receiving') return;
    for (const chunk of chunks) if (!stored.chunks.has(chunk.firstLine)) stored.chunks.set(chunk.firstLine, chunk);
  }

  async sealJob(jobId: string, owner: string, seal: JobSeal): Promise<boolean> {
    const { leaseUntil, ...rest } = seal;
    return this.#update(jobId, (job) =>
      job.state === 'Receiving' && job.lease.owner === owner
        ? { ...job, ...rest, state: 'InProgress', lease: { owner, until: leaseUntil } }
        : undefined,
    );
  }

  async abortJob(jobId: string, owner: string | undefined, now: number): Promise<boolean> {
    return this.#update(jobId, (job) => {
      if (job.state !== 'Receiving') return undefined;
      const isAllowed = owner === undefined ? job.lease.until <= now : job.lease.owner === owner;
      return isAllowed ? { ...job, state: 'Deleting', idempotencyKey: undefined } : undefined;
    });
  }

  async readJob(jobId: string): Promise<Job | undefined> {
    return this.#jobs.get(jobId)?.job;
  }

  async readTable(jobId: string): Promise<Table | undefined> {
    return this.#jobs.get(jobId)?.table;
  }

  async listJobs(offset: number, limit: number, filter: JobFilter = {}): Promise<JobPage> {
    const jobs = Array.from(this.#jobs.values(), ({ job }) => toListed(job)).filter((job) => matches(job, filter));
    jobs.sort((left, right) => (left.id < right.id ? 1 : -1));
    return { total: jobs.length, jobs: jobs.slice(offset, offset + limit) };
  }

  async listJobsAfter(jobId: string, limit: number, filter?: JobFilter): Promise<JobPage> {
    const { total, jobs } = await this.listJobs(0, Infinity, filter);
    return { total, jobs: jobs.filter(({ id }) => id < jobId).slice(0, limit) };
  }

  async findJobs(filter: JobFilter, limit: number): Promise<readonly string[]> {
    const { jobs } = await this.listJobs(0, Infinity, filter);
    return jobs
      .map(({ id }) => id)
      .toReversed()
      .slice(0, limit);
  }

  async findWork(now: number, limit: number): Promise<readonly ListedJob[]> {
    const jobs = Array.from(this.#jobs.values(), ({ job }) => toListed(job));
    return jobs.filter((job) => needsWork(job, now)).slice(0, limit);
  }

  async claimJob(jobId: string, owner: string, now: number, until: number): Promise<Job | undefined> {
    const isClaimed = this.#update(jobId, (job) => {
      if (!['Receiving', 'InProgress', 'Cancelling'].includes(job.state)) return undefined;
      const lease = { owner, until };
      if (job.lease.owner === owner) return { ...job, lease };
      if (job.state === 'Receiving' || job.lease.until > now) return undefined;
      return { ...job, lease, takeovers: job.takeovers + 1 };
    });
    return isClaimed ? this.readJob(jobId) : undefined;
  }

  async releaseJob(jobId: string, owner: string): Promise<void> {
    this.#update(jobId, (job) =>
      job.lease.owner === owner ? { ...job, lease: { owner, until: 0 }, takeovers: 0 } : undefined,
    );
  }

  async readOpenChunks(jobId: string, fromLine: number, limit: number): Promise<readonly Chunk[]> {
    return this.#ordered(jobId, fromLine)
      .filter(({ outcomes }) => outcomes === undefined)
      .slice(0, limit)
      .map(({ chunk }) => chunk);
  }

  async readOpenRanges(jobId: string, fromLine: number, limit: number) {
    const chunks = await this.readOpenChunks(jobId, fromLine, limit);
    return chunks.map(({ firstLine, count }) => ({ firstLine, count }));
  }

  async findFinished(jobId: string, firstLines: readonly number[]): Promise<readonly number[]> {
    const stored = this.#jobs.get(jobId);
    return firstLines.filter((firstLine) => stored?.outcomes.has(firstLine) === true);
  }

  async recordOutcomes(records: readonly OutcomeRecord[]): Promise<readonly RecordVerdict[]> {
    return records.map(({ jobId, firstLine, outcomes }) => {
      const stored = this.#jobs.get(jobId);
      if (stored === undefined || stored.job.state === 'Deleting') return 'gone';
      const known = stored.outcomes.get(firstLine);
      if (known === undefined) stored.outcomes.set(firstLine, outcomes);
      return known === undefined || areEqual(known, outcomes) ? 'recorded' : 'duplicate';
    });
  }

  async readCounts(jobId: string, fromLine: number, limit: number): Promise<readonly ChunkCounts[]> {
    const finished = await this.readTotals(jobId, fromLine, limit);
    return finished.map((chunk) => {
      const { totals: _, ...counts } = chunk;
      return counts;
    });
  }

  async readTotals(jobId: string, fromLine: number, limit: number): Promise<readonly ChunkCounts[]> {
    return this.#counts(jobId, fromLine).slice(0, limit);
  }

  async sumCounts(jobId: string, fromLine: number): Promise<Totals> {
    const sum = { succeeded: 0, failed: 0, cancelled: 0, cost: 0, errors: noErrors, engines: noEngines };
    for (const counts of this.#counts(jobId, fromLine)) {
      sum.succeeded += counts.succeeded;
      sum.failed += counts.failed;
      sum.cancelled += counts.cancelled;
      sum.cost += counts.cost;
      sum.errors = joinErrors(sum.errors, counts.errors);
      sum.engines = addEngine(sum.engines, counts.engine);
    }
    return sum;
  }

  async foldJob(jobId: string, through: number, fold: Fold): Promise<boolean> {
    return this.#update(jobId, (job) =>
      job.fold.through === through && (job.state === 'InProgress' || job.state === 'Cancelling')
        ? { ...job, fold, takeovers: 0 }
        : undefined,
    );
  }

  async finishJob(jobId: string, from: JobState, { through, ...finish }: JobFinish): Promise<boolean> {
    return this.#update(jobId, (job) =>
      job.state === from && job.fold.through === through && finish.fold.through === job.operations
        ? { ...job, ...finish }
        : undefined,
    );
  }

  async cancelJob(jobId: string): Promise<boolean> {
    return this.#update(jobId, (job) => (job.state === 'InProgress' ? { ...job, state: 'Cancelling' } : undefined));
  }

  async readSlices(jobId: string, fromLine: number, toLine: number, limit: number): Promise<readonly ChunkSlice[]> {
    return this.#ordered(jobId, 0)
      .filter(({ chunk }) => chunk.firstLine + chunk.count > fromLine && chunk.firstLine <= toLine)
      .slice(0, limit);
  }

  async readOutcomes(jobId: string, fromLine: number, toLine: number, limit: number) {
    const slices = await this.readSlices(jobId, fromLine, toLine, Infinity);
    return slices
      .flatMap(({ chunk: { firstLine, count }, outcomes }) => (outcomes ? [{ firstLine, count, outcomes }] : []))
      .slice(0, limit);
  }

  async locateOutcome(jobId: string, filter: OutcomeFilter, offset: number) {
    let skip = offset;
    for (const { chunk, outcomes } of this.#ordered(jobId, 0)) {
      const ofFilter = filter === 'pending' ? 0 : (outcomes?.[filter] ?? 0);
      const matching = filter === 'pending' && outcomes === undefined ? chunk.count : ofFilter;
      if (skip < matching) return { firstLine: chunk.firstLine, skip };
      skip -= matching;
    }
    return undefined;
  }

  async deleteJob(jobId: string, states: readonly JobState[] = visibleJobStates): Promise<boolean> {
    return this.#update(jobId, (job) =>
      states.includes(job.state) ? { ...job, state: 'Deleting', idempotencyKey: undefined } : undefined,
    );
  }

  async deleteSlice(jobId: string, chunksMax: number): Promise<'more' | 'done'> {
    const stored = this.#jobs.get(jobId);
    if (stored?.job.state !== 'Deleting') return 'done';
    for (const firstLine of Array.from(stored.chunks.keys()).slice(0, chunksMax)) {
      stored.chunks.delete(firstLine);
      stored.outcomes.delete(firstLine);
    }
    if (stored.chunks.size > 0) return 'more';
    this.#jobs.delete(jobId);
    return 'done';
  }

  async sweepOrphans(): Promise<number> {
    return 0;
  }

  #update(jobId: string, change: (job: Job) => Job | undefined): boolean {
    const stored = this.#jobs.get(jobId);
    const changed = stored === undefined ? undefined : change(stored.job);
    if (stored === undefined || changed === undefined) return false;
    stored.job = changed;
    return true;
  }

  #ordered(jobId: string, fromLine: number): ChunkSlice[] {
    const stored = this.#jobs.get(jobId);
    if (stored === undefined) return [];
    return Array.from(stored.chunks.values())
      .filter(({ firstLine }) => firstLine >= fromLine)
      .sort((left, right) => left.firstLine - right.firstLine)
      .map((chunk) => ({ chunk, outcomes: stored.outcomes.get(chunk.firstLine) }));
  }

  #counts(jobId: string, fromLine: number): ChunkCounts[] {
    return this.#ordered(jobId, fromLine).flatMap(({ chunk: { firstLine, count }, outcomes }) => {
      if (outcomes === undefined) return [];
      const { text: _, ...counts } = outcomes;
      return [{ firstLine, count, ...counts }];
    });
  }
}

function toListed(job: Job): ListedJob {
  const { columns: _, ...fold } = job.fold;
  return { ...job, fold };
}

function matches({ tenant, state, name, createdAt }: ListedJob, filter: JobFilter): boolean {
  const { states, createdBefore = Infinity } = filter;
  return (
    isVisible(state) &&
    (filter.tenant === undefined || tenant === filter.tenant) &&
    (states === undefined || states.includes(state)) &&
    createdAt < createdBefore &&
    (filter.name === undefined || (name !== undefined && foldAscii(name).includes(foldAscii(filter.name))))
  );
}

function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function needsWork(job: ListedJob, now: number): boolean {
  if (job.state === 'Deleting') return true;
  if (isFinished(job.state)) return job.expiresAt !== undefined && job.expiresAt <= now;
  return job.lease.until <= now;
}

function areEqual(left: ChunkOutcomes, right: ChunkOutcomes): boolean {
  return (
    left.succeeded === right.succeeded &&
    left.failed === right.failed &&
    left.cancelled === right.cancelled &&
    left.engine === right.engine &&
    JSON.stringify(left.totals) === JSON.stringify(right.totals) &&
    Buffer.compare(left.text, right.text) === 0
  );
}
