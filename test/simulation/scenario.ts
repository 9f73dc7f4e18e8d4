/**
 * One history: users submit, cancel and delete jobs on a cluster whose processes die, whose clocks jump and whose network
 * fails; then the trouble ends, and every accepted job must have come to exactly its right end.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import {
  createEngine,
  createEvaluator,
  defaultEngineOptions,
  EvaluatorStopped,
  isolatedAttempt,
  noopLogger,
  type ChunkEvaluator,
  StoreError,
  type Engine,
  type Evaluator,
  type RequestMessage,
  type SubmitVerdict,
} from '../../src/engine/index.ts';
import {
  chunkLinesMax,
  countErrors,
  decodeLines,
  decodeOutcomes,
  decodeRowOutcome,
  encodeErrorLine,
  isFinished,
  isVisible,
  type ChunkOutcomes,
  type ColumnTotals,
} from '../../src/jobs/index.ts';
import { evaluateSimpleRows, outcomeOfCell, planSimpleTable, tableOptions } from '../engine/simple-tables.ts';
import { MemoryJobStore } from './memory-job-store.ts';
import { Process, remoteStore, SimulatedBus, World, calm, type Faults } from './world.ts';

const killingLine = 'kill';
const options = {
  ...defaultEngineOptions,
  leaseMs: 3_000,
  retentionMs: 0,
  windowChunks: 3,
  windowChunksMax: 12,
  windowBytesMax: 400,
  queueMs: 150,
  inFlightChunksMax: 16,
  pollMs: 100,
  resendMs: 1_000,
  foldMs: 100,
  intervalMs: 500,
  concurrency: 4,
};

/** The expected outcome of a line, by the simulation's own arithmetic: the evaluator is outside of the engine. */
function expectedOutcome(line: string): string {
  if (line === killingLine)
    return encodeErrorLine({ code: 'CRASH', message: 'killed', column: 0, endColumn: 0 }).trim();
  const value = Number(line);
  if (value % 7 === 0) return encodeErrorLine({ code: 'DIV0', message: 'seventh', column: 1, endColumn: 2 }).trim();
  return `=${line}`;
}

function evaluateLines(request: RequestMessage, engine: string): ChunkOutcomes {
  if (request.table !== undefined) return evaluateSimpleRows(request, request.table, engine);
  const outcomes = decodeLines(request.text).map(expectedOutcome);
  const failed = outcomes.filter((outcome) => outcome.startsWith('!')).length;
  const text = Buffer.from(`${outcomes.join('\n')}\n`);
  return {
    succeeded: outcomes.length - failed,
    failed,
    ...(failed > 0 && { errors: countErrors(text, failed) }),
    cancelled: 0,
    cost: outcomes.length,
    engine,
    text,
  };
}

// ------------------------------------------------------------------------------------------------------------- tables

const tableHead = 'text,value,next\r\n';
const columns = ['v', 'n', 'total of value'] as const;

/** A row with a line break in quotes, and the cells that its line stands for. */
function toRow(line: string): string {
  return `"of\n""${line}""",${line},${nextOf(line)}\r\n`;
}

function nextOf(line: string): string {
  return line === killingLine ? line : String(Number(line) + 1);
}

/** The expected outcome of the formulas of a row. */
function expectedRow(line: string): string {
  const cells = [outcomeOfCell(line), outcomeOfCell(nextOf(line))];
  return `${cells.some((cell) => cell.startsWith('!')) ? '!\t' : ''}${cells.join('\t')}`;
}

/** The totals over rows, counted here and not by the code under test. */
function recountTotals(lines: readonly string[]): readonly ColumnTotals[] {
  return columns.map((column) => {
    const cells = lines.map((line) => outcomeOfCell(column === 'n' ? nextOf(line) : line));
    const values = cells.filter((cell) => !cell.startsWith('!')).map(Number);
    const [first] = values;
    if (first === undefined) return { count: 0, sum: '0', min: undefined, max: undefined };
    const sum = values.reduce((total, value) => total + value, 0);
    const [min, max] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return { count: values.length, sum: String(sum), min: String(min), max: String(max) };
  });
}

interface Client {
  readonly process: Process;
  readonly engine: Engine;
}

interface Server {
  readonly process: Process;
  readonly evaluator: Evaluator;
}

interface Submission {
  /** The operations, or those that the rows of a table stand for. */
  readonly lines: readonly string[];
  readonly isTable: boolean;
  readonly key: string | undefined;
  jobId: string | undefined;
  isCancelAsked: boolean;
  isDeleteAsked: boolean;
}

export interface ScenarioSummary {
  readonly accepted: number;
  readonly crashes: number;
  /** Jobs that were evaluated in part before an upgrade of the servers and in part after it. */
  readonly upgradedJobs: number;
}

