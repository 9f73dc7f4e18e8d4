/** `mathmill migrate` from real data folders into a real store of a cluster, killed and repeated. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { copiedIds, jobId, makeJob, pictureOf, picturesOf, samples, type JobPicture } from './migrate-jobs.ts';
import { createFolder, runMathmill, startMathmill, startServer, type Ended, type Variables } from './mathmill.ts';
import { openEngine, waitFor } from '../engine/open-engine.ts';
import { createStore, useMongoServer, withDb } from '../store/mongo/harness.ts';
import { withStore } from '../store/sqlite/sqlite-folder.ts';
import type { JobStore } from '../../src/engine/index.ts';

const mongo = useMongoServer();

async function withTarget<Result>(uri: string, use: (store: JobStore) => Promise<Result>): Promise<Result> {
  const store = createStore(uri);
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

/** The jobs of the samples have expired by the clock of the command where they expire at all. */
async function makeFolder(context: Parameters<typeof createFolder>[0]): Promise<string> {
  const folder = await createFolder(context);
  await withStore(folder, async (store) => {
    for (const sample of samples) if (sample.expiresAt === undefined) await makeJob(store, sample);
  });
  return folder;
}

function migrate(folder: string, uri: string, ...args: string[]): Promise<Ended> {
  return runMathmill(['migrate', ...args], { environment: { DATA_DIR: folder, MONGODB_URI: uri } });
}

const keptIds = copiedIds.filter((id) => id !== jobId(10));

function picturesOfFolder(folder: string, ids: readonly string[]): Promise<JobPicture[]> {
  return withStore(folder, async (store) => {
    const pictures: JobPicture[] = [];
    for (const id of ids) pictures.push(await pictureOf(store, id));
    return pictures;
  });
}

