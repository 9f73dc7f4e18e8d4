import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { changeMatching } from '../../src/engine/bulk-changes.ts';
import { createFakeTime } from '../fake-time.ts';

function storeOf(count: number) {
  const ids = Array.from({ length: count }, (_, index) => `job-${index}`);
  return { findJobs: async (_filter: object, limit: number) => ids.slice(0, limit) };
}

describe('a change of many jobs', () => {
  it('changes up to 1,000 of them in a call, in their order, and counts those that it changed itself', async () => {
    const changed: string[] = [];
    const time = createFakeTime();
    const verdict = await changeMatching({ store: storeOf(1_001), time }, {}, async (jobId, onChanged) => {
      changed.push(jobId);
      // Every second one was changed by another call.
      if (changed.length % 2 === 0) onChanged();
    });
    assert.deepEqual(verdict, { changed: 500, hasMore: true });
    assert.deepEqual([changed.length, changed[0], changed[999]], [1_000, 'job-0', 'job-999']);
    const all = await changeMatching({ store: storeOf(1_000), time }, {}, async (_jobId, onChanged) => onChanged());
    assert.deepEqual(all, { changed: 1_000, hasMore: false });
    const none = await changeMatching({ store: storeOf(0), time }, {}, async () => assert.fail());
    assert.deepEqual(none, { changed: 0, hasMore: false });
  });

  it('answers after 4 s with what the store has by then, and begins nothing more', async () => {
    const time = createFakeTime();
    let begun = 0;
    const end = Promise.withResolvers<void>();
    const verdict = changeMatching({ store: storeOf(100), time }, {}, async (_jobId, onChanged) => {
      begun += 1;
      onChanged();
      await end.promise;
    });
    await setImmediate();
    await time.advance(4_000);
    assert.deepEqual(await verdict, { changed: 32, hasMore: true });
    end.resolve();
    await setImmediate();
    assert.equal(begun, 32);
  });

  it('fails with the first change that fails, and begins nothing more', async () => {
    let begun = 0;
    const failure = new Error('the store is away');
    const verdict = changeMatching({ store: storeOf(1_000), time: createFakeTime() }, {}, async () => {
      begun += 1;
      await Promise.resolve();
      throw failure;
    });
    await assert.rejects(verdict, failure);
    assert.ok(begun <= 32);
  });
});
