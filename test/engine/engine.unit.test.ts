import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  findFailingParts,
  JobDeleted,
  StoreError,
  systemTime,
  type Engine,
  type ResultsQuery,
  type ResultSlice,
} from '../../src/engine/index.ts';
import { chunkLinesMax } from '../../src/jobs/index.ts';
import { newJobId } from '../../src/wiring.ts';
import { createFakeTime } from '../fake-time.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';
import { numbers, openEngine, submit, upload, waitFor, type OpenEngine } from './open-engine.ts';

let opened: OpenEngine | undefined;

async function open(...parameters: Parameters<typeof openEngine>): Promise<OpenEngine> {
  opened = await openEngine(...parameters);
  return opened;
}

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const everything: ResultsQuery = { from: 1, limit: undefined, filter: undefined, follow: false, requests: true };

async function slicesOf(engine: Engine, jobId: string, query: Partial<ResultsQuery> = {}): Promise<ResultSlice[]> {
  const stream = await engine.streamResults(jobId, { ...everything, ...query }, new AbortController().signal);
  assert.ok(stream);
  return Array.fromAsync(stream.slices);
}

function ranges(slices: readonly ResultSlice[]): [number, number][] {
  return slices.map(({ fromLine, toLine }) => [fromLine, toLine]);
}