export class Scenario {
  readonly #world: World;
  readonly #store = new MemoryJobStore();
  readonly #bus: SimulatedBus;
  readonly #clients: Client[] = [];
  readonly #servers: Server[] = [];
  readonly #submissions: Submission[] = [];
  #ids = 0;
  /** Version of the engine in processes that start from now on. */
  #engine = '9';
  #crashes = 0;
  #upgradedJobs = 0;
  #isTroubled = true;

  constructor(seed: number) {
    this.#world = new World(seed);
    this.#bus = new SimulatedBus(this.#world);
  }

  async run(): Promise<ScenarioSummary> {
    const world = this.#world;
    // A start reads the store, which takes its time in the world.
    for (let index = 0; index < 2; index += 1) void this.#startClient();
    await world.run(10_000, () => this.#clients.length === 2);
    for (let index = 0; index < 2; index += 1) this.#startServer();
    world.faults = this.#chooseFaults();
    const users = Array.from({ length: 3 }, () => this.#useIt());
    this.#troubleLater();
    world.after(world.between(0, 10_000), () => (this.#engine = '10'));
    await world.run(20_000);
    this.#isTroubled = false;
    world.faults = calm;
    for (const { process } of [...this.#clients, ...this.#servers]) process.clockSkewMs = 0;
    let isIdle = false;
    void Promise.all(users).then(() => {
      isIdle = true;
    });
    await world.run(600_000, () => isIdle && this.#isSettled());
    assert.ok(isIdle, 'every user got an answer');
    this.#check();
    return {
      accepted: this.#submissions.filter(({ jobId }) => jobId !== undefined).length,
      crashes: this.#crashes,
      upgradedJobs: this.#upgradedJobs,
    };
  }

  #chooseFaults(): Faults {
    const { world } = this.#bus;
    return {
      storeFails: world.pick([0, 0.02, 0.1]) ?? 0,
      storeAnswerLost: world.pick([0, 0.02, 0.1]) ?? 0,
      messageLost: world.pick([0, 0.05, 0.3]) ?? 0,
      messageRepeated: world.pick([0, 0.1, 1]) ?? 0,
      delayMsMax: world.pick([2, 20, 200]) ?? 2,
    };
  }

  #nextId(): string {
    this.#ids += 1;
    return `job-${String(this.#ids).padStart(6, '0')}`;
  }

  async #startClient(): Promise<void> {
    const process = new Process(this.#world);
    this.#ids += 1;
    const engine = createEngine(
      {
        store: remoteStore(process, this.#store),
        bus: this.#bus.of(process),
        time: process.time,
        newJobId: () => this.#nextId(),
        planTable: planSimpleTable,
        isUtf8,
        createDigest: () => {
          const hash = createHash('sha256');
          return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
        },
        logger: noopLogger,
        chunkEvaluator: this.#createChunkEvaluator(process),
      },
      { ...options, owner: `client-${this.#ids}` },
    );
    await startAgainUntilDone(engine);
    this.#clients.push({ process, engine });
  }

  #startServer(): void {
    const process = new Process(this.#world);
    const evaluator = createEvaluator(
      { bus: this.#bus.of(process), chunkEvaluator: this.#createChunkEvaluator(process) },
      { concurrency: 4 },
    );
    evaluator.start();
    this.#servers.push({ process, evaluator });
  }

  /** Evaluates after a while; a killing line takes the whole process with it unless it is isolated. */
  #createChunkEvaluator(process: Process): ChunkEvaluator {
    const engine = this.#engine;
    return {
      start: async () => {},
      stop: async () => {},
      evaluate: async (request) => {
        await this.#world.sleep(this.#world.chance(0.02) ? 3_000 : this.#world.between(1, 40));
        if (!process.isAlive) throw new EvaluatorStopped('the process died');
        const isKilled = request.attempt < isolatedAttempt && Buffer.from(request.text).includes(killingLine);
        if (!isKilled) return evaluateLines(request, engine);
        this.#crashServer(process);
        return new Promise<never>(() => {});
      },
    };
  }

  #crashServer(process: Process): void {
    process.kill();
    this.#crashes += 1;
    const index = this.#servers.findIndex((server) => server.process === process);
    if (index >= 0) this.#servers.splice(index, 1);
    this.#world.after(this.#world.between(10, 500), () => this.#startServer());
  }

  #troubleLater(): void {
    this.#world.after(this.#world.between(100, 3_000), () => {
      if (!this.#isTroubled) return;
      this.#makeTrouble();
      this.#troubleLater();
    });
  }

  #makeTrouble(): void {
    const world = this.#world;
    const kind = world.pick(['client dies', 'client restarts', 'server dies', 'server restarts', 'clock jumps']);
    const client = world.pick(this.#clients);
    const server = world.pick(this.#servers);
    if (kind === 'clock jumps' && client !== undefined) client.process.clockSkewMs = world.between(-5_000, 5_000);
    else if (kind === 'server dies' && server !== undefined) this.#crashServer(server.process);
    else if (kind === 'server restarts' && server !== undefined) {
      this.#servers.splice(this.#servers.indexOf(server), 1);
      void server.evaluator.stop().then(() => server.process.kill());
      this.#startServer();
    } else if (kind !== undefined && client !== undefined && kind.startsWith('client')) {
      this.#clients.splice(this.#clients.indexOf(client), 1);
      if (kind === 'client dies') client.process.kill();
      else void client.engine.stop().then(() => client.process.kill());
      this.#crashes += kind === 'client dies' ? 1 : 0;
      world.after(world.between(10, 2_000), () => void this.#startClient());
    }
  }

  /** A user: a few jobs one after another, each submitted until it is accepted. */
  async #useIt(): Promise<void> {
    for (let jobs = this.#world.between(1, 3); jobs > 0; jobs -= 1) {
      await this.#world.sleep(this.#world.between(0, 5_000));
      await this.#submit(this.#createSubmission());
    }
  }

  #createSubmission(): Submission {
    const world = this.#world;
    const count = world.pick([1, 10, chunkLinesMax, chunkLinesMax * 2 + 1, chunkLinesMax * world.between(3, 6)]) ?? 1;
    const lines = Array.from({ length: count }, (_, index) => String(index + 1));
    if (world.chance(0.15)) lines[world.between(0, count - 1)] = killingLine;
    this.#ids += 1;
    const key = world.chance(0.7) ? `key-${this.#ids}` : undefined;
    const isTable = world.chance(0.4);
    const submission = { lines, isTable, key, jobId: undefined, isCancelAsked: false, isDeleteAsked: false };
    this.#submissions.push(submission);
    return submission;
  }

  async #submit(submission: Submission): Promise<void> {
    for (let attempt = 0; attempt < 200 && submission.jobId === undefined; attempt += 1) {
      const client = this.#world.pick(this.#clients);
      const verdict = client === undefined ? undefined : await this.#submitTo(client, submission);
      if (verdict?.kind === 'accepted' || verdict?.kind === 'replayed') submission.jobId = verdict.job.id;
      else await this.#world.sleep(500);
      assert.notEqual(verdict?.kind, 'key-reused');
      if (submission.key === undefined && verdict === undefined) return; // without a key a second try may be a second job
    }
    if (submission.jobId === undefined) return;
    if (this.#world.chance(0.2)) await this.#cancel(submission);
    if (this.#world.chance(0.15)) await this.#delete(submission);
  }

  /** Undefined: no answer, because the connection broke or the server died. */
  async #submitTo(client: Client, submission: Submission): Promise<SubmitVerdict | undefined> {
    const answer = client.engine.submit({
      source: this.#upload(client, submission),
      ...(submission.isTable
        ? { format: 'csv', table: tableOptions(['v = value', 'n = next'], { totals: ['value'] }) }
        : { format: 'text' }),
      mode: 'decimal',
      precision: 34,
      name: undefined,
      idempotencyKey: submission.key,
    });
    return this.#orDead(client, answer);
  }

  async *#upload(client: Client, { lines, isTable }: Submission): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(isTable ? tableHead + lines.map(toRow).join('') : lines.join('\n'));
    const breaksAt = this.#isTroubled && this.#world.chance(0.1) ? this.#world.between(0, bytes.length) : Infinity;
    for (let position = 0; position < bytes.length; position += 1_000) {
      if (position > breaksAt || !client.process.isAlive) throw new Error('the simulated connection broke');
      yield bytes.subarray(position, position + 1_000);
      if (this.#world.chance(0.2)) await this.#world.sleep(this.#world.chance(0.05) ? 4_000 : 20);
    }
  }

  /** The answer of a client, or undefined when it fails, or dies first. */
  async #orDead<Answer>(client: Client, answer: Promise<Answer>): Promise<Answer | undefined> {
    let isOver = false;
    const settled = answer
      .catch(() => undefined)
      .finally(() => {
        isOver = true;
      });
    const death = (async () => {
      while (client.process.isAlive && !isOver) await this.#world.sleep(50);
      return undefined;
    })();
    return Promise.race([settled, death]);
  }

  async #cancel(submission: Submission): Promise<void> {
    const { jobId } = submission;
    await this.#world.sleep(this.#world.between(0, 1_000));
    const client = this.#world.pick(this.#clients);
    if (client === undefined || jobId === undefined) return;
    submission.isCancelAsked = true;
    const verdict = await this.#orDead(client, client.engine.cancelJob(jobId));
    if (verdict !== undefined) assert.notEqual(verdict.kind, 'unknown');
  }

  async #delete(submission: Submission): Promise<void> {
    const { jobId } = submission;
    await this.#world.sleep(this.#world.between(0, 2_000));
    const client = this.#world.pick(this.#clients);
    if (client === undefined || jobId === undefined) return;
    submission.isDeleteAsked = true;
    const isDeleted = await this.#orDead(client, client.engine.deleteJob(jobId));
    if (isDeleted === true) assert.equal(this.#isVisible(jobId), false, 'a deleted job is hidden at once');
  }

  #isVisible(jobId: string): boolean {
    return this.#store.contents().some(({ job }) => job.id === jobId && isVisible(job.state));
  }

