/**
 * One chunk on its way through the pool: how far it is, what came out, and which of its lines are under suspicion.
 *
 * A line that a thread or process hung on is condemned: TIMEOUT. One that it died on is tried once more alone and
 * condemned (CRASH) if that ends the same way. The lines between the last result and such a line are evaluated a second
 * time, up to that line and no further, so no line is evaluated more than twice.
 */
import type { RequestMessage } from '../engine/index.ts';
import { ByteBuffer, costMax as lineCostMax, type EvaluationSettings } from '../expression/index.ts';
import { lineFeed, type ChunkOutcomes, type OutcomeError } from '../jobs/index.ts';
import { evaluationSettings, writeErrorLine, type LineRun } from './evaluate-chunk.ts';
import type { LinePlace, LossCause } from './pool-options.ts';

/** What a run over some of the lines brought, from the line at which the task stood. */
export interface Progress {
  readonly count: number;
  readonly bytes: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cost: number;
  readonly text: Uint8Array;
}

type CondemnedCode = 'TIMEOUT' | 'CRASH';
type Suspicion = 'tryAlone' | CondemnedCode;

const messages: Record<CondemnedCode, string> = {
  TIMEOUT: 'The evaluation of this line made no progress in time and was stopped.',
  CRASH: 'The evaluation of this line stopped the process that ran it, twice.',
};

export class ChunkTask {
  readonly request: RequestMessage;
  readonly settings: EvaluationSettings;
  readonly #completion = Promise.withResolvers<ChunkOutcomes>();
  readonly #parts: Uint8Array[] = [];
  /** By 0-based index. */
  readonly #suspicions = new Map<number, Suspicion>();
  /** A thread that had it, and may have evaluated it, ended for a reason that has nothing to do with it. */
  #isLost = false;
  /** 0-based index of the first line without an outcome. */
  #next = 0;
  /** Where that line starts in the text. */
  #offset = 0;
  #succeeded = 0;
  #failed = 0;
  #cost = 0;

  /** Throws when the request's mode or precision does not exist. */
  constructor(request: RequestMessage) {
    this.request = request;
    this.settings = evaluationSettings(request);
  }

  get outcomes(): Promise<ChunkOutcomes> {
    return this.#completion.promise;
  }

  get isDone(): boolean {
    return this.#next === this.request.count;
  }

  /**
   * Whether nothing else should be on the thread with it: it may end the thread, or its results were lost once with the
   * thread they were on and must not be a second time.
   */
  get runsAlone(): boolean {
    return this.#suspicions.size > 0 || this.#isLost;
  }

  /** How many lines `nextRun` has. */
  get nextCount(): number {
    return this.#runEnd() - this.#next;
  }

  /** The lines to evaluate next: up to the first suspect, that one alone, or all that are left. */
  nextRun(): LineRun {
    const { text, firstLine, faults, costMax } = this.request;
    return {
      text,
      start: this.#offset,
      firstLine: firstLine + this.#next,
      count: this.nextCount,
      faults: this.#next === 0 ? faults : faults.filter(({ line }) => line >= firstLine + this.#next),
      costMax: costMax - this.#cost,
    };
  }

  /** A request for the next line alone. */
  nextLine(): RequestMessage {
    const { text, start, firstLine, faults, costMax } = this.nextRun();
    return {
      ...this.request,
      firstLine,
      count: 1,
      text: text.slice(start, text.indexOf(lineFeed, start) + 1),
      faults: faults.filter(({ line }) => line === firstLine),
      costMax,
      attempt: 1,
    };
  }

  /** The line `index` lines after the first one without an outcome. */
  placeOf(index: number): LinePlace {
    return { jobId: this.request.jobId, line: this.request.firstLine + this.#next + index };
  }

  advance(progress: Progress): void {
    this.#isLost = false;
    for (let index = this.#next; this.#suspicions.size > 0 && index < this.#next + progress.count; index += 1) {
      this.#suspicions.delete(index);
    }
    this.#next += progress.count;
    this.#offset += progress.bytes;
    this.#succeeded += progress.succeeded;
    this.#failed += progress.failed;
    this.#cost += progress.cost;
    if (progress.count > 0) this.#parts.push(progress.text);
  }

  /** Reports that the thread it was on ended before it answered, through another chunk. */
  noteLoss(): void {
    this.#isLost = true;
  }

  /** Reports that the thread ended while it was on the line `index` lines after the first one without an outcome. */
  suspect(index: number, kind: LossCause['kind']): void {
    const line = this.#next + index;
    const isSecondDeath = this.#suspicions.get(line) === 'tryAlone';
    this.#suspicions.set(line, kind === 'hung' ? 'TIMEOUT' : isSecondDeath ? 'CRASH' : 'tryAlone');
  }

  /** Gives the next line its error, if it is condemned. */
  condemnNext(): { readonly code: CondemnedCode; readonly place: LinePlace } | undefined {
    const code = this.#suspicions.get(this.#next);
    if (code === undefined || code === 'tryAlone') return undefined;
    const { text } = this.request;
    const end = text.indexOf(lineFeed, this.#offset);
    const place = this.placeOf(0);
    this.advance({
      count: 1,
      // A text with fewer lines than the request says is a mistake elsewhere; here it ends with CRASH for those lines.
      bytes: (end < 0 ? text.length : end + 1) - this.#offset,
      succeeded: 0,
      failed: 1,
      // What it really used is unknown, but it was more than a line may.
      cost: lineCostMax,
      text: encodeError({ code, message: messages[code], column: 0, endColumn: 0 }),
    });
    return { code, place };
  }

  complete(): void {
    this.#completion.resolve({
      succeeded: this.#succeeded,
      failed: this.#failed,
      cancelled: 0,
      cost: this.#cost,
      text: joinBytes(this.#parts),
    });
  }

  reject(error: Error): void {
    this.#completion.reject(error);
  }

  #runEnd(): number {
    let end = this.request.count;
    for (const line of this.#suspicions.keys()) end = Math.min(end, line === this.#next ? line + 1 : line);
    return end;
  }
}

/** The chunks of a job go in the order of their lines: its counts move on with the first unbroken run of finished ones. */
export function lineOrder(task: ChunkTask): number {
  return task.request.firstLine;
}

function encodeError(error: OutcomeError): Uint8Array {
  const output = new ByteBuffer();
  writeErrorLine(error, output);
  return output.view().slice();
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