describe('a job', () => {
  it('runs from upload to exact counters and results', async () => {
    const { engine } = await open();
    const jobId = await submit(engine, numbers(2_000), { name: 'a name' });
    const view = await waitFor(engine, jobId);
    assert.deepEqual(
      { ...view, createdAt: 0, finishedAt: 0, expiresAt: 0 },
      {
        id: jobId,
        tenant: 'default',
        name: 'a name',
        status: 'Completed',
        mode: 'decimal',
        precision: 34,
        operations: 2_000,
        completed: 2_000,
        succeeded: 2_000 - 285,
        failed: 285,
        cancelled: 0,
        errors: { DIV0: 285 },
        engines: ['3'],
        createdAt: 0,
        finishedAt: 0,
        expiresAt: 0,
        isTable: false,
        repairs: undefined,
        table: undefined,
        totals: [],
      },
    );
    assert.equal((view.expiresAt ?? 0) - (view.finishedAt ?? 0), 7 * 24 * 3_600_000);
    assert.deepEqual(await engine.readOperation(jobId, 513), {
      line: 513,
      customId: undefined,
      request: '513',
      outcome: { kind: 'result', text: '=513' },
      row: undefined,
    });
    assert.equal(await engine.readOperation(jobId, 2_001), undefined);
    assert.equal(await engine.readOperation(jobId, 0), undefined);
    assert.equal(await engine.readOperation(jobId, 1.5), undefined);
    assert.equal(await engine.readOperation('no such job', 1), undefined);
  });

  it('does not wait behind a huge one', async () => {
    const { engine, gate, requests } = await open({ windowChunks: 4, windowChunksMax: 4 });
    gate.close();
    const huge = await submit(engine, numbers(chunkLinesMax * 100));
    const small = await submit(engine, '1\n2');
    await waitFor(engine, huge, 0);
    while (!requests.some(({ jobId }) => jobId === small)) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(requests.filter(({ jobId }) => jobId === huge).length, 4, 'a window of the huge job is on the bus');
    gate.open();
    await waitFor(engine, small);
    await waitFor(engine, huge);
  });

  for (const [way, queueMs, underWayMax] of [
    ['slow', -1, 16],
    ['quick', 60_000, 40],
  ] as const) {
    it(`has at most ${underWayMax} chunks in flight when the way is ${way}`, async () => {
      const window = { windowChunks: 40, windowChunksMax: 40, queueMs };
      const { engine, gate, requests } = await open({ ...window, resendMs: 3_600_000 });
      gate.close();
      const jobId = await submit(engine, '1\n'.repeat(chunkLinesMax * 300));
      for (let landed = 0; landed < 200; landed += 1) {
        while (requests.length <= landed) await new Promise((resolve) => setImmediate(resolve));
        gate.allow(requests[landed]?.firstLine ?? 0);
      }
      await waitFor(engine, jobId, chunkLinesMax * 200);
      while (requests.length < 200 + underWayMax / 2) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(requests.length <= 200 + underWayMax, `${requests.length - 200} are under way`);
      gate.open();
      await waitFor(engine, jobId);
    });
  }

  it('never ends before it began, and a later one is listed above it, when the clock is set back', async () => {
    let offsetMs = 3_600_000;
    const time = { ...systemTime, now: () => Date.now() + offsetMs };
    const makeId = (earliestMs: number) => newJobId(Math.max(earliestMs, time.now()));
    const store = new MemoryJobStore();
    const first = await openEngine({}, store, { time, newJobId: makeId });
    const { engine, gate } = first;
    gate.close();
    const early = await submit(engine, '1');
    offsetMs = 0;
    gate.open();
    const { createdAt, finishedAt = 0 } = await waitFor(engine, early);
    assert.ok(finishedAt >= createdAt);
    assert.ok(((await store.readJob(early))?.sealedAt ?? 0) >= createdAt);
    await first.close();

    const restarted = await open({}, store, { time, newJobId });
    const late = await submit(restarted.engine, '1');
    const { jobs } = await restarted.engine.listJobs(0, 2);
    assert.deepEqual(
      jobs.map(({ id }) => id),
      [late, early],
    );
  });

  it('is taken by an engine that starts while its store is busy, but not while it is damaged', async () => {
    const busy = new MemoryJobStore();
    busy.listJobs = () => Promise.reject(new StoreError('unavailable', 'busy'));
    const { engine } = await open({}, busy);
    await waitFor(engine, await submit(engine, '1'));
    const damaged = new MemoryJobStore();
    damaged.listJobs = () => Promise.reject(new StoreError('corrupt', 'damaged'));
    await assert.rejects(openEngine({}, damaged), /damaged/);
  });

  it('is listed newest first, and unknown ones are unknown', async () => {
    const { engine } = await open();
    const ids = [await submit(engine, '1'), await submit(engine, '2'), await submit(engine, '3')];
    const { total, jobs } = await engine.listJobs(1, 5);
    assert.equal(total, 3);
    assert.deepEqual(
      jobs.map(({ id }) => id),
      [ids[1], ids[0]],
    );
    assert.equal(await engine.readJob('nobody'), undefined);
    assert.equal(
      await engine.listOperations('nobody', { start: { offset: 0 }, limit: 1, filter: undefined }),
      undefined,
    );
    assert.equal(await engine.streamResults('nobody', everything, new AbortController().signal), undefined);
    assert.equal(await engine.watchJob('nobody', 1, new AbortController().signal), undefined);
    assert.deepEqual(await engine.cancelJob('nobody'), { kind: 'unknown' });
    assert.equal(await engine.deleteJob('nobody'), false);
  });

  it('keeps custom ids and gives faulty records their own error', async () => {
    const { engine } = await open();
    const jobId = await submit(engine, '{"custom_id":"a","request":"1"}\nnonsense\n{"request":"7"}', {
      format: 'ndjson',
    });
    await waitFor(engine, jobId);
    const page = await engine.listOperations(jobId, { start: { offset: 0 }, limit: 10, filter: undefined });
    assert.deepEqual(
      page?.operations.map(({ customId, request, outcome }) => [
        customId,
        request,
        outcome?.kind === 'error' ? outcome.error.code : outcome?.text,
      ]),
      [
        ['a', '1', '=1'],
        [undefined, 'nonsense', 'SYNTAX'],
        [undefined, '7', 'DIV0'],
      ],
    );
  });

  it('gives each chunk its share of what is left of the cost budget', async () => {
    const { engine, gate, requests } = await open({ costPerOperation: 1, costBase: 15, windowChunks: 2 });
    gate.close();
    const jobId = await submit(engine, numbers(chunkLinesMax * 5));
    gate.allow(1);
    gate.allow(chunkLinesMax + 1);
    await waitFor(engine, jobId, chunkLinesMax * 2);
    while (requests.length < 4) await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    await waitFor(engine, jobId);
    const budget = chunkLinesMax * 5 + 15;
    const shares = requests.map(({ costMax }) => costMax);
    assert.equal(shares[0], Math.floor(budget / 2));
    assert.ok(
      shares.every((share) => share >= Math.floor((budget - 4 * 10) / 2) && share <= Math.floor(budget / 2)),
      `shares: ${shares.join(' ')}`,
    );
  });

  it('expires', async () => {
    const { engine, store } = await open({ retentionMs: 1 });
    const jobId = await submit(engine, '1');
    const views = await engine.watchJob(jobId, 1, new AbortController().signal);
    if (views !== undefined) for await (const _ of views);
    while ((await store.readJob(jobId)) !== undefined) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await engine.readJob(jobId), undefined);
  });
});

