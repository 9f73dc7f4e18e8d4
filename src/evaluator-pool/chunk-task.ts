/**
 * One chunk in the pool: its progress, its outcomes, and which of its lines are under suspicion.
 *
 * A line that a thread or process hung on is aborted: TIMEOUT. One that it died on is tried once more alone and
 * aborted (CRASH) if that ends the same way. The lines between the last result and such a line are evaluated a second
 * time, up to that line and no further, so no line is evaluated more than twice.
 */
import type { EvaluatedChunk, RequestMessage } from '../engine/index.ts';
import { ByteBuffer, costMax as lineCostMax, engineVersion, type EvaluationSettings } from '../expression/basics.ts';
import {
  endsAtFirstLineFeed,
  joinColumnTotals,
  joinErrors,
  lineFeed,
  nextRowEnd,
  noColumnTotals,
  noErrors,
  type ColumnTotals,
  type ErrorCounts,
  type OutcomeError,
  type TableProgram,
} from '../jobs/index.ts';
import { evaluationSettings, writeErrorLine } from './evaluate-chunk.ts';
import type { RowRun } from './evaluate-rows.ts';
import type { LinePlace, LossCause } from './pool-options.ts';
import type { KeyedProgram } from './protocol.ts';

/** A request for a chunk, or for some lines of one. */
export interface PartRequest extends RequestMessage {
  /** The lines do not begin their chunk. */
  readonly isContinued?: boolean;
}

/** Results of one run over a part of the lines, from the line at which the task stood. */
export interface Progress {
  readonly count: number;
  readonly bytes: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly errors?: ErrorCounts | undefined;
  readonly cost: number;
  /** Of rows. */
  readonly totals?: readonly ColumnTotals[] | undefined;
  readonly text: Uint8Array;
}

type AbortCode = 'TIMEOUT' | 'CRASH';
type Suspicion = 'tryAlone' | AbortCode;

const messages: Record<AbortCode, (operation: 'line' | 'row') => string> = {
  TIMEOUT: (operation) => `The evaluation of this ${operation} made no progress in time and was stopped.`,
  CRASH: (operation) => `The evaluation of this ${operation} stopped the process that ran it, twice.`,
};

export class ChunkTask {
  readonly request: PartRequest;
  readonly settings: EvaluationSettings;
  /** The `KeyedProgram` of a table as JSON. */
  readonly program: string | undefined;
  readonly #completion = Promise.withResolvers<EvaluatedChunk>();
  readonly #parts: Uint8Array[] = [];
  /** By 0-based index. */
  readonly #suspicions = new Map<number, Suspicion>();
  /** A thread that had the task, and may have evaluated it, ended for a reason unrelated to the task. */
  #isLost = false;
  /** 0-based index of the first line without an outcome. */
  #next = 0;
  /** Where that line starts in the text. */
  #offset = 0;
  #succeeded = 0;
  #failed = 0;
  #errors: ErrorCounts = noErrors;
  #cost = 0;
  #serviceMs = 0;
  #totals: readonly ColumnTotals[];

  /** Throws when the request's mode or precision does not exist. */
  constructor(request: PartRequest) {
    this.request = request;
    this.settings = evaluationSettings(request);
    this.program = request.table === undefined ? undefined : programText(request, request.table);
    this.#totals = request.table === undefined ? [] : emptyTotals(request.table);
  }

  get outcomes(): Promise<EvaluatedChunk> {
    return this.#completion.promise;
  }

  get isDone(): boolean {
    return this.#next === this.request.count;
  }

  /**
   * Whether no other task should be on the thread with it: it may end the thread, or its results were lost once with the
   * thread they were on and must not be lost a second time.
   */
  get runsAlone(): boolean {
    return this.#suspicions.size > 0 || this.#isLost;
  }

  /** How many lines `nextRun` has. */
  get nextCount(): number {
    return this.#runEnd() - this.#next;
  }

