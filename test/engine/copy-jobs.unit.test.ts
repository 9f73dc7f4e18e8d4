import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as iteration } from 'node:timers/promises';
import { copyJobs, type CopyEvent, type CopyOptions, StoreError, type JobStore } from '../../src/engine/index.ts';
import { createJanitor } from '../../src/engine/janitor.ts';
import { noopLogger } from '../../src/engine/logger.ts';
import { isVisible } from '../../src/jobs/index.ts';
import {
  copiedIds,
  jobId,
  madeAt,
  makeJob,
  makeSampleChunks,
  makeSampleOutcomes,
  makeSamples,
  pictureOf,
  picturesOf,
  samples,
  type JobPicture,
  type Sample,
} from '../cli/migrate-jobs.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';
import { openEngine, submit, waitFor } from './open-engine.ts';
import { tableOptions } from './simple-tables.ts';

const hourMs = 3_600_000;

class Clock {
  time = madeAt + hourMs;
  readonly now = (): number => this.time;
}

type Call = (...given: unknown[]) => Promise<unknown>;

/** A store that lets `around` carry out each call. */
function wrapStore(
  store: JobStore,
  around: (name: string, call: () => Promise<unknown>) => Promise<unknown>,
): JobStore {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as Call;
      return (...given: unknown[]) => around(String(name), () => method.apply(target, given));
    },
  });
}

const reads: ReadonlySet<string> = new Set(['readJob', 'readSlices', 'listJobs', 'readCounts']);

/** Counts calls, and those that may write. */
function countCalls(store: JobStore): { readonly store: JobStore; readonly calls: string[]; writes(): string[] } {
  const calls: string[] = [];
  const counted = wrapStore(store, (name, call) => {
    calls.push(name);
    return call();
  });
  return { store: counted, calls, writes: () => calls.filter((name) => !reads.has(name)) };
}

async function copy(
  source: JobStore,
  target: JobStore,
  { now }: Pick<Clock, 'now'> = new Clock(),
  options: CopyOptions = { isDryRun: false },
): Promise<CopyEvent[]> {
  return Array.fromAsync(copyJobs({ source, target, time: { now } }, options));
}

/** Number and verdict of each job. */
function verdictsOf(events: readonly CopyEvent[]): (readonly [number, string])[] {
  return events.flatMap((event) =>
    event.kind === 'job' ? [[Number(event.job.id.slice(-12)), event.verdict.kind] as const] : [],
  );
}

function problemOf(events: readonly CopyEvent[], id: string): string {
  const event = events.find((event) => event.kind === 'job' && event.job.id === id);
  assert.ok(event?.kind === 'job' && event.verdict.kind === 'failed', `the job ${id} was not refused`);
  return event.verdict.problem;
}

async function sourceOf(...given: readonly Sample[]): Promise<MemoryJobStore> {
  const store = new MemoryJobStore();
  for (const sample of given) await makeJob(store, sample);
  return store;
}

function sample(number: number): Sample {
  const found = samples.find((candidate) => candidate.number === number);
  assert.ok(found !== undefined);
  return found;
}

/** The expected final state of the target: the same jobs as in the source, but for those that are not copied. */
async function expectedPictures(source: JobStore): Promise<JobPicture[]> {
  return Promise.all(copiedIds.map((id) => pictureOf(source, id)));
}

/** Runs one round of a janitor to its end. */
async function runJanitor(store: JobStore, clock: Clock): Promise<string[]> {
  const claimed: string[] = [];
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  let isFirst = true;
  const janitor = createJanitor(
    {
      store,
      dispatcher: { claim: async (id) => void claimed.push(id) },
      time: {
        now: clock.now,
        schedule(_delayMs, action) {
          // The second time is the round after this one.
          if (isFirst) action();
          else end();
          isFirst = false;
          return { cancel() {} };
        },
      },
      logger: noopLogger,
    },
    { intervalMs: 1_000, sweepMs: hourMs },
  );
  janitor.start();
  await isOver;
  await janitor.stop();
  return claimed;
}