describe('an upload', () => {
  it('that is empty, too long or too large leaves nothing behind', async () => {
    const store = new MemoryJobStore();
    const { engine } = await open({ operationsMax: 1_000, uploadBytesMax: 100_000 }, store);
    assert.deepEqual(await engine.submit(upload('')), { kind: 'empty' });
    assert.deepEqual(await engine.submit(upload(numbers(1_001))), { kind: 'too-many-operations', max: 1_000 });
    assert.deepEqual(await engine.submit(upload(numbers(10_000))), { kind: 'too-many-operations', max: 1_000 });
    assert.deepEqual(await engine.submit(upload('9'.repeat(100_001))), { kind: 'too-many-bytes', max: 100_000 });
    assert.equal((await engine.submit(upload(numbers(1_000)))).kind, 'accepted');
    while (store.contents().length > 1) await new Promise((resolve) => setImmediate(resolve));
  });

  it('that breaks off throws its error on and leaves nothing behind', async () => {
    const store = new MemoryJobStore();
    const { engine } = await open({}, store);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(numbers(100_000));
      throw new Error('the connection broke');
    }
    await assert.rejects(engine.submit(upload(broken())), { message: 'the connection broke' });
    while (store.contents().length > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('is read no faster than the store commits', async () => {
    const store = new MemoryJobStore();
    const release = Promise.withResolvers<void>();
    const append = store.appendChunks.bind(store);
    store.appendChunks = async (jobId, chunks) => {
      await release.promise;
      await append(jobId, chunks);
    };
    const { engine } = await open({}, store);
    let taken = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 100; index += 1) {
        taken += 1;
        yield Buffer.from('1 + 1\n'.repeat(20_000));
      }
    }
    const answer = engine.submit(upload(source()));
    for (let index = 0; index < 1_000; index += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(taken < 30, `${taken} of 100 blocks were read while nothing was committed`);
    release.resolve();
    assert.equal((await answer).kind, 'accepted');
    assert.equal(taken, 100);
  });

  it('fails when the store fails, and the source is read no further', async () => {
    const store = new MemoryJobStore();
    store.appendChunks = async () => {
      throw new StoreError('full', 'no room left');
    };
    const { engine } = await open({}, store);
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken += 1;
        yield Buffer.from('1 + 1\n'.repeat(20_000));
      }
    }
    await assert.rejects(engine.submit(upload(endless())), { code: 'full' });
    assert.ok(taken < 100);
  });

  it('with a known idempotency key gets the first job, whatever pieces it comes in', async () => {
    const { engine } = await open();
    const first = await submit(engine, numbers(5_000), { idempotencyKey: 'k' });
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const byte of Buffer.from(numbers(5_000))) yield Uint8Array.of(byte);
    }
    const again = await engine.submit(upload(pieces(), { idempotencyKey: 'k' }));
    assert.ok(again.kind === 'replayed');
    assert.equal(again.job.id, first);
    assert.equal(again.job.operations, 5_000);
    const others: Partial<Parameters<typeof upload>[1]>[] = [
      { mode: 'float64' },
      { precision: 35 },
      { format: 'ndjson' },
    ];
    for (const options of others) {
      const other = await engine.submit(upload(numbers(5_000), { idempotencyKey: 'k', ...options }));
      assert.deepEqual(other, { kind: 'key-reused' });
    }
    assert.deepEqual(await engine.submit(upload('1', { idempotencyKey: 'k' })), { kind: 'key-reused' });
    assert.equal((await engine.listJobs(0, 10)).total, 1);
    assert.equal(await engine.deleteJob(first), true);
    assert.equal((await engine.submit(upload('1', { idempotencyKey: 'k' }))).kind, 'accepted');
  });

  it('with the key of one still under way is told so, and the first goes on', async () => {
    const { engine } = await open();
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('1\n');
      started.resolve();
      await gate.promise;
      yield Buffer.from('2\n');
    }
    const first = engine.submit(upload(slow(), { idempotencyKey: 'k' }));
    await started.promise;
    assert.deepEqual(await engine.submit(upload('1\n2\n', { idempotencyKey: 'k' })), { kind: 'key-in-use' });
    gate.resolve();
    assert.equal((await first).kind, 'accepted');
  });

  it('keeps its lease while it is slow', async () => {
    const { engine, store } = await open({ leaseMs: 1_500 });
    async function leaseOfUpload(): Promise<number> {
      const [job] = await store.findWork(Infinity, 1);
      assert.ok(job !== undefined, 'the upload was given up');
      return job.lease.until;
    }
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('1\n');
      const until = await leaseOfUpload();
      while ((await leaseOfUpload()) < until + 300) await new Promise((resolve) => setImmediate(resolve));
      yield Buffer.from('2\n');
    }
    assert.equal((await engine.submit(upload(slow(), { idempotencyKey: 'slow' }))).kind, 'accepted');
  });
});

