/**
 * One job that an instance dispatches: how far it has been read, what of it is on the bus, and what was seen being
 * stored. Only memory: whoever owns the job next starts again at the fold.
 *
 *   cursor ──▶ next chunk to read          in flight ──▶ sent, no outcome known yet
 *   exhausted: no open chunk beyond the cursor. Exhausted and nothing in flight: fold, and finish.
 */
import type { Chunk, ChunkCounts, Job } from '../jobs/index.ts';
import { JobWindow, type WindowOptions } from './job-window.ts';
import type { OutcomeRecord } from './ports.ts';

export interface TrafficOptions extends WindowOptions {
  /** Chunks of all jobs on the bus at once. A job with none in flight may send one more up to twice this bound. */
  readonly inFlightChunksMax: number;
}

/** Chunks of all jobs of an instance that are in flight. */
export class Traffic {
  chunks = 0;
  readonly options: TrafficOptions;

  constructor(options: TrafficOptions) {
    this.options = options;
  }
}

interface InFlight {
  readonly attempt: number;
  readonly sentAt: number;
}

export class ActiveJob {
  job: Job;
  isExhausted = false;
  /** A step of this kind is under way. */
  isFilling = false;
  isFolding = false;
  /** Not before this time is the job's next step tried. */
  retryAt = 0;
  foldedAt: number;
  cursor: number;
  /** All chunks of a job that is new and small, until they are sent. */
  #atHand: readonly Chunk[] = [];
  readonly #inFlight = new Map<number, InFlight>();
  /** Of finished chunks that are not folded yet, those whose outcomes were recorded here. */
  readonly #known = new Map<number, ChunkCounts>();
  readonly #window: JobWindow;
  readonly #traffic: Traffic;

  /** `chunks`: all of the job's, from a caller that has them at hand. */
  constructor(job: Job, chunks: readonly Chunk[], traffic: Traffic, now: number) {
    this.job = job;
    this.cursor = job.fold.through + 1;
    this.foldedAt = now;
    this.#traffic = traffic;
    this.#window = new JobWindow(traffic.options);
    // What cannot be sent at once is left to the store: a long queue of jobs must not fill the memory.
    if (chunks.length <= this.room) this.#atHand = chunks;
  }

  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  get inFlightLines(): readonly number[] {
    return [...this.#inFlight.keys()];
  }

  /** Everything was sent, and all of it has landed. */
  get isDrained(): boolean {
    return this.isExhausted && this.#inFlight.size === 0;
  }

  get known(): ReadonlyMap<number, ChunkCounts> {
    return this.#known;
  }

  /** How many chunks may be read and sent now. Waits for half a window, so that reads are worth their cost. */
  get room(): number {
    const { chunks, options } = this.#traffic;
    const window = this.#window.size(this.job);
    const inFlight = this.#inFlight.size;
    if (inFlight > window / 2) return 0;
    const room = Math.min(window - inFlight, options.inFlightChunksMax - chunks);
    if (room > 0) return room;
    return inFlight === 0 && chunks < 2 * options.inFlightChunksMax ? 1 : 0;
  }

  /** To be called when the job is filled up. */
  adjustWindow(): void {
    this.#window.adjust();
  }

  /** The chunks that are at hand, once, if all of them fit. */
  takeAtHand(limit: number): readonly Chunk[] | undefined {
    const chunks = this.#atHand;
    this.#atHand = [];
    return chunks.length > 0 && chunks.length <= limit ? chunks : undefined;
  }

  /** These were read; the next ones begin after them. */
  moveCursor(chunks: readonly Chunk[]): void {
    const last = chunks.at(-1);
    if (last !== undefined) this.cursor = last.firstLine + last.count;
  }

  depart(chunks: readonly Chunk[], attempt: number, sentAt: number): void {
    for (const { firstLine } of chunks) {
      if (!this.#inFlight.has(firstLine)) this.#traffic.chunks += 1;
      this.#inFlight.set(firstLine, { attempt, sentAt });
    }
  }

  /** The chunk has outcomes. */
  land(firstLine: number, now: number): void {
    const landed = this.#inFlight.get(firstLine);
    if (landed === undefined) return;
    this.#takeBack(firstLine);
    this.#window.note(now - landed.sentAt);
  }

  /** Chunks that the bus did not take are read again later. */
  rewind(chunks: readonly Chunk[]): void {
    for (const { firstLine } of chunks) {
      this.#takeBack(firstLine);
      this.cursor = Math.min(this.cursor, firstLine);
    }
    this.isExhausted = false;
  }

  /** Everything was sent and has landed, and still a line is open: looks again from the fold on. */
  beginAgain(): void {
    this.cursor = this.job.fold.through + 1;
    this.isExhausted = false;
  }

  /** Nothing of it is in flight any more, as far as this instance cares. */
  clear(): void {
    this.#traffic.chunks -= this.#inFlight.size;
    this.#inFlight.clear();
  }

  #takeBack(firstLine: number): void {
    if (this.#inFlight.delete(firstLine)) this.#traffic.chunks -= 1;
  }

  /** First lines of the chunks that have been away for too long. */
  findOverdue(now: number): readonly number[] {
    return [...this.#inFlight].flatMap(([firstLine, { sentAt, attempt }]) =>
      now - sentAt > this.#window.patienceMs(attempt) ? [firstLine] : [],
    );
  }

  /** The number of the next attempt at a chunk that is in flight; undefined when it is not. */
  nextAttempt(firstLine: number): number | undefined {
    const sent = this.#inFlight.get(firstLine);
    return sent === undefined ? undefined : sent.attempt + 1;
  }

  /** These outcomes were seen being stored, so that the fold need not read their counts. */
  learn({ firstLine, count, outcomes }: OutcomeRecord): void {
    if (firstLine <= this.job.fold.through) return;
    const { succeeded, failed, cancelled, cost } = outcomes;
    this.#known.set(firstLine, { firstLine, count, succeeded, failed, cancelled, cost });
  }

  /** What is stored of the job now, with a fold that is at least as long as before. */
  update(job: Job): void {
    this.job = job;
    for (const firstLine of this.#known.keys()) if (firstLine <= job.fold.through) this.#known.delete(firstLine);
  }
}
