/**
 * One job that an instance dispatches: how far it has been read, what of it is on the bus, and what was seen being
 * stored. In memory only: the next owner of the job starts again at the fold.
 *
 *   cursor ──▶ next chunk to read          in flight ──▶ sent, no outcome known yet
 *   exhausted: no open chunk beyond the cursor. Exhausted and nothing in flight: fold, and finish.
 */
import type { Chunk, ChunkCounts, Job } from '../jobs/index.ts';
import type { DispatchWindow } from './dispatch-window.ts';
import type { OutcomeRecord } from './ports.ts';
import { ResendTimeout } from './resend-timeout.ts';

/** Takeovers without progress after which a job is dispatched with a small window, since one of its lines may kill evaluators. */
const carefulTakeovers = 3;
const carefulChunks = 2;

interface InFlight {
  readonly attempt: number;
  readonly sentAt: number;
  readonly bytes: number;
}

export class ActiveJob {
  job: Job;
  isExhausted = false;
  /** True while chunks are being read (`isFilling`), or the fold is being written (`isFolding`). */
  isFilling = false;
  isFolding = false;
  /** Not before this time is the job's next step tried. */
  retryAt = 0;
  foldedAt: number;
  /** When an outcome of the job was last seen to be new; before the first one, when this instance took the job up. */
  progressAt: number;
  cursor: number;
  readonly #inFlight = new Map<number, InFlight>();
  /** Of finished chunks that are not folded yet, those whose outcomes were recorded here. */
  readonly #known = new Map<number, ChunkCounts>();
  readonly #window: DispatchWindow;
  readonly #timeout: ResendTimeout;
  #inFlightBytes = 0;
  /** Chunks that have come back. */
  #landed = 0;
  /** Of the chunks that were sent last: about what the next ones take. */
  #chunkBytes = 0;

  constructor(job: Job, window: DispatchWindow, resendMs: number, now: number) {
    this.job = job;
    this.cursor = job.fold.through + 1;
    this.foldedAt = now;
    this.progressAt = now;
    this.#window = window;
    this.#timeout = new ResendTimeout(resendMs);
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
    const { chunks, options } = this.#window;
    const window = this.job.takeovers >= carefulTakeovers ? carefulChunks : this.#windowOfJob;
    const inFlight = this.#inFlight.size;
    if (inFlight > window / 2) return 0;
    const room = Math.min(window - inFlight, options.inFlightChunksMax - chunks, this.#roomByBytes);
    if (room > 0) return room;
    return inFlight === 0 && chunks < 2 * options.inFlightChunksMax ? 1 : 0;
  }

  /**
   * Its share of the window, but no more than it began with and one for each chunk that has come back: it is not known yet what its
   * lines cost, and what is on the bus when a job is cancelled is evaluated all the same.
   */
  get #windowOfJob(): number {
    return Math.min(this.#window.share, this.#window.options.windowChunks + this.#landed);
  }

  get #roomByBytes(): number {
    const left = this.#window.options.windowBytesMax - this.#inFlightBytes;
    return this.#chunkBytes === 0 ? Infinity : Math.floor(left / this.#chunkBytes);
  }

  /** These were read; the next ones begin after them. */
  moveCursor(chunks: readonly Chunk[]): void {
    const last = chunks.at(-1);
    if (last !== undefined) this.cursor = last.firstLine + last.count;
  }

  markSent(chunks: readonly Chunk[], attempt: number, sentAt: number): void {
    let sent = 0;
    for (const { firstLine, text } of chunks) {
      this.#unmark(firstLine);
      this.#inFlight.set(firstLine, { attempt, sentAt, bytes: text.length });
      this.#window.chunks += 1;
      sent += text.length;
    }
    this.#inFlightBytes += sent;
    if (chunks.length > 0) this.#chunkBytes = Math.ceil(sent / chunks.length);
  }

  /** The chunk has outcomes. `serviceMs`: what an evaluator worked on it; undefined: other instances recorded them. */
  markFinished(firstLine: number, now: number, serviceMs?: number): void {
    const landed = this.#inFlight.get(firstLine);
    if (landed === undefined) return;
    const tookMs = now - landed.sentAt;
    this.#timeout.note(tookMs);
    if (serviceMs !== undefined) this.#window.note(Math.max(0, tookMs - serviceMs), serviceMs);
    this.#unmark(firstLine);
    this.#landed += 1;
    this.progressAt = now;
  }

  /** Chunks that the bus did not take are read again later. */
  rewind(chunks: readonly Chunk[]): void {
    for (const { firstLine } of chunks) {
      this.#unmark(firstLine);
      this.cursor = Math.min(this.cursor, firstLine);
    }
    this.isExhausted = false;
  }

  /** Everything was sent and has landed, and still a line is open: looks again from the fold on. */
  rescan(): void {
    this.cursor = this.job.fold.through + 1;
    this.isExhausted = false;
  }

  /** Nothing of it is in flight any more, as far as this instance cares. */
  clear(): void {
    this.#window.chunks -= this.#inFlight.size;
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
  }

  #unmark(firstLine: number): void {
    const sent = this.#inFlight.get(firstLine);
    if (sent === undefined) return;
    this.#inFlight.delete(firstLine);
    this.#window.chunks -= 1;
    this.#inFlightBytes -= sent.bytes;
  }

  /** First lines of the chunks whose outcomes are overdue. */
  findOverdue(now: number): readonly number[] {
    return [...this.#inFlight].flatMap(([firstLine, { sentAt, attempt }]) =>
      now - sentAt > this.#timeout.read(attempt) ? [firstLine] : [],
    );
  }

  /** The number of the next attempt at a chunk that is in flight; undefined when it is not. */
  nextAttempt(firstLine: number): number | undefined {
    const sent = this.#inFlight.get(firstLine);
    return sent === undefined ? undefined : sent.attempt + 1;
  }

  /** These outcomes were seen being stored, so that the fold need not read their counts. */
  cacheCounts({ firstLine, count, outcomes }: OutcomeRecord): void {
    if (firstLine <= this.job.fold.through) return;
    const { text: _text, ...counts } = outcomes;
    this.#known.set(firstLine, { firstLine, count, ...counts });
  }

  /** Takes the stored state of the job, with a fold that is at least as long as before. */
  update(job: Job, now: number): void {
    if (job.fold.through > this.job.fold.through) this.progressAt = now;
    this.job = job;
    for (const firstLine of this.#known.keys()) if (firstLine <= job.fold.through) this.#known.delete(firstLine);
  }
}