  /** The lines to evaluate next: up to the first suspect, that one alone, or all that are left. */
  nextRun(): RowRun {
    const { text, firstLine, faults, costMax, isContinued = false } = this.request;
    return {
      text,
      start: this.#offset,
      firstLine: firstLine + this.#next,
      count: this.nextCount,
      faults: this.#next === 0 ? faults : faults.filter(({ line }) => line >= firstLine + this.#next),
      costMax: costMax - this.#cost,
      isChunkStart: this.#next === 0 && !isContinued,
    };
  }

  /** A request for the next line alone. */
  nextLine(): PartRequest {
    const { text, start, firstLine, faults, costMax, isChunkStart } = this.nextRun();
    return {
      ...this.request,
      isContinued: !isChunkStart,
      firstLine,
      count: 1,
      text: text.slice(start, this.#nextEnd()),
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
    this.#errors = joinErrors(this.#errors, progress.errors);
    this.#cost += progress.cost;
    this.#totals = joinColumnTotals(this.#totals, progress.totals ?? []);
    if (progress.count > 0) this.#parts.push(progress.text);
  }

  /** Adds the time that a thread or process worked on the task. */
  addService(elapsedMs: number): void {
    this.#serviceMs += elapsedMs;
  }

  /** Reports that the thread of the task ended before it answered, through another chunk. */
  noteLoss(): void {
    this.#isLost = true;
  }

  /** Reports that the thread ended while it was on the line `index` lines after the first one without an outcome. */
  suspect(index: number, kind: LossCause['kind']): void {
    const line = this.#next + index;
    const isSecondDeath = this.#suspicions.get(line) === 'tryAlone';
    this.#suspicions.set(line, kind === 'hung' ? 'TIMEOUT' : isSecondDeath ? 'CRASH' : 'tryAlone');
  }

  /** Gives the next line its error, if it is aborted. */
  abortNext(): { readonly code: AbortCode; readonly place: LinePlace } | undefined {
    const code = this.#suspicions.get(this.#next);
    if (code === undefined || code === 'tryAlone') return undefined;
    const place = this.placeOf(0);
    this.advance({
      count: 1,
      bytes: this.#nextEnd() - this.#offset,
      succeeded: 0,
      failed: 1,
      errors: { [code]: 1 },
      // The real cost is unknown, but it was more than a line may use.
      cost: lineCostMax,
      text: encodeError({ code, message: this.#describe(code), column: 0, endColumn: 0 }),
    });
    return { code, place };
  }

  complete(): void {
    this.#completion.resolve({
      succeeded: this.#succeeded,
      failed: this.#failed,
      ...(this.#failed > 0 && { errors: this.#errors }),
      cancelled: 0,
      cost: this.#cost,
      engine: engineVersion,
      ...(this.request.table !== undefined && { totals: this.#totals }),
      text: joinBytes(this.#parts),
      serviceMs: this.#serviceMs,
    });
  }

  reject(error: Error): void {
    this.#completion.reject(error);
  }

  /** Where the line after the next one starts. */
  #nextEnd(): number {
    const { table, text, faults, firstLine } = this.request;
    if (table === undefined) {
      const end = text.indexOf(lineFeed, this.#offset);
      // A string with fewer lines than the request says is a bug elsewhere; here it ends with CRASH for those lines.
      return end < 0 ? text.length : end + 1;
    }
    const fault = faults.find(({ line }) => line === firstLine + this.#next);
    return nextRowEnd(text, this.#offset, table.dialect, endsAtFirstLineFeed(fault));
  }

  #describe(code: AbortCode): string {
    return messages[code](this.request.table === undefined ? 'line' : 'row');
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

function emptyTotals({ formulas, totals }: TableProgram): readonly ColumnTotals[] {
  return [...formulas, ...totals].map(() => noColumnTotals);
}

/** The strings of programs that came with earlier requests: the chunks of a job share one. */
const programTexts = new WeakMap<TableProgram, { readonly key: string; readonly text: string }>();

/** Programs are distinguished by all that determines the results of a row. */
function programText({ mode, precision }: RequestMessage, table: TableProgram): string {
  const key = `${mode}:${precision}`;
  const known = programTexts.get(table);
  if (known?.key === key) return known.text;
  const text = JSON.stringify({ mode, precision, table } satisfies KeyedProgram);
  programTexts.set(table, { key, text });
  return text;
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