describe('results', () => {
  it('come in line order, in whole or in part', async () => {
    const { engine } = await open();
    const jobId = await submit(engine, numbers(1_300));
    await waitFor(engine, jobId);
    const slices = await slicesOf(engine, jobId);
    assert.deepEqual(ranges(slices), [
      [1, 512],
      [513, 1024],
      [1025, 1300],
    ]);
    assert.ok(slices.every(({ chunk }) => chunk !== undefined));
    const bare = await slicesOf(engine, jobId, { requests: false });
    assert.ok(bare.every(({ chunk }) => chunk === undefined));
    assert.equal(
      Buffer.concat(bare.map(({ outcomes }) => outcomes.text))
        .toString()
        .split('\n').length - 1,
      1_300,
    );
    assert.deepEqual(ranges(await slicesOf(engine, jobId, { from: 600, limit: 500 })), [
      [600, 1024],
      [1025, 1099],
    ]);
    assert.deepEqual(ranges(await slicesOf(engine, jobId, { from: 1_300 })), [[1_300, 1_300]]);
    assert.deepEqual(ranges(await slicesOf(engine, jobId, { from: 1_301 })), []);
  });

  it('of a job under way end before the first open line, and with follow wait for it', async () => {
    const { engine, gate } = await open();
    gate.close();
    const jobId = await submit(engine, numbers(chunkLinesMax * 3));
    gate.allow(1);
    gate.allow(chunkLinesMax * 2 + 1);
    await waitFor(engine, jobId, chunkLinesMax * 2);
    assert.deepEqual(ranges(await slicesOf(engine, jobId)), [[1, 512]]);
    const followed = slicesOf(engine, jobId, { follow: true });
    gate.allow(chunkLinesMax + 1);
    assert.deepEqual(ranges(await followed), [
      [1, 512],
      [513, 1024],
      [1025, 1536],
    ]);
  });

  it('by outcome pass over chunks that have none', async () => {
    const { engine } = await open();
    const lines = Array.from({ length: chunkLinesMax * 4 }, () => '1');
    lines[chunkLinesMax + 4] = '7';
    lines[chunkLinesMax * 3] = '14';
    const jobId = await submit(engine, lines.join('\n'));
    await waitFor(engine, jobId);
    const failed = await slicesOf(engine, jobId, { filter: 'failed' });
    assert.deepEqual(
      failed.map(({ firstLine }) => firstLine),
      [chunkLinesMax + 1, chunkLinesMax * 3 + 1],
    );
    const page = await engine.listOperations(jobId, { start: { offset: 0 }, limit: 10, filter: 'failed' });
    assert.equal(page?.total, 2);
    assert.deepEqual(
      page?.operations.map(({ line }) => line),
      [chunkLinesMax + 5, chunkLinesMax * 3 + 1],
    );
    const second = await engine.listOperations(jobId, { start: { offset: 1 }, limit: 10, filter: 'failed' });
    assert.deepEqual(
      second?.operations.map(({ line }) => line),
      [chunkLinesMax * 3 + 1],
    );
    const succeeded = await engine.listOperations(jobId, {
      start: { offset: chunkLinesMax },
      limit: 5,
      filter: 'succeeded',
    });
    assert.deepEqual(
      succeeded?.operations.map(({ line }) => line - chunkLinesMax),
      [1, 2, 3, 4, 6],
    );
    assert.deepEqual(await engine.listOperations(jobId, { start: { offset: 2 }, limit: 10, filter: 'failed' }), {
      total: 2,
      offset: 2,
      operations: [],
      next: undefined,
    });
  });

  it('show which lines are pending', async () => {
    const { engine, gate } = await open();
    gate.close();
    const jobId = await submit(engine, numbers(chunkLinesMax * 2 + 10));
    gate.allow(chunkLinesMax + 1);
    await waitFor(engine, jobId, chunkLinesMax);
    const page = await engine.listOperations(jobId, { start: { offset: 510 }, limit: 4, filter: 'pending' });
    assert.equal(page?.total, chunkLinesMax + 10);
    assert.deepEqual(
      page?.operations.map(({ line, outcome }) => [line, outcome]),
      [
        [511, undefined],
        [512, undefined],
        [1025, undefined],
        [1026, undefined],
      ],
    );
  });

  it('end with an error when the job is deleted under a follower', async () => {
    const { engine, gate } = await open();
    gate.close();
    const jobId = await submit(engine, numbers(10));
    const followed = slicesOf(engine, jobId, { follow: true });
    await engine.deleteJob(jobId);
    await assert.rejects(followed, JobDeleted);
  });

  it('stop when the follower goes away', async () => {
    const { engine, gate } = await open();
    gate.close();
    const jobId = await submit(engine, numbers(10));
    const gone = new AbortController();
    const stream = await engine.streamResults(jobId, { ...everything, follow: true }, gone.signal);
    assert.ok(stream);
    const followed = Array.fromAsync(stream.slices);
    gone.abort();
    assert.deepEqual(await followed, []);
  });
});

