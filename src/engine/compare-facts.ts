/** Whether two stores hold the same facts of a job: every field and every byte. */
import {
  encodeTable,
  sumErrors,
  type Chunk,
  type ChunkOutcomes,
  type ColumnTotals,
  type EngineSet,
  type Fold,
  type Table,
} from '../jobs/index.ts';

export function areSameChunks(left: Chunk, right: Chunk): boolean {
  return (
    left.firstLine === right.firstLine &&
    left.count === right.count &&
    areSameBytes(left.text, right.text) &&
    areSameFaults(left, right) &&
    areSameIds(left, right)
  );
}

/** The errors are in the text. */
export function areSameOutcomes(left: ChunkOutcomes, right: ChunkOutcomes): boolean {
  return (
    left.succeeded === right.succeeded &&
    left.failed === right.failed &&
    left.cancelled === right.cancelled &&
    left.cost === right.cost &&
    left.engine === right.engine &&
    areSameTotals(left.totals, right.totals) &&
    areSameBytes(left.text, right.text)
  );
}

export function areSameFolds(left: Fold, right: Fold): boolean {
  const fields = ['through', 'succeeded', 'failed', 'cancelled', 'cost'] as const;
  return (
    fields.every((field) => left[field] === right[field]) &&
    areSameErrors(left, right) &&
    areSameEngines(left.engines, right.engines) &&
    areSameTotals(left.columns, right.columns)
  );
}

/** As far as both know them: a fold may be from before errors were counted. */
function areSameErrors(left: Fold, right: Fold): boolean {
  const areKnown = [left, right].every(({ errors, failed }) => sumErrors(errors) === failed);
  return !areKnown || JSON.stringify(left.errors) === JSON.stringify(right.errors);
}

/** Their strings: equal sums are written alike. */
function areSameTotals(left: readonly ColumnTotals[] | undefined, right: readonly ColumnTotals[] | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  const fields = ['count', 'sum', 'min', 'max'] as const;
  return (
    left.length === right.length &&
    left.every((totals, index) => fields.every((field) => totals[field] === right[index]?.[field]))
  );
}

export function areSameTables(left: Table | undefined, right: Table | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return encodeTable(left) === encodeTable(right);
}

function areSameEngines(left: EngineSet, right: EngineSet): boolean {
  return left.length === right.length && left.every((engine, index) => engine === right[index]);
}

function areSameFaults({ faults }: Chunk, { faults: others }: Chunk): boolean {
  const fields = ['line', 'code', 'message', 'column', 'endColumn'] as const;
  return (
    faults.length === others.length &&
    faults.every((fault, index) => fields.every((field) => fault[field] === others[index]?.[field]))
  );
}

function areSameIds({ customIds }: Chunk, { customIds: others }: Chunk): boolean {
  if (customIds === undefined || others === undefined) return customIds === others;
  return customIds.length === others.length && customIds.every((id, index) => id === others[index]);
}

/** A plain loop: some of these strings are megabytes, and a callback for each byte takes several times as long. */
function areSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