describe('mathmill migrate', () => {
  it('copies jobs in every state, says so, and has nothing to do the second time', async (context) => {
    const [folder, uri] = [await makeFolder(context), mongo.newUri()];
    const dry = await migrate(folder, uri, '--dry-run');
    assert.equal(dry.stdout, '6 jobs: 6 to copy, 0 there already\n', dry.stderr);
    assert.deepEqual(await withTarget(uri, picturesOf), []);

    const first = await migrate(folder, uri, '--verbose');
    assert.equal(first.code, 0, first.stderr);
    assert.match(
      first.stderr,
      /^mathmill: copying 6 jobs with 179 operations from \S+ to mongodb:\/\/127\.0\.0\.1:\d+\/\S+\n$/,
    );
    const lines = first.stdout.trimEnd().split('\n');
    assert.equal(lines[0], `${jobId(1)}  copied   Completed  80 operations`);
    assert.equal(lines.at(-1), '6 jobs: 6 copied, 0 there already');
    const expected = await picturesOfFolder(folder, keptIds);
    assert.deepEqual(await withTarget(uri, picturesOf), expected);

    const second = await migrate(folder, uri);
    assert.deepEqual([second.code, second.stdout], [0, '6 jobs: 0 copied, 6 there already; nothing to do\n']);
    assert.deepEqual(await withTarget(uri, picturesOf), expected);
  });

  it('gives jobs under way to the cluster, which ends them', async (context) => {
    const [folder, uri] = [await makeFolder(context), mongo.newUri()];
    assert.equal((await migrate(folder, uri)).code, 0);
    await withTarget(uri, async (store) => {
      const live = await openEngine({}, store);
      try {
        for (const [number, status] of [
          [4, 'Completed'],
          [9, 'Completed'],
          [6, 'Cancelled'],
        ] as const) {
          const view = await waitFor(live.engine, jobId(number));
          assert.equal(view.status, status);
        }
        const evaluated = new Set(live.requests.map(({ jobId, firstLine }) => `${jobId} ${firstLine}`));
        assert.equal(evaluated.size, 36, 'exactly the open chunks of the two jobs in progress are evaluated');
      } finally {
        await live.close();
      }
    });
    const again = await migrate(folder, uri);
    assert.deepEqual([again.code, again.stdout], [0, '6 jobs: 0 copied, 6 there already; nothing to do\n']);
  });

  it('reports a job that is another one there, and copies the rest', async (context) => {
    const [folder, uri] = [await makeFolder(context), mongo.newUri()];
    await withTarget(uri, (store) => makeJob(store, { number: 2, state: 'Completed', lines: [2, 2] }));
    const ended = await migrate(folder, uri);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, new RegExp(`^mathmill: job ${jobId(2)}: the target has another .*was not changed`, 'm'));
    assert.equal(ended.stdout, '6 jobs: 5 copied, 0 there already, 1 not copied, see above\n');
  });

  it('goes on where it was killed, again and again', async (context) => {
    const folder = await createFolder(context);
    const uri = mongo.newUri();
    const large = { number: 20, state: 'Completed', lines: Array.from({ length: 800 }, () => 100) } as const;
    await withStore(folder, async (store) => {
      await makeJob(store, { ...large, number: 19, lines: [5, 5] });
      await makeJob(store, large);
      await makeJob(store, {
        ...large,
        number: 21,
        state: 'InProgress',
        lines: large.lines.slice(0, 300),
        finished: [0, 2],
      });
    });
    const environment: Variables = { DATA_DIR: folder, MONGODB_URI: uri };
    // Each run is killed when the chunk that begins at this line has come.
    const places = [
      [20, 3_001],
      [20, 40_001],
      [20, 79_901],
      [21, 15_001],
    ] as const;
    let killed = 0;
    await withDb(uri, async (db) => {
      const chunks = db.collection<{ _id: string }>('chunks');
      for (const [number, line] of places) {
        const { child, ended } = startMathmill(['migrate'], { environment });
        child.stdin.end();
        let isOver = false;
        void ended.then(() => (isOver = true));
        const place = { _id: `${jobId(number)}:${String(line).padStart(10, '0')}` };
        while (!isOver && (await chunks.findOne(place, { projection: { _id: 1 } })) === null);
        child.kill('SIGKILL');
        const { signal, code, stderr } = await ended;
        if (signal === 'SIGKILL') killed += 1;
        else assert.equal(code, 0, stderr);
        const { jobs } = await withTarget(uri, (store) => store.listJobs(0, 10));
        for (const { id, chunks: expected } of jobs) {
          const stored = await chunks.countDocuments({ _id: { $gte: `${id}:`, $lt: `${id};` } });
          assert.equal(stored, expected, 'half a job is seen');
        }
      }
    });
    assert.ok(killed >= 3, `only ${killed} runs were killed`);
    const ended = await migrate(folder, uri);
    assert.equal(ended.code, 0, ended.stderr);
    const ids = [19, 20, 21].map(jobId);
    const [copies, originals] = [await withTarget(uri, picturesOf), await picturesOfFolder(folder, ids)];
    assert.deepEqual(copies, originals);
  });

  it('moves what a server had done, was doing, and was asked to stop', async (context) => {
    const uri = mongo.newUri();
    const server = await startServer(context, { environment: { EVALUATOR_THREADS: '1' } });
    const folder = server.dataDirectory;
    const submit = async (input: string, ...args: string[]): Promise<string> => {
      const ended = await runMathmill(['submit', '-', '--url', server.url, ...args], { input });
      assert.ok(ended.code === 0 || ended.code === 1, ended.stderr);
      return ended.stdout.split('\n')[0] ?? '';
    };
    const done = await submit('1 + 2\n1 / 0\n', '--follow', '--idempotency-key', 'one', '--name', 'done');
    const file = join(folder, 'records.ndjson');
    await writeFile(file, '{"custom_id":"ä","request":"2^10"}\nnot json\n');
    const records = await runMathmill(['submit', file, '--url', server.url, '--follow', '--mode', 'bigint']);
    assert.equal(records.code, 1, records.stderr);
    const line = 'sin(1) + tan(2) ^ 0.5 + exp(3) * ln(7)';
    // No two lines in a row are the same, since the second would take no time.
    const costly = `${line}\n${line} + 1\n`.repeat(30_000);
    const cancelled = await submit(costly, '--precision', '100');
    assert.equal((await runMathmill(['cancel', cancelled, '--url', server.url])).code, 0);
    const underWay = await submit(costly, '--precision', '100');
    server.child.kill('SIGKILL');
    await server.ended;

    const ended = await migrate(folder, uri);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, '4 jobs: 4 copied, 0 there already\n');
    const copies = await withTarget(uri, picturesOf);
    const ids = copies.map(({ job }) => job.id);
    assert.deepEqual([ids[0], ids.at(-1)], [done, underWay]);
    assert.deepEqual(copies, await picturesOfFolder(folder, ids));
    assert.equal(copies.at(-1)?.job.state, 'InProgress');
  });
});
