import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActiveJob } from '../../src/engine/active-job.ts';
import { DispatchWindow } from '../../src/engine/dispatch-window.ts';
import { emptyFold, type Chunk, type Job } from '../../src/jobs/index.ts';

const job: Job = {
  id: 'a',
  tenant: 'default',
  state: 'InProgress',
  name: undefined,
  mode: 'decimal',
  precision: 34,
  createdAt: 0,
  sealedAt: 0,
  finishedAt: undefined,
  expiresAt: undefined,
  operations: 100,
  chunks: 10,
  fold: emptyFold,
  lease: { owner: 'me', until: 1_000 },
  takeovers: 0,
  idempotencyKey: undefined,
  contentDigest: undefined,
  isTable: false,
  repairs: undefined,
};

/** Chunks of 10 lines, from the first on. */
function chunks(count: number, from = 0): Chunk[] {
  return Array.from({ length: count }, (_, index) => ({
    firstLine: 1 + (from + index) * 10,
    count: 10,
    text: new Uint8Array(chunkBytes),
    faults: [],
    customIds: undefined,
  }));
}

/** Of 10 bytes each. */
const chunkBytes = 10;

function createWindow(inFlightChunksMax = 100, windowBytesMax = 1_000_000): DispatchWindow {
  return new DispatchWindow({
    windowChunks: 8,
    windowChunksMin: 4,
    windowChunksMax: 8,
    windowBytesMax,
    queueMs: 150,
    inFlightChunksMax,
  });
}

function createJob(window = createWindow(), now = 0): ActiveJob {
  return new ActiveJob(job, window, 1_000, now);
}

describe('an active job', () => {
  it('counts what of it is in flight once, whatever is sent again, lands twice or is taken back', () => {
    const window = createWindow();
    const active = createJob(window);
    active.markSent(chunks(3), 1, 0);
    active.markSent(chunks(1), 2, 10);
    assert.equal(window.chunks, 3);
    active.markFinished(1, 20);
    active.markFinished(1, 30);
    active.markFinished(91, 30);
    assert.equal(window.chunks, 2);
    active.rewind(chunks(2, 1));
    assert.equal(window.chunks, 0);
    active.markSent(chunks(2), 1, 0);
    active.clear();
    assert.deepEqual([window.chunks, active.inFlightCount], [0, 0]);
  });

  it('reads on only when half of its window is free', () => {
    const active = createJob();
    assert.equal(active.room, 8);
    active.markSent(chunks(5), 1, 0);
    assert.equal(active.room, 0);
    active.markFinished(1, 1);
    assert.equal(active.room, 4);
  });

  it('begins with the first size of the window, however wide others have made it, and may have one more for each that lands', () => {
    const window = new DispatchWindow({ ...createWindow().options, windowChunksMax: 512 });
    for (let index = 0; index < 500; index += 1) {
      window.chunks = 500;
      window.note(0, 1);
    }
    window.chunks = 0;
    assert.ok(window.share > 100);
    const active = createJob(window);
    assert.equal(active.room, 8);
    active.markSent(chunks(8), 1, 0);
    for (const { firstLine } of chunks(6)) active.markFinished(firstLine, 1, 0);
    assert.equal(active.room, 12);
  });

  it('sends no more text than its bound, but for one chunk', () => {
    const active = createJob(createWindow(100, 3 * chunkBytes));
    active.markSent(chunks(2), 1, 0);
    assert.equal(active.room, 1);
    const tight = createJob(createWindow(100, chunkBytes - 1));
    tight.markSent(chunks(1), 1, 0);
    assert.equal(tight.room, 0);
    tight.markFinished(1, 1);
    assert.equal(tight.room, 1);
  });

  it('may send one chunk when others have filled the bus, and none when they have filled it twice', () => {
    const window = createWindow(4);
    const active = createJob(window);
    createJob(window).markSent(chunks(4), 1, 0);
    assert.equal(active.room, 1);
    createJob(window).markSent(chunks(4), 1, 0);
    assert.equal(active.room, 0);
  });

  it('reads what the bus did not take again', () => {
    const active = createJob();
    active.markSent(chunks(4), 1, 0);
    active.moveCursor(chunks(4));
    active.isExhausted = true;
    active.rewind(chunks(2, 1));
    assert.deepEqual([active.cursor, active.isExhausted, active.inFlightLines], [11, false, [1, 31]]);
  });

  it('tells which chunks are overdue, and waits longer for those that were sent again', () => {
    const active = createJob();
    active.markSent(chunks(1), 1, 0);
    active.markSent(chunks(1, 1), 2, 0);
    assert.deepEqual(active.findOverdue(1_000), []);
    assert.deepEqual(active.findOverdue(1_001), [1]);
    assert.deepEqual(active.findOverdue(2_001), [1, 11]);
    assert.deepEqual([active.nextAttempt(1), active.nextAttempt(11), active.nextAttempt(21)], [2, 3, undefined]);
  });

  it('knows when its last outcome was new, and takes nothing else for progress', () => {
    const active = createJob(createWindow(), 5);
    assert.equal(active.progressAt, 5);
    active.markSent(chunks(2), 1, 10);
    active.markFinished(1, 20);
    active.markFinished(1, 30);
    active.update(job, 40);
    active.markSent(chunks(1, 1), 2, 50);
    active.rewind(chunks(1, 1));
    active.rescan();
    assert.equal(active.progressAt, 20);
    active.update({ ...job, fold: { ...emptyFold, through: 20 } }, 60);
    assert.equal(active.progressAt, 60);
  });

  it('keeps the counts that it saw until they are folded', () => {
    const active = createJob();
    const outcomes = { succeeded: 9, failed: 1, cancelled: 0, cost: 5, engine: '3', text: new Uint8Array() };
    for (const firstLine of [1, 11]) active.cacheCounts({ jobId: 'a', firstLine, count: 10, outcomes });
    active.update({ ...job, fold: { ...emptyFold, through: 10 } }, 0);
    assert.deepEqual([...active.known.keys()], [11]);
    active.cacheCounts({ jobId: 'a', firstLine: 1, count: 10, outcomes });
    assert.deepEqual([...active.known.keys()], [11]);
  });
});
