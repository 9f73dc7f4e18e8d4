/** Threads that the pool starts when it sees that they are needed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChunkEvaluator } from '../../src/engine/index.ts';
import { requestOf, shownOutcomes, withPool } from './pool-fixture.ts';

const options = {
  threads: 2,
  threadsAtStart: 1,
  // Waiting uses no CPU time, but takes longer on a busy machine.
  lineCpuMsMax: 60_000,
  evaluatorModule: new URL('./thread-id-evaluator.ts', import.meta.url),
} as const;

/** The threads that evaluated as many chunks, each of which takes `milliseconds`. */
async function threadsOf(pool: ChunkEvaluator, chunks: number, milliseconds: number): Promise<Set<string>> {
  const outcomes = await Promise.all(
    Array.from({ length: chunks }, (_, index) =>
      pool.evaluate(requestOf([String(milliseconds)], { firstLine: index + 1 })),
    ),
  );
  return new Set(outcomes.flatMap(shownOutcomes));
}

describe('spare threads', () => {
  it('stay out while no work waits', async () => {
    await withPool(options, async ({ pool }) => {
      const threads = new Set<string>();
      for (let round = 0; round < 5; round += 1) {
        for (const thread of await threadsOf(pool, 1, 100)) threads.add(thread);
      }
      assert.equal(threads.size, 1);
    });
  });

  it('come when work has waited', async () => {
    await withPool(options, async ({ pool }) => {
      const threads = new Set<string>();
      // A second of work a round: a busy machine may take some rounds to start a thread.
      for (let round = 0; round < 50 && threads.size < 2; round += 1)
        for (const thread of await threadsOf(pool, 20, 40)) threads.add(thread);
      assert.equal((await threadsOf(pool, 20, 40)).size, 2);
    });
  });
});
