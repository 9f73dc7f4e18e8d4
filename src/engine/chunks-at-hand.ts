/**
 * Chunks of uploads that are still in memory, so that dispatching them reads nothing. All jobs of an instance share one
 * budget, first come first kept; what does not fit is read from the store. Nothing depends on what is here: it may be lost at
 * any time.
 */
import type { Chunk } from '../jobs/index.ts';

/** A chunk in memory, besides its text. */
const overheadBytes = 256;

interface Kept {
  readonly chunks: Chunk[];
  /** The line after the last chunk that was added. */
  end: number;
}

export class ChunksAtHand {
  readonly #bytesMax: number;
  readonly #jobs = new Map<string, Kept>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps chunks that follow those that were added before, as long as there is room. */
  add(jobId: string, chunks: readonly Chunk[]): void {
    const kept = this.#jobs.get(jobId) ?? { chunks: [], end: 1 };
    for (const chunk of chunks) {
      const bytes = sizeOf(chunk);
      // From the first gap on all are read from the store, which costs less than to go back and forth.
      if (chunk.firstLine !== kept.end || this.#bytes + bytes > this.#bytesMax) break;
      kept.chunks.push(chunk);
      kept.end += chunk.count;
      this.#bytes += bytes;
    }
    if (kept.chunks.length > 0) this.#jobs.set(jobId, kept);
  }

  /** At most `limit` chunks from this line on, which are then no longer here. */
  take(jobId: string, firstLine: number, limit: number): readonly Chunk[] {
    const kept = this.#jobs.get(jobId);
    if (kept === undefined) return [];
    if (kept.chunks[0]?.firstLine !== firstLine) {
      this.drop(jobId);
      return [];
    }
    const taken = kept.chunks.splice(0, limit);
    for (const chunk of taken) this.#bytes -= sizeOf(chunk);
    if (kept.chunks.length === 0) this.#jobs.delete(jobId);
    return taken;
  }

  drop(jobId: string): void {
    for (const chunk of this.#jobs.get(jobId)?.chunks ?? []) this.#bytes -= sizeOf(chunk);
    this.#jobs.delete(jobId);
  }
}

function sizeOf({ text }: Chunk): number {
  return text.length + overheadBytes;
}
