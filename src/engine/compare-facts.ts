/** Whether two stores hold the same facts of a job: every field and every byte. */
import type { Chunk, ChunkOutcomes, Fold } from '../jobs/index.ts';

export function areSameChunks(left: Chunk, right: Chunk): boolean {
  return (
    left.firstLine === right.firstLine &&
    left.count === right.count &&
    areSameBytes(left.text, right.text) &&
    areSameFaults(left, right) &&
    areSameIds(left, right)
  );
}

export function areSameOutcomes(left: ChunkOutcomes, right: ChunkOutcomes): boolean {
  return (
    left.succeeded === right.succeeded &&
    left.failed === right.failed &&
    left.cancelled === right.cancelled &&
    left.cost === right.cost &&
    areSameBytes(left.text, right.text)
  );
}

export function areSameFolds(left: Fold, right: Fold): boolean {
  const fields = ['through', 'succeeded', 'failed', 'cancelled', 'cost'] as const;
  return fields.every((field) => left[field] === right[field]);
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

/** A plain loop: some of these texts are megabytes, and a callback for each byte takes several times as long. */
function areSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
