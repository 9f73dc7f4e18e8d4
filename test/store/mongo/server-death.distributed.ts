/** The server is killed and started again while two stores work on it: nothing acknowledged is lost, nothing is doubled. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreError, type JobStore } from '../../../src/engine/index.ts';
import type { Chunk } from '../../../src/jobs/index.ts';
import { createStore, realUri, useMongoServer, withDb } from './harness.ts';
import { foldOf, makeChunks, makeRecord, newJob, owner, sealOf } from './samples.ts';

const server = useMongoServer();
const chunksPerJob = 24;
/** Answers after which the server is killed, a life each. */
const killAfter = [40, 90, 150, 60, 200];

interface Worked {
  readonly id: string;
  readonly chunks: readonly Chunk[];
  /** Which of two evaluations of each chunk was told that it is the one. */
  readonly winners: Map<number, string[]>;
  finishes: number;
}

/** Asks again for as long as the server is away: what a call did is asked of the store itself. */
async function insist<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'unavailable') throw error;
    }
  }
}

/** One job from its creation to its end, its chunks recorded by both stores at once. `onAnswer`: the server did something. */
async function work(stores: readonly [JobStore, JobStore], onAnswer: () => void): Promise<Worked> {
  const [first] = stores;
  const job = newJob({ idempotencyKey: `key ${Math.random()}` });
  const chunks = makeChunks(chunksPerJob);
  const worked: Worked = { id: job.id, chunks, winners: new Map(), finishes: 0 };
  assert.equal((await insist(() => first.createJob(job))).kind, 'created');
  for (const chunk of chunks) {
    await insist(() => first.appendChunks(job.id, [chunk]));
    onAnswer();
  }
  assert.equal(await insist(() => first.sealJob(job.id, owner, sealOf(chunks))), true);
  await Promise.all(
    stores.map(async (store, contender) => {
      for (const chunk of contender === 0 ? chunks : chunks.toReversed()) {
        const mark = ` by ${contender}`;
        const [verdict] = await insist(() => store.recordOutcomes([makeRecord(job.id, chunk, mark)]));
        if (verdict === 'recorded') worked.winners.set(chunk.firstLine, [...winnersOf(worked, chunk), mark]);
        onAnswer();
      }
    }),
  );
  const end = { state: 'Completed', finishedAt: 3_000, expiresAt: undefined } as const;
  const finishes = await Promise.all(
    stores.map((store) =>
      insist(() => store.finishJob(job.id, 'InProgress', { through: 0, fold: foldOf(chunks), ...end })),
    ),
  );
  worked.finishes = finishes.filter(Boolean).length;
  return worked;
}

function winnersOf({ winners }: Worked, { firstLine }: Chunk): string[] {
  return winners.get(firstLine) ?? [];
}

async function check(store: JobStore, worked: Worked): Promise<void> {
  const { id, chunks, finishes } = worked;
  const job = await store.readJob(id);
  assert.equal(job?.state, 'Completed');
  assert.ok(finishes <= 1, 'finished twice');
  const slices = await store.readSlices(id, 1, 1_000, 1_000);
  assert.deepEqual(
    slices.map(({ chunk }) => [chunk.firstLine, Buffer.from(chunk.text).toString()]),
    chunks.map((chunk) => [chunk.firstLine, Buffer.from(chunk.text).toString()]),
  );
  for (const { chunk, outcomes } of slices) {
    const winners = winnersOf(worked, chunk);
    assert.equal(winners.length, 1, `chunk ${chunk.firstLine} has ${winners.length} evaluations that count`);
    assert.ok(Buffer.from(outcomes?.text ?? []).includes(`${winners[0]}\n`));
  }
  assert.equal((await store.sumCounts(id, 1)).succeeded, sealOf(chunks).operations);
}

describe(
  'a MongoDB server that is killed under load',
  { skip: realUri !== undefined && 'needs a server of its own' },
  () => {
    it('costs no call its meaning', async () => {
      const uri = server.newUri();
      const options = { deadlineMs: 1_000 };
      const stores = [createStore(uri, options), createStore(uri, options)] as const;
      for (const store of stores) await store.start();
      let answers = 0;
      let wake = (): void => {};
      const onAnswer = (): void => {
        answers += 1;
        wake();
      };
      const answersReach = async (count: number): Promise<void> => {
        const goal = answers + count;
        while (answers < goal) await new Promise<void>((resolve) => (wake = resolve));
      };

      let isOver = false;
      const jobs: Worked[] = [];
      const lane = async (): Promise<void> => {
        while (!isOver) jobs.push(await work(stores, onAnswer));
      };
      const lanes = Promise.all([lane(), lane(), lane()]);
      for (const count of killAfter) {
        await Promise.race([answersReach(count), lanes]);
        await server.standIn?.kill();
        await server.standIn?.start();
      }
      isOver = true;
      await lanes;
      assert.ok(jobs.length >= 3);
      for (const worked of jobs) await check(stores[0], worked);
      await withDb(uri, async (db) => {
        const count = (collection: string) => db.collection(collection).countDocuments();
        assert.deepEqual(
          [await count('jobs'), await count('keys'), await count('chunks'), await count('outcomes')],
          [jobs.length, jobs.length, jobs.length * chunksPerJob, jobs.length * chunksPerJob],
        );
      });
      for (const store of stores) await store.stop();
    });

    it('is told of by checkHealth, until it is back', async () => {
      const store = createStore(server.newUri());
      await store.start();
      await store.checkHealth();
      await server.standIn?.kill();
      await assert.rejects(store.checkHealth(), { name: 'StoreError', code: 'unavailable', retryable: true });
      await server.standIn?.start();
      await insist(() => store.checkHealth());
      await store.stop();
    });
  },
);
