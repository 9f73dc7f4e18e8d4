import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { JobStore, Repair, RepairVerdict } from '../../src/engine/index.ts';
import { chunkLinesMax, operationBytesMax } from '../../src/jobs/index.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';
import { openEngine, submit, waitFor, type OpenEngine } from './open-engine.ts';

const opened: OpenEngine[] = [];

async function open(...given: Parameters<typeof openEngine>): Promise<OpenEngine> {
  const engine = await openEngine(...given);
  opened.push(engine);
  return engine;
}

afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
});

/** Each seventh fails. */
function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function repairOf(jobId: string, corrections: Readonly<Record<number, string>>, changes: Partial<Repair> = {}): Repair {
  const body = Object.entries(corrections).map(([id, request]) => `${JSON.stringify({ id, request })}\n`);
  return { jobId, source: bytesOf(body.join('')), name: undefined, idempotencyKey: undefined, ...changes };
}

function acceptedId(verdict: RepairVerdict): string {
  assert.ok(verdict.kind === 'accepted' || verdict.kind === 'replayed', verdict.kind);
  return verdict.job.id;
}

/** A memory store in which some methods are others; each is given the original. */
function storeWith(changes: (original: MemoryJobStore) => Partial<JobStore>): {
  readonly store: JobStore;
  readonly memory: MemoryJobStore;
} {
  const memory = new MemoryJobStore();
  const changed = changes(memory);
  const store = new Proxy(memory, {
    get(target, name) {
      const member = (Reflect.get(changed, name) ?? Reflect.get(target, name, target)) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { store, memory };
}

describe('a repair', () => {
  it('evaluates the chunks that have corrections, and copies all others as they are', async () => {
    const memory = new MemoryJobStore();
    const opening = await open({}, memory);
    const { engine, requests } = opening;
    const jobId = await submit(engine, numbers(10 * chunkLinesMax));
    await waitFor(engine, jobId);
    requests.length = 0;
    opening.upgrade('4');
    const corrected = [7, 14, 3 * chunkLinesMax + 6, 10 * chunkLinesMax - 3].map((line) => line - (line % 7));
    const corrections = Object.fromEntries(corrected.map((line) => [line, '1']));
    const id = acceptedId(await engine.repairJob(repairOf(jobId, corrections)));
    const view = await waitFor(engine, id);
    assert.deepEqual(
      requests.map(({ jobId: of, firstLine }) => [of, firstLine]).toSorted((a, b) => Number(a[1]) - Number(b[1])),
      [1, 3 * chunkLinesMax + 1, 9 * chunkLinesMax + 1].map((line) => [id, line]),
    );
    const failed = Math.floor((10 * chunkLinesMax) / 7);
    assert.deepEqual([view.failed, view.engines, view.repairs], [failed - corrected.length, ['3', '4'], jobId]);
    const [before, after] = [memory.slices(jobId), memory.slices(id)];
    assert.deepEqual(
      after.map(({ chunk }) => [chunk.firstLine, chunk.count]),
      before.map(({ chunk }) => [chunk.firstLine, chunk.count]),
    );
    for (const [index, slice] of after.entries())
      if (![0, 3, 9].includes(index)) assert.deepEqual(slice, before[index]);
  });

  it('cuts a chunk that corrections make too large', async () => {
    const memory = new MemoryJobStore();
    const { engine } = await open({}, memory);
    const jobId = await submit(engine, '7\n'.repeat(20));
    await waitFor(engine, jobId);
    const long = '0'.repeat(operationBytesMax - 1);
    const corrections = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [index + 1, `1${long}`]));
    const id = acceptedId(await engine.repairJob(repairOf(jobId, corrections)));
    const view = await waitFor(engine, id);
    assert.deepEqual([view.operations, view.completed], [20, 20]);
    const slices = memory.slices(id);
    assert.equal(slices.length, (await memory.readJob(id))?.chunks);
    assert.equal(slices.length, 10);
    assert.equal((await engine.readOperation(id, 20))?.request.length, operationBytesMax);
  });

  it('gives up, and leaves nothing, when the first job is deleted on the way', async () => {
    let jobId = '';
    const { store, memory } = storeWith((original) => ({
      async appendChunks(id, chunks) {
        await original.appendChunks(id, chunks);
        if (jobId !== '') await original.deleteJob(jobId);
      },
    }));
    const { engine } = await open({}, store);
    const submitted = await submit(engine, numbers(60 * chunkLinesMax));
    await waitFor(engine, submitted);
    jobId = submitted;
    assert.deepEqual(await engine.repairJob(repairOf(jobId, { 7: '1' })), { kind: 'unknown' });
    while (memory.contents().length > 0) await new Promise((resolve) => void setTimeout(resolve, 5));
  });

  it('gives up, and leaves nothing, when its client leaves or the store fails', async () => {
    let fails = false;
    const { store, memory } = storeWith((original) => ({
      async recordOutcomes(records) {
        if (fails) throw new Error('the disk is gone');
        return original.recordOutcomes(records);
      },
    }));
    const { engine } = await open({}, store);
    const jobId = await submit(engine, numbers(60 * chunkLinesMax));
    await waitFor(engine, jobId);
    const gone = { signal: AbortSignal.abort() };
    await assert.rejects(engine.repairJob(repairOf(jobId, { 7: '1' }, gone)), /aborted/);
    fails = true;
    await assert.rejects(engine.repairJob(repairOf(jobId, { 7: '1' })), /the disk is gone/);
    fails = false;
    while (memory.contents().length > 1) await new Promise((resolve) => void setTimeout(resolve, 5));
    assert.equal((await engine.readJob(jobId))?.status, 'Completed');
  });

  it('with an idempotency key is made once, however many ask at the same time', async () => {
    const { engine, store } = await open();
    const jobId = await submit(engine, numbers(20 * chunkLinesMax));
    await waitFor(engine, jobId);
    const ask = () => engine.repairJob(repairOf(jobId, { 7: '1' }, { idempotencyKey: 'key' }));
    const verdicts = await Promise.all([ask(), ask(), ask()]);
    assert.equal(verdicts.filter(({ kind }) => kind === 'accepted').length, 1);
    assert.ok(verdicts.every(({ kind }) => kind === 'accepted' || kind === 'key-in-use' || kind === 'replayed'));
    assert.equal((await ask()).kind, 'replayed');
    assert.equal((await store.listJobs(0, 10)).total, 2);
  });

  it('evaluates what a cancellation left, beside corrections of what had failed', async () => {
    const { engine, gate, requests } = await open();
    gate.close();
    gate.allow(1);
    const jobId = await submit(engine, numbers(4 * chunkLinesMax));
    await waitFor(engine, jobId, chunkLinesMax);
    assert.equal((await engine.cancelJob(jobId)).kind, 'cancelled');
    gate.open();
    assert.equal((await engine.repairJob(repairOf(jobId, { 1_000: '1' }))).kind, 'not-correctable');
    const resumed = acceptedId(await engine.repairJob(repairOf(jobId, {})));
    const view = await waitFor(engine, resumed);
    const failed = Math.floor((4 * chunkLinesMax) / 7);
    assert.deepEqual([view.status, view.failed, view.cancelled], ['Completed', failed, 0]);
    assert.ok(!requests.some((request) => request.jobId === resumed && request.firstLine === 1));
    const corrected = acceptedId(await engine.repairJob(repairOf(jobId, { 7: '1' })));
    assert.equal((await waitFor(engine, corrected)).failed, failed - 1);
  });
});
