import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkJobs, StoreError, type CheckSource, type JobCheck } from '../../src/engine/index.ts';
import { jobId, makeSamples, samples } from '../cli/migrate-jobs.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';

/** A store with the samples of which single answers are changed. */
async function openSource(changes: Partial<CheckSource> = {}): Promise<CheckSource> {
  const store = new MemoryJobStore();
  await makeSamples(store);
  return {
    listJobs: (...given) => store.listJobs(...given),
    listJobsAfter: (...given) => store.listJobsAfter(...given),
    readJob: (...given) => store.readJob(...given),
    readTable: (...given) => store.readTable(...given),
    readSlices: (...given) => store.readSlices(...given),
    ...changes,
  };
}

async function check(source: CheckSource): Promise<JobCheck[]> {
  return Array.fromAsync(checkJobs(source));
}

/** Number and verdict of each job. */
function verdictsOf(checks: readonly JobCheck[]): (readonly [number, string])[] {
  return checks.map(({ jobId, verdict }) => [Number(jobId.slice(-12)), verdict.kind] as const);
}

function problemsOf(checks: readonly JobCheck[]): Record<number, string> {
  return Object.fromEntries(
    checks.flatMap(({ jobId, verdict }) =>
      verdict.kind === 'incomplete' ? [[Number(jobId.slice(-12)), verdict.problem] as const] : [],
    ),
  );
}

const visible = samples
  .filter(({ state }) => state !== 'Receiving' && state !== 'Deleting')
  .toSorted((left, right) => right.number - left.number);

describe('checkJobs', () => {
  it('finds all jobs of a sound store whole, finished or not', async () => {
    const expected = visible.map(({ number, state }) => [
      number,
      state === 'Completed' || state === 'Cancelled' ? 'complete' : 'unfinished',
    ]);
    assert.deepEqual(verdictsOf(await check(await openSource())), expected);
  });

  it('reads more jobs than a page of the list holds, each once', async () => {
    const source = await openSource();
    const checks = await check({
      ...source,
      listJobs: (offset) => source.listJobs(offset, 2),
      listJobsAfter: (id) => source.listJobsAfter(id, 2),
    });
    assert.deepEqual(
      verdictsOf(checks).map(([number]) => number),
      visible.map(({ number }) => number),
    );
  });

  const damaged: [what: string, number: number, changes: (source: CheckSource) => Partial<CheckSource>, RegExp][] = [
    [
      'a chunk in the middle is missing',
      1,
      (source) => ({
        readSlices: async (...given) =>
          (await source.readSlices(...given)).filter(({ chunk }) => given[0] !== jobId(1) || chunk.firstLine !== 41),
      }),
      /^the line 41 is missing$/,
    ],
    [
      'the last chunk is missing',
      9,
      (source) => ({ readSlices: async (...given) => (given[0] === jobId(9) ? [] : source.readSlices(...given)) }),
      /^the line 1 is missing$/,
    ],
    [
      'outcomes of a finished job are missing',
      2,
      (source) => ({
        readSlices: async (...given) =>
          (await source.readSlices(...given)).map((slice) =>
            given[0] === jobId(2) && slice.chunk.firstLine === 4 ? { ...slice, outcomes: undefined } : slice,
          ),
      }),
      /^the outcomes from line 4 on are missing$/,
    ],
    [
      'outcomes that a job in progress has counted are missing',
      4,
      (source) => ({
        readSlices: async (...given) =>
          (await source.readSlices(...given)).map((slice) =>
            given[0] === jobId(4) && slice.chunk.firstLine === 3 ? { ...slice, outcomes: undefined } : slice,
          ),
      }),
      /^the outcomes from line 3 on are missing$/,
    ],
    [
      'the counters are those of other outcomes',
      10,
      (source) => ({
        readJob: async (id) => {
          const job = await source.readJob(id);
          if (job === undefined || id !== jobId(10)) return job;
          return { ...job, fold: { ...job.fold, succeeded: 0, failed: 1 } };
        },
      }),
      /^its counters do not match its outcomes$/,
    ],
    [
      'a document cannot be read',
      3,
      (source) => ({
        readSlices: async (...given) => {
          if (given[0] === jobId(3)) throw new StoreError('corrupt', 'the field count holds nothing');
          return source.readSlices(...given);
        },
      }),
      /^the field count holds nothing$/,
    ],
    [
      'the formulas of a table are missing',
      1,
      (source) => ({
        readJob: async (id) => {
          const job = await source.readJob(id);
          return job === undefined || id !== jobId(1) ? job : { ...job, isTable: true };
        },
        readTable: async () => undefined,
      }),
      /^the description of its columns is missing$/,
    ],
  ];
  for (const [what, number, changes, problem] of damaged) {
    it(`says of one job that ${what}, and goes on`, async () => {
      const source = await openSource();
      const checks = await check({ ...source, ...changes(source) });
      const problems = problemsOf(checks);
      assert.deepEqual(Object.keys(problems), [String(number)]);
      assert.match(problems[number] ?? '', problem);
      assert.equal(checks.length, visible.length);
    });
  }

  it('passes over a job that is deleted while it is read', async () => {
    const source = await openSource();
    let reads = 0;
    const checks = await check({
      ...source,
      readJob: async (id) => (id === jobId(2) && (reads += 1) > 1 ? undefined : source.readJob(id)),
      readSlices: async (...given) => (given[0] === jobId(2) ? [] : source.readSlices(...given)),
    });
    assert.deepEqual(
      verdictsOf(checks).filter(([, kind]) => kind === 'gone'),
      [[2, 'gone']],
    );
    assert.deepEqual(problemsOf(checks), {});
  });

  it('ends when the store cannot go on', async () => {
    const away = new StoreError('unavailable', 'the database does not answer');
    const source = await openSource({ readSlices: () => Promise.reject(away) });
    await assert.rejects(check(source), away);
  });
});
