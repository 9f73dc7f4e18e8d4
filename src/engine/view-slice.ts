/** The operations of a chunk as users see them. */
import {
  cancelledError,
  decodeLines,
  decodeOutcomes,
  decodeRowOutcome,
  splitRows,
  type LineOutcome,
  type RowOutcome,
  type RowSyntax,
} from '../jobs/index.ts';
import type { OperationView } from './job-service.ts';
import type { ChunkSlice, OutcomeFilter } from './ports.ts';

const cancelledOutcome = { kind: 'error', error: cancelledError } as const;

/** Bytes of a row that are not UTF-8 are shown as U+FFFD. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `syntax`: how the rows of a table are written; undefined: the operations are lines. */
export function viewSlice(slice: ChunkSlice, syntax: RowSyntax | undefined): OperationView[] {
  return syntax === undefined ? viewLines(slice) : viewRows(slice, syntax);
}

function viewLines({ chunk, outcomes }: ChunkSlice): OperationView[] {
  const outcomeOf = readerOf<LineOutcome>(outcomes, decodeOutcomes);
  return decodeLines(chunk.text).map((request, index) => ({
    line: chunk.firstLine + index,
    customId: chunk.customIds?.[index] ?? undefined,
    request,
    outcome: outcomeOf(index),
    row: undefined,
  }));
}

function viewRows({ chunk, outcomes }: ChunkSlice, syntax: RowSyntax): OperationView[] {
  const rowOf = readerOf<RowOutcome>(outcomes, (text) => decodeLines(text).map(decodeRowOutcome));
  return splitRows(chunk, syntax).map(({ start, contentEnd }, index) => ({
    line: chunk.firstLine + index,
    customId: undefined,
    request: decoder.decode(chunk.text.subarray(start, contentEnd)),
    outcome: undefined,
    row: rowOf(index),
  }));
}

/** The outcome of the operation at an index; a cancelled chunk has none, and says so of each. */
function readerOf<Outcome>(
  outcomes: ChunkSlice['outcomes'],
  decode: (text: Uint8Array) => readonly Outcome[],
): (index: number) => Outcome | typeof cancelledOutcome | undefined {
  if (outcomes !== undefined && outcomes.cancelled > 0) return () => cancelledOutcome;
  const decoded = outcomes === undefined ? [] : decode(outcomes.text);
  return (index) => decoded[index];
}

export function matches({ outcome, row }: OperationView, filter: OutcomeFilter): boolean {
  const ended = outcome ?? row;
  if (ended === undefined) return filter === 'pending';
  if (ended === cancelledOutcome) return false;
  return filter === (isSuccess(ended) ? 'succeeded' : 'failed');
}

function isSuccess(ended: LineOutcome | RowOutcome): boolean {
  if (ended.kind === 'cells') return ended.cells.every(({ kind }) => kind === 'result');
  return ended.kind === 'result';
}

/** The error code under which an operation counts: of a row that of its first failing formula. */
export function codeOf({ outcome, row }: OperationView): string | undefined {
  const ended = outcome ?? row;
  if (ended === undefined) return undefined;
  const cells = ended.kind === 'cells' ? ended.cells : [ended];
  return cells.find((cell) => cell.kind === 'error')?.error.code;
}

/** Whether the request, a result, an error code or the caller's id of an operation holds a string. */
export function holdsText({ request, customId, outcome, row }: OperationView, text: string): boolean {
  if (request.includes(text) || customId?.includes(text) === true) return true;
  const ended = outcome ?? row;
  if (ended === undefined) return false;
  const cells = ended.kind === 'cells' ? ended.cells : [ended];
  return cells.some((cell) => (cell.kind === 'result' ? cell.text : cell.error.code).includes(text));
}
