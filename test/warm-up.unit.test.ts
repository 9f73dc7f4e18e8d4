import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { RequestMessage } from '../src/engine/index.ts';
import { createEvaluatorPool } from '../src/evaluator-pool/index.ts';
import { createWarmUp } from '../src/warm-up.ts';

const pool = createEvaluatorPool({ onEvent: () => undefined }, { threads: 1 });
before(() => pool.start());
after(() => pool.stop());

it('evaluates chunks of different lines, none of which fails, before it has started', async () => {
  const chunks = new Map<number, Awaited<ReturnType<typeof pool.evaluate>>>();
  const evaluate = async (request: RequestMessage) => {
    const outcomes = await pool.evaluate(request);
    chunks.set(request.firstLine, outcomes);
    return outcomes;
  };
  await createWarmUp({ ...pool, evaluate }, { threads: 1 }).start();
  assert.ok(chunks.size > 1);
  for (const { succeeded, failed, cancelled } of chunks.values()) {
    assert.deepEqual({ succeeded, failed, cancelled }, { succeeded: 512, failed: 0, cancelled: 0 });
  }
});