describe('copying jobs between stores', () => {
  it('copies every visible job as it is, the oldest first', async () => {
    const [source, target] = [await sourceOf(...samples), new MemoryJobStore()];
    const events = await copy(source, target);
    assert.deepEqual(verdictsOf(events), [
      [1, 'copied'],
      [2, 'copied'],
      [3, 'copied'],
      [4, 'copied'],
      [6, 'copied'],
      [8, 'expired'],
      [9, 'copied'],
      [10, 'copied'],
    ]);
    assert.deepEqual(await picturesOf(target), await expectedPictures(source));
    assert.equal(target.contents().length, copiedIds.length);
  });

  it('says how much there is, and how far it has come', async () => {
    const source = await sourceOf(...samples);
    const [planned, ...events] = await copy(source, new MemoryJobStore());
    const operations = 80 + 4 + 6 + 80 + 8 + 5 + 1 + 1;
    assert.deepEqual(planned, { kind: 'planned', jobs: 8, operations });
    const advanced = events.reduce((sum, event) => sum + (event.kind === 'advanced' ? event.operations : 0), 0);
    assert.equal(advanced, operations);
  });

  it('leaves jobs under way to whoever comes first', async () => {
    const [source, target, clock] = [await sourceOf(...samples), new MemoryJobStore(), new Clock()];
    await copy(source, target, clock);
    assert.deepEqual(await runJanitor(target, clock), [4, 6, 9].map(jobId));
  });

  it('asks the source for nothing but reads', async () => {
    const counted = countCalls(await sourceOf(...samples));
    await copy(counted.store, new MemoryJobStore());
    assert.deepEqual(new Set(counted.calls), new Set(['listJobs', 'readJob', 'readSlices']));
  });

  it('changes nothing the second time', async () => {
    const [source, target] = [await sourceOf(...samples), new MemoryJobStore()];
    await copy(source, target);
    const before = await picturesOf(target);
    const counted = countCalls(target);
    const verdicts = verdictsOf(await copy(source, counted.store));
    assert.deepEqual(new Set(verdicts.map(([, kind]) => kind)), new Set(['present', 'expired']));
    assert.deepEqual(counted.writes(), []);
    assert.deepEqual(await picturesOf(target), before);
  });

  it('writes nothing in a dry run', async () => {
    const [source, target] = [await sourceOf(...samples), await sourceOf(sample(3))];
    const counted = countCalls(target);
    const verdicts = verdictsOf(await copy(source, counted.store, new Clock(), { isDryRun: true }));
    assert.deepEqual(
      verdicts.filter(([, kind]) => kind === 'missing').map(([number]) => number),
      [1, 2, 4, 6, 9, 10],
    );
    assert.ok(verdicts.some(([number, kind]) => number === 3 && kind === 'present'));
    assert.deepEqual(counted.writes(), []);
  });

  it('copies a store of many pages', async () => {
    const source = new MemoryJobStore();
    const numbers = Array.from({ length: 1_003 }, (_, index) => index + 100);
    for (const number of numbers) await makeJob(source, { number, state: 'Completed', lines: [1] });
    const verdicts = verdictsOf(await copy(source, new MemoryJobStore()));
    assert.deepEqual(
      verdicts,
      numbers.map((number) => [number, 'copied']),
    );
  });

  it('bounds what it holds by bytes, not by chunks', async () => {
    const large = { number: 1, state: 'Completed', lines: Array.from({ length: 12 }, () => 1) } as const;
    const text = new Uint8Array(400_000).fill(0x31);
    const source = wrapTexts(await sourceOf(large), text);
    const sizes: number[] = [];
    const target = new MemoryJobStore();
    const watched = wrapStore(target, async (name, call) => {
      const answer = await call();
      if (name === 'readSlices') sizes.push((answer as readonly unknown[]).length);
      return answer;
    });
    assert.deepEqual(verdictsOf(await copy(source, watched)), [[1, 'copied']]);
    assert.equal(Math.max(...sizes), 2);
  });
});

/** Replaces the request texts of a store by a large one. */
function wrapTexts(store: JobStore, text: Uint8Array): JobStore {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'readSlices') return (Reflect.get(target, name) as Call).bind(target);
      return async (...given: Parameters<JobStore['readSlices']>) => {
        const slices = await target.readSlices(...given);
        return slices.map(({ chunk, outcomes }) => ({ chunk: { ...chunk, text }, outcomes }));
      };
    },
  });
}

