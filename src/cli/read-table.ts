/** Reads a table as an upload is read: it is settled as soon as its head is there, and its rows are cut into chunks. */
import { isUtf8 } from 'node:buffer';
import type { PlanTable, TableOptions, TablePlan } from '../engine/index.ts';
import type { EvaluationSettings } from '../expression/index.ts';
import { chunkLinesMax, createTableSplitter, type Chunk, type TableSplitter } from '../jobs/index.ts';
import { CommandFailure } from './exit-codes.ts';
import { splitInPauses, type InputChunk, type PausingSplitter } from './split-in-pauses.ts';
import { toFailure, type RowFormat } from './table-options.ts';

export interface TableReading {
  /** Undefined until the head of the file has been read, which is before the first chunk. */
  readonly plan: TablePlan | undefined;
  /** Throws a `CommandFailure` when the head or the formulas are wrong. */
  readonly chunks: AsyncGenerator<InputChunk, void, void>;
}

/**
 * Rows of a chunk. Small ones first, so that all threads have work when formulas are costly; larger ones when there are many
 * rows, because each chunk costs some 50 µs.
 */
function chunkRowsMax(chunks: number): number {
  return chunks < 16 ? chunkLinesMax : 4 * chunkLinesMax;
}

export function readTable(
  input: AsyncIterable<Uint8Array>,
  format: RowFormat,
  options: TableOptions,
  mode: EvaluationSettings,
  planTable: PlanTable,
): TableReading {
  const splitter = createTableSplitter({
    format: format === 'ndjson' ? 'ndjson' : 'csv',
    delimiter: options.delimiter,
    hasHeader: options.hasHeader,
    isUtf8,
    chunkRowsMax,
  });
  let plan: TablePlan | undefined;

  function settle(): void {
    if (splitter.foreignEncoding !== undefined) {
      throw new CommandFailure(`the input is ${splitter.foreignEncoding}; save it as UTF-8 and try again`);
    }
    if (splitter.headFault !== undefined) throw new CommandFailure(splitter.headFault);
    if (plan !== undefined || splitter.head === undefined) return;
    const planning = planTable(splitter.head, options, mode);
    if (planning.kind === 'refused') throw toFailure(planning.fault, options);
    plan = planning;
  }

  return {
    get plan() {
      return plan;
    },
    chunks: splitInPauses(input, settleWith(splitter, settle)),
  };
}

/** The splitter, whose head is looked at after each piece of the input. */
function settleWith(splitter: TableSplitter, settle: () => void): PausingSplitter {
  const take = (chunks: Chunk[]): Chunk[] => {
    settle();
    return chunks;
  };
  return {
    /** Rows that are in no chunk yet. An unfinished row behind them continues after the pause. */
    get isAtLineStart() {
      return splitter.rows > splitter.operations;
    },
    push: (bytes) => take(splitter.push(bytes)),
    flush: () => splitter.flush(),
    end: () => take(splitter.end()),
  };
}