  #isSettled(): boolean {
    return this.#store.contents().every(({ job }) => isFinished(job.state));
  }

  #check(): void {
    const kept = new Map(this.#store.contents().map((content) => [content.job.id, content]));
    const unfinished = Array.from(kept.values(), ({ job }) => job).filter(({ state }) => !isFinished(state));
    assert.deepEqual(unfinished, [], 'every job came to its end');
    for (const submission of this.#submissions) {
      if (submission.jobId === undefined) continue;
      const content = kept.get(submission.jobId);
      if (content === undefined) assert.ok(submission.isDeleteAsked, `the accepted job ${submission.jobId} is missing`);
      else this.#checkJob(submission, submission.jobId);
    }
    const keys = Array.from(kept.values(), ({ job }) => job.idempotencyKey).filter((key) => key !== undefined);
    assert.equal(new Set(keys).size, keys.length, 'one job for each idempotency key');
  }

  #checkJob(submission: Submission, jobId: string): void {
    const content = this.#store.contents().find(({ job }) => job.id === jobId);
    assert.ok(content);
    const { job } = content;
    assert.equal(job.operations, submission.lines.length);
    assert.equal(job.isTable, submission.isTable);
    assert.equal(content.chunks, job.chunks, 'as many chunks as were sealed');
    assert.equal(content.outcomes, job.chunks, 'every chunk has outcomes, once');
    const counted = { succeeded: 0, failed: 0, cancelled: 0, cost: 0 };
    const errors: Record<string, number> = {};
    const engines = new Set<string>();
    const evaluated: string[] = [];
    for (const { chunk, outcomes } of this.#store.slices(jobId)) {
      assert.ok(outcomes);
      for (const name of ['succeeded', 'failed', 'cancelled', 'cost'] as const) counted[name] += outcomes[name];
      const lines = submission.lines.slice(chunk.firstLine - 1, chunk.firstLine - 1 + chunk.count);
      if (submission.isTable) {
        assert.equal(Buffer.from(chunk.text).toString(), lines.map(toRow).join(''), 'the rows are the uploaded ones');
      } else assert.deepEqual(decodeLines(chunk.text), lines, 'the lines are the uploaded ones');
      if (outcomes.cancelled > 0) {
        assert.ok(submission.isCancelAsked, 'only a cancelled job has cancelled lines');
        assert.equal(outcomes.cancelled, chunk.count);
        assert.equal(outcomes.engine, undefined);
      } else {
        const expected = lines.map(submission.isTable ? expectedRow : expectedOutcome);
        assert.deepEqual(decodeLines(outcomes.text), expected, 'each line has its right outcome');
        evaluated.push(...lines);
        assert.equal(decodeOutcomes(outcomes.text).filter(({ kind }) => kind === 'error').length, outcomes.failed);
        for (const code of decodeLines(outcomes.text).flatMap(firstCode)) errors[code] = (errors[code] ?? 0) + 1;
        engines.add(outcomes.engine ?? '');
      }
    }
    const inOrder = ['9', '10'].filter((engine) => engines.delete(engine));
    assert.deepEqual([...engines], [], 'the outcomes are of engines that ran');
    if (inOrder.length === 2) this.#upgradedJobs += 1;
    const totals = submission.isTable && evaluated.length > 0 ? recountTotals(evaluated) : [];
    const recount = { ...counted, errors, engines: inOrder, columns: totals, through: job.operations };
    assert.deepEqual(job.fold, recount, 'the counters and engines equal a recount');
    assert.equal(job.state, counted.cancelled > 0 ? 'Cancelled' : 'Completed');
  }
}

/** The code under which a line or row counts, if it failed. */
function firstCode(line: string): readonly string[] {
  const outcome = decodeRowOutcome(line);
  const cells = outcome.kind === 'error' ? [outcome] : outcome.cells;
  return cells.flatMap((cell) => (cell.kind === 'error' ? cell.error.code : [])).slice(0, 1);
}

/** A process whose start fails, because the store does, is restarted by its supervisor. */
async function startAgainUntilDone(engine: Engine): Promise<void> {
  for (;;) {
    try {
      return await engine.start();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}