describe('a copy that is cut short', () => {
  /** A store whose process dies at the call number `last`: before it is carried out, or after, and its answer is lost. */
  function dieAt(store: JobStore, last: number, isCarriedOut: boolean): { store: JobStore; isDead(): boolean } {
    let calls = 0;
    const mortal = wrapStore(store, async (_name, call) => {
      calls += 1;
      if (calls === last && isCarriedOut) await call();
      if (calls >= last) throw new StoreError('unavailable', 'the process has died');
      return call();
    });
    return { store: mortal, isDead: () => calls >= last };
  }

  /** Asserts that every job that users see is complete. */
  async function checkVisible(source: JobStore, target: JobStore, place: string): Promise<void> {
    for (const { job, slices } of await picturesOf(target)) {
      const expected = await pictureOf(source, job.id);
      assert.deepEqual(slices, expected.slices, `${place}: the job ${job.id} is seen, and not whole`);
      assert.equal(job.operations, expected.job.operations, place);
    }
  }

  /** For each call of a whole copy: dies there, lets `meanwhile` happen, and copies again. */
  async function dieEverywhere(meanwhile: (target: MemoryJobStore, clock: Clock) => Promise<void>): Promise<number> {
    const source = await sourceOf(...samples);
    const expected = await expectedPictures(source);
    for (const isCarriedOut of [false, true]) {
      for (let last = 1; ; last += 1) {
        const place = `died ${isCarriedOut ? 'after' : 'at'} call ${last}`;
        const [target, clock] = [new MemoryJobStore(), new Clock()];
        const mortal = dieAt(target, last, isCarriedOut);
        const outcome = await copy(source, mortal.store, clock).catch((error: unknown) => error);
        if (!mortal.isDead()) {
          if (isCarriedOut) return last;
          break;
        }
        assert.ok(outcome instanceof StoreError, place);
        await checkVisible(source, target, place);
        await meanwhile(target, clock);
        const verdicts = verdictsOf(await copy(source, target, clock));
        assert.ok(!verdicts.some(([, kind]) => kind === 'failed'), place);
        assert.deepEqual(withoutTimes(await picturesOf(target)), withoutTimes(expected), place);
        assert.ok(
          target.contents().every(({ job }) => isVisible(job.state)),
          `${place}: half a job is left`,
        );
      }
    }
    return 0;
  }

  /** A janitor that ends a job in the place of a dead copy gives it times of its own. */
  function withoutTimes(pictures: readonly JobPicture[]): unknown[] {
    return pictures.map(({ job: { finishedAt: _finished, expiresAt: _expires, ...job }, slices }) => ({ job, slices }));
  }

  it('is continued by the next run, wherever it was', async () => {
    const calls = await dieEverywhere(async () => {});
    assert.ok(calls > 70, `only ${calls} calls were made`);
  });

  it('is continued by the next run after a janitor took away what nobody continued', async () => {
    const taken = new Set<string>();
    await dieEverywhere(async (target, clock) => {
      const half = target.contents().find(({ job }) => job.state === 'Receiving');
      clock.time += 2 * hourMs;
      await runJanitor(target, clock);
      if (half === undefined) return;
      assert.equal(await target.readJob(half.job.id), undefined);
      taken.add(half.job.id);
    });
    assert.deepEqual(taken, new Set(copiedIds));
  });

  it('does not write again what is there', async () => {
    const source = await sourceOf(sample(1));
    const target = new MemoryJobStore();
    const written = { appendChunks: 0, recordOutcomes: 0 };
    const counted = wrapStore(target, (name, call) => {
      if (name === 'appendChunks' || name === 'recordOutcomes') written[name] += 1;
      return call();
    });
    // The job takes three batches. This dies when the first two are written, before the seal.
    let batches = 0;
    const mortal = wrapStore(counted, async (name, call) => {
      if (name === 'appendChunks') batches += 1;
      if (batches === 3) throw new StoreError('unavailable', 'the process has died');
      return call();
    });
    await assert.rejects(copy(source, mortal), StoreError);
    assert.deepEqual(written, { appendChunks: 2, recordOutcomes: 2 });
    assert.deepEqual(verdictsOf(await copy(source, counted)), [[1, 'copied']]);
    assert.deepEqual(written, { appendChunks: 3, recordOutcomes: 3 });
  });

  it('keeps its times where the next run comes before the target ends the job itself', async () => {
    const [source, target] = [await sourceOf(sample(10)), new MemoryJobStore()];
    const mortal = wrapStore(target, async (name, call) => {
      if (name === 'finishJob') throw new StoreError('unavailable', 'the process has died');
      return call();
    });
    await assert.rejects(copy(source, mortal), StoreError);
    assert.equal((await pictureOf(target, jobId(10))).job.state, 'InProgress');
    assert.deepEqual(verdictsOf(await copy(source, target, new Clock(), { isDryRun: true })), [[10, 'missing']]);
    assert.deepEqual(verdictsOf(await copy(source, target)), [[10, 'copied']]);
    assert.deepEqual(await picturesOf(target), await picturesOf(source));
  });

  it('goes on after a fault of the target in the next run only', async () => {
    const source = await sourceOf(sample(1), sample(2));
    const target = wrapStore(new MemoryJobStore(), async (name, call) => {
      if (name === 'appendChunks') throw new StoreError('full', 'the disk is full');
      return call();
    });
    await assert.rejects(copy(source, target), { code: 'full' });
  });
});