describe('a cancellation', () => {
  it('keeps what is done, gives the rest its tombstone and is final', async () => {
    const { engine, gate } = await open();
    gate.close();
    const jobId = await submit(engine, numbers(chunkLinesMax * 3));
    gate.allow(chunkLinesMax + 1);
    await waitFor(engine, jobId, chunkLinesMax);
    const verdict = await engine.cancelJob(jobId);
    assert.ok(verdict.kind === 'cancelled');
    assert.deepEqual(
      [verdict.job.status, verdict.job.completed, verdict.job.cancelled],
      ['Cancelled', chunkLinesMax * 3, chunkLinesMax * 2],
    );
    gate.open();
    assert.equal((await engine.cancelJob(jobId)).kind, 'cancelled');
    const page = await engine.listOperations(jobId, { start: { offset: 511 }, limit: 2, filter: undefined });
    assert.deepEqual(
      page?.operations.map(({ outcome }) => (outcome?.kind === 'error' ? outcome.error.code : outcome?.text)),
      ['CANCELLED', '=513'],
    );
    const failed = await engine.listOperations(jobId, { start: { offset: 0 }, limit: 1, filter: 'failed' });
    assert.equal(failed?.total, 73);
    assert.equal((await slicesOf(engine, jobId)).length, 3);
  });

  it('of a finished job changes nothing', async () => {
    const { engine } = await open();
    const jobId = await submit(engine, '1');
    await waitFor(engine, jobId);
    const verdict = await engine.cancelJob(jobId);
    assert.ok(verdict.kind === 'finished');
    assert.equal(verdict.job.status, 'Completed');
  });
});