describe('a target at work', () => {
  it('does not take a half copy away while it grows, however long that takes', async () => {
    const [source, target, clock] = [await sourceOf(sample(1)), new MemoryJobStore(), new Clock()];
    let rounds = 0;
    const slow = wrapStore(target, async (_name, call) => {
      clock.time += 8 * 60_000;
      await runJanitor(target, clock);
      rounds += 1;
      return call();
    });
    assert.deepEqual(verdictsOf(await copy(source, slow, clock)), [[1, 'copied']]);
    assert.ok(rounds * 8 * 60_000 > hourMs, 'it was over before the first lease was');
    assert.deepEqual(await picturesOf(target), await picturesOf(source));
  });

  it('goes on with jobs from where they were', async () => {
    const live = await openEngine();
    try {
      const source = new MemoryJobStore();
      const origin = await openEngine({ inFlightChunksMax: 2 }, source);
      let id: string;
      try {
        origin.gate.close();
        origin.gate.allow(1);
        const text = Array.from({ length: 3_000 }, (_, index) => `${index + 1}\n`).join('');
        const verdict = await origin.engine.submit({
          source: (async function* () {
            yield Buffer.from(text);
          })(),
          format: 'text',
          mode: 'decimal',
          precision: 34,
          name: 'moved',
          idempotencyKey: 'once',
        });
        assert.equal(verdict.kind, 'accepted');
        id = verdict.kind === 'accepted' ? verdict.job.id : '';
        await waitFor(origin.engine, id, 512);
        // The counters are exact before the fold that holds them is stored.
        while ((await source.readJob(id))?.fold.through !== 512) await iteration();
        const frozen = await freeze(source, id);
        const events = await copy(frozen, live.store, { now: Date.now });
        assert.deepEqual(
          events.flatMap((event) => (event.kind === 'job' ? [event.verdict.kind] : [])),
          ['copied'],
        );
        assert.equal((await live.store.readJob(id))?.fold.through, 512);
      } finally {
        await origin.close();
      }
      const view = await waitFor(live.engine, id);
      const failed = Math.floor(3_000 / 7);
      assert.deepEqual(
        [view.status, view.succeeded, view.failed, view.name],
        ['Completed', 3_000 - failed, failed, 'moved'],
      );
      const first = live.requests.map(({ firstLine }) => firstLine);
      assert.ok(!first.includes(1), 'what was done is done again');
    } finally {
      await live.close();
    }
  });

  /** A store that no longer changes, with this job as it is now. */
  async function freeze(store: JobStore, id: string): Promise<JobStore> {
    const job = await store.readJob(id);
    assert.ok(job !== undefined);
    const slices = await store.readSlices(id, 1, job.operations, 1_000);
    const frozen: Partial<JobStore> = {
      listJobs: async () => ({ total: 1, jobs: [job] }),
      readJob: async () => job,
      readTable: async () => store.readTable(id),
      readSlices: async (_id, from, to, limit) =>
        slices.filter(({ chunk }) => chunk.firstLine + chunk.count > from && chunk.firstLine <= to).slice(0, limit),
    };
    return frozen as JobStore;
  }

  const csv = `price,qty\n${Array.from({ length: 3_000 }, (_, index) => `${index + 1},"${index + 2}"\n`).join('')}`;
  const csvJob = { format: 'csv', table: tableOptions(['p = price', 'q = qty'], { totals: ['price'] }) } as const;

  it('goes on with a table, and has its totals in the end', async () => {
    const live = await openEngine();
    const source = new MemoryJobStore();
    const origin = await openEngine({ inFlightChunksMax: 2 }, source);
    try {
      const whole = await waitFor(origin.engine, await submit(origin.engine, csv, csvJob));
      origin.gate.close();
      origin.gate.allow(1);
      const id = await submit(origin.engine, csv, csvJob);
      await waitFor(origin.engine, id, 512);
      while ((await source.readJob(id))?.fold.through !== 512) await iteration();
      const events = await copy(await freeze(source, id), live.store, { now: Date.now });
      assert.deepEqual(
        events.flatMap((event) => (event.kind === 'job' ? [event.verdict] : [])),
        [{ kind: 'copied' }],
      );
      assert.deepEqual(await live.store.readTable(id), await source.readTable(id));
      const view = await waitFor(live.engine, id);
      assert.deepEqual(view.totals, whole.totals);
      assert.ok(!live.requests.some(({ firstLine }) => firstLine === 1), 'what was done is done again');
      assert.ok(live.requests.every(({ table }) => table !== undefined));
    } finally {
      await origin.close();
      await live.close();
    }
  });

  it('takes no table for another one', async () => {
    const source = new MemoryJobStore();
    const origin = await openEngine({}, source);
    try {
      const id = await submit(origin.engine, csv, csvJob);
      await waitFor(origin.engine, id);
      const [target, time] = [new MemoryJobStore(), { now: Date.now }];
      await copy(source, target, time);
      assert.deepEqual(await target.readJob(id).then((job) => job?.fold), (await source.readJob(id))?.fold);
      assert.deepEqual(await target.readSlices(id, 1, 3_000, 10), await source.readSlices(id, 1, 3_000, 10));
      const [table, job] = [await source.readTable(id), await source.readJob(id)];
      assert.ok(table !== undefined && job !== undefined);
      const others: Record<string, Partial<JobStore>> = {
        'the target has different formulas or columns': {
          readTable: async () => ({ ...table, columns: ['price', 'cost'] }),
        },
        'the target has another isTable': { readJob: async () => ({ ...job, isTable: false }) },
        'its counters do not match its outcomes': {
          readJob: async () => ({ ...job, fold: { ...job.fold, columns: job.fold.columns.slice(1) } }),
        },
      };
      for (const [problem, changed] of Object.entries(others)) {
        const damaged = new Proxy<JobStore>(source, {
          get: (store, name) => Reflect.get(changed, name) ?? (Reflect.get(store, name) as Call).bind(store),
        });
        assert.ok(problemOf(await copy(damaged, target, time), id).includes(problem), problem);
      }
    } finally {
      await origin.close();
    }
  });

  it('may be ahead of the source when it is asked again', async () => {
    const [source, target] = [await sourceOf(sample(4), sample(6)), new MemoryJobStore()];
    await copy(source, target);
    const [, ...later] = makeSampleChunks(sample(4)).slice(3);
    await target.recordOutcomes(
      later.map((chunk) => ({
        jobId: jobId(4),
        firstLine: chunk.firstLine,
        count: chunk.count,
        outcomes: makeSampleOutcomes(chunk),
      })),
    );
    assert.deepEqual(verdictsOf(await copy(source, target)), [
      [4, 'present'],
      [6, 'present'],
    ]);
  });

  it('may be behind the source, when that was started again after the move', async () => {
    const target = new MemoryJobStore();
    await copy(await sourceOf(sample(4)), target);
    const before = await picturesOf(target);
    const finished = await sourceOf({ number: 4, state: 'Completed', lines: sample(4).lines, idempotencyKey: 'key-4' });
    assert.deepEqual(verdictsOf(await copy(finished, target)), [[4, 'present']]);
    assert.deepEqual(await picturesOf(target), before);
  });

  it('may lose a job to its users right after they see it', async () => {
    const [source, target] = [await sourceOf(sample(1), sample(4)), new MemoryJobStore()];
    const busy = wrapStore(target, async (name, call) => {
      const answer = await call();
      if (name === 'sealJob') for (const { id } of (await target.listJobs(0, 10)).jobs) await target.deleteJob(id);
      return answer;
    });
    assert.deepEqual(verdictsOf(await copy(source, busy)), [
      [1, 'copied'],
      [4, 'copied'],
    ]);
    assert.deepEqual(await picturesOf(target), []);
  });
});

describe('a job that is not the same on both sides', () => {
  /** The change in the target, and the problem reported for it. */
  const cases: Readonly<Record<string, readonly [change: Partial<Sample>, problem: RegExp]>> = {
    'another name': [{ name: 'other' }, /another name;.*which was not changed/],
    'another mode': [{ mode: 'bigint', precision: 3 }, /another mode, precision;/],
    'other lines': [{ lines: [2, 1, 1] }, /another chunks;/],
    'more lines': [{ lines: [3, 2] }, /another operations;/],
    'other ids': [{ hasIds: false }, /the lines 1 to 3 differ in the target;/],
    'another key': [{ idempotencyKey: 'other' }, /another idempotencyKey;/],
    'another digest': [{ contentDigest: 'other' }, /another contentDigest;/],
    'a cancelled chunk': [
      { state: 'Cancelled', cancelled: [1] },
      /the lines 4 to 4 have different outcomes in the target;/,
    ],
  };
  for (const [name, [change, problem]] of Object.entries(cases)) {
    it(`is reported and left alone: ${name}`, async () => {
      const source = await sourceOf(sample(2), sample(3));
      const target = await sourceOf({ ...sample(2), ...change });
      const before = await pictureOf(target, jobId(2));
      const counted = countCalls(target);
      const events = await copy(source, counted.store);
      assert.match(problemOf(events, jobId(2)), problem);
      assert.deepEqual(await pictureOf(target, jobId(2)), before);
      assert.deepEqual(verdictsOf(events).at(-1), [3, 'copied']);
    });
  }

  it('is reported when its idempotency key is taken', async () => {
    const target = await sourceOf({ number: 77, state: 'Completed', lines: [1], idempotencyKey: 'key-2' });
    const events = await copy(await sourceOf(sample(2), sample(3)), target);
    assert.match(problemOf(events, jobId(2)), new RegExp(`key belongs to the job ${jobId(77)} of the target`));
    assert.deepEqual(verdictsOf(events).at(-1), [3, 'copied']);
    assert.equal(await target.readJob(jobId(2)), undefined);
  });

  it('is reported while the target deletes it', async () => {
    const target = await sourceOf({ ...sample(2), state: 'Deleting' });
    const events = await copy(await sourceOf(sample(2)), target);
    assert.match(problemOf(events, jobId(2)), /being deleted in the target; run this again in a few minutes/);
  });

  it('is reported while another process uploads under its id', async () => {
    const target = await sourceOf({ ...sample(2), state: 'Receiving' });
    const events = await copy(await sourceOf(sample(2)), target);
    assert.match(problemOf(events, jobId(2)), /removed by another process/);
    assert.equal((await target.readJob(jobId(2)))?.lease.owner, 'instance');
  });

  it('is never shown when what was written comes back otherwise', async () => {
    const source = await sourceOf(sample(1), sample(3));
    const target = new MemoryJobStore();
    const faulty = wrapStore(target, async (name, call) => {
      const answer = await call();
      if (name !== 'readSlices') return answer;
      const slices = answer as Awaited<ReturnType<JobStore['readSlices']>>;
      return slices.map((slice) =>
        slice.chunk.firstLine === 79 ? { ...slice, chunk: { ...slice.chunk, text: new Uint8Array(3) } } : slice,
      );
    });
    const events = await copy(source, faulty);
    assert.match(
      problemOf(events, jobId(1)),
      /the lines 79 to 80 differ.*the partial copy was removed; run this again/,
    );
    assert.equal((await target.readJob(jobId(1)))?.state, 'Deleting');
    assert.deepEqual(verdictsOf(events).at(-1), [3, 'copied']);
    await runJanitor(target, new Clock());
    assert.deepEqual(verdictsOf(await copy(source, target)), [
      [1, 'copied'],
      [3, 'present'],
    ]);
  });

  it('is never shown when a half copy of something else is in its place', async () => {
    const source = await sourceOf(sample(2));
    const { job } = await pictureOf(source, jobId(2));
    const [, last] = makeSampleChunks(sample(2));
    assert.ok(last !== undefined);
    for (const [firstLine, problem] of [
      [5, /the target has more lines; the partial copy was removed/],
      [3, /the target has different chunks; the partial copy was removed/],
    ] as const) {
      const target = new MemoryJobStore();
      await target.createJob({ ...job, owner: 'migration', leaseUntil: madeAt + 2 * hourMs });
      await target.appendChunks(jobId(2), [{ ...last, firstLine }]);
      assert.match(problemOf(await copy(source, target), jobId(2)), problem);
      assert.equal((await target.readJob(jobId(2)))?.state, 'Deleting');
    }
  });

  it('is never shown when a write is lost', async () => {
    const source = await sourceOf(sample(1));
    const target = new MemoryJobStore();
    let isLost = false;
    const lossy = wrapStore(target, async (name, call) => {
      if (name !== 'recordOutcomes' || isLost) return call();
      isLost = true;
      return ['recorded'];
    });
    const events = await copy(source, lossy);
    assert.match(problemOf(events, jobId(1)), /outcomes that were just written are missing/);
    assert.equal((await target.readJob(jobId(1)))?.state, 'Deleting');
  });

  it('is reported when the target counts otherwise after it was shown', async () => {
    const source = await sourceOf(sample(1));
    const target = new MemoryJobStore();
    const faulty = wrapStore(target, async (name, call) => {
      const answer = await call();
      return name === 'readCounts' ? (answer as readonly unknown[]).slice(1) : answer;
    });
    assert.match(problemOf(await copy(source, faulty), jobId(1)), /its counters differ between source and target/);
    assert.deepEqual(verdictsOf(await copy(source, target)), [[1, 'present']]);
  });

  const damages: Readonly<Record<string, readonly [change: (slices: readonly unknown[]) => unknown, problem: RegExp]>> =
    {
      'a missing chunk': [(slices) => slices.slice(1), /damaged in the source: the line 1 is missing/],
      'nothing at all': [() => [], /damaged in the source: the line 1 is missing/],
      'no outcomes': [
        (slices) => slices.map((slice) => ({ ...(slice as object), outcomes: undefined })),
        /damaged in the source: its counters do not match its outcomes/,
      ],
      'a file that cannot be read': [
        () => {
          throw new StoreError('corrupt', 'the page is gone');
        },
        /damaged in the source: the page is gone/,
      ],
    };
  for (const [name, [damage, problem]] of Object.entries(damages)) {
    it(`is not copied from a damaged source: ${name}`, async () => {
      const healthy = await sourceOf(sample(2), sample(3));
      const source: JobStore = new Proxy(healthy, {
        get(store, method) {
          if (method !== 'readSlices') return (Reflect.get(store, method) as Call).bind(store);
          return async (...given: Parameters<JobStore['readSlices']>) => {
            const slices = await store.readSlices(...given);
            return given[0] === jobId(2) ? damage(slices) : slices;
          };
        },
      });
      const target = new MemoryJobStore();
      const events = await copy(source, target);
      assert.match(problemOf(events, jobId(2)), problem);
      assert.deepEqual(verdictsOf(events).at(-1), [3, 'copied']);
      assert.deepEqual(
        (await picturesOf(target)).map(({ job }) => job.id),
        [jobId(3)],
      );
    });
  }
});

it('the samples cover every state', async () => {
  const store = new MemoryJobStore();
  await makeSamples(store);
  assert.equal(new Set(store.contents().map(({ job }) => job.state)).size, 6);
});