describe('an engine', () => {
  it('hands its jobs over when it stops', async () => {
    const store = new MemoryJobStore();
    const first = await openEngine({}, store);
    first.gate.close();
    const jobId = await submit(first.engine, numbers(chunkLinesMax * 3));
    first.gate.allow(1);
    await waitFor(first.engine, jobId, chunkLinesMax);
    const stopped = first.engine.stop();
    const { engine } = await open({}, store);
    const view = await waitFor(engine, jobId);
    assert.equal(view.succeeded + view.failed, chunkLinesMax * 3);
    first.gate.open();
    await stopped;
    await first.close();
  });

  it('records outcomes as soon as the store can again', async () => {
    const store = new MemoryJobStore();
    const record = store.recordOutcomes.bind(store);
    let failures = 0;
    store.recordOutcomes = async (records) => {
      failures += 1;
      if (failures <= 2) throw new StoreError('unavailable', 'not now');
      return record(records);
    };
    const { engine } = await open({}, store);
    const view = await waitFor(engine, await submit(engine, numbers(10)));
    assert.equal(view.completed, 10);
  });

  it('goes on after a store that could not be read', async () => {
    const store = new MemoryJobStore();
    const read = store.readOpenChunks.bind(store);
    let failures = 0;
    store.readOpenChunks = async (...parameters) => {
      failures += 1;
      if (failures <= 2) throw new StoreError('unavailable', 'not now');
      return read(...parameters);
    };
    const { engine } = await open({}, store);
    assert.equal((await waitFor(engine, await submit(engine, numbers(10)))).completed, 10);
  });

  it('knows since when a job has had no new outcome, also while another one has some', async () => {
    const { engine, gate } = await open();
    assert.equal(engine.readLoad().oldestProgressAt, undefined);
    gate.close();
    await submit(engine, numbers(10));
    const { oldestProgressAt: stuckSince } = engine.readLoad();
    assert.ok(stuckSince !== undefined && stuckSince <= Date.now());
    await new Promise((resolve) => setTimeout(resolve, 5));
    const moving = await submit(engine, numbers(1_500));
    gate.allow(513);
    await waitFor(engine, moving, 512);
    assert.equal(engine.readLoad().oldestProgressAt, stuckSince);
    assert.equal(engine.readLoad().jobs, 2);
  });

  it('says which part is not ready, also beside one that hangs', async () => {
    const never = new Promise<void>(() => {});
    const time = createFakeTime();
    const parts = [
      { part: 'store', isRequired: true, check: () => never },
      { part: 'bus', isRequired: false, check: () => Promise.reject(new Error('no broker')) },
      { part: 'other', isRequired: true, check: async () => {} },
    ];
    const failing = findFailingParts(time, parts);
    await time.advance(2_500);
    assert.deepEqual(await failing, [
      { part: 'store', isRequired: true, reason: 'timed out' },
      { part: 'bus', isRequired: false, reason: 'no broker' },
    ]);
    await time.advance(2_500);
  });

  it('says which part is not ready', async () => {
    const store = new MemoryJobStore();
    const { engine } = await open({}, store);
    assert.deepEqual(await engine.checkReady(), []);
    store.checkHealth = async () => {
      throw new Error('out of reach');
    };
    assert.deepEqual(await engine.checkReady(), [{ part: 'store', reason: 'out of reach', isRequired: true }]);
  });

  it('names the engines that evaluated a job, also the one before an upgrade, and none before anything is evaluated', async () => {
    const world = await open();
    const { engine, gate } = world;
    gate.close();
    const jobId = await submit(engine, numbers(1_500));
    assert.deepEqual((await engine.readJob(jobId))?.engines, []);
    // The second chunk is finished beyond the fold, which waits for the first.
    gate.allow(513);
    assert.deepEqual((await waitFor(engine, jobId, 512)).engines, ['3']);
    world.upgrade('10');
    gate.open();
    assert.deepEqual((await waitFor(engine, jobId)).engines, ['3', '10']);
  });

  it('evaluates a few lines at once', async () => {
    const { engine } = await open();
    const { outcomes, engines } = await engine.evaluate(['1', '7', '1\n2', '\ud800', '9'.repeat(65_537)], {
      mode: 'decimal',
      precision: 34,
    });
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.kind === 'error' ? outcome.error.code : outcome.text)),
      ['=1', 'DIV0', 'SYNTAX', 'ENCODING', 'TOO_LONG'],
    );
    assert.deepEqual(engines, ['3']);
    const nothing = { outcomes: [], engines: [] };
    assert.deepEqual(await engine.evaluate([], { mode: 'decimal', precision: 34 }), nothing);
  });
});
