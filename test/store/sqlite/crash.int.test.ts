import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { JobStore } from '../../../src/engine/index.ts';
import { chunksPerJob, linesPerChunk, type CrashFact } from './crash-child.ts';
import { makeChunk } from './samples.ts';
import { withFolder, withStore } from './sqlite-folder.ts';

const crashChild = join(import.meta.dirname, 'crash-child.ts');
/** Facts after which the process is killed, a round each: early, in the middle, and with the log brought over. */
const killAfter = [3, 60, 217, 450, 1_201, 2_500];

/** Lets a process work on the folder and kills it without warning; returns the facts that the store confirmed. */
async function workUntilKilled(directory: string, round: number, factsMax: number): Promise<CrashFact[]> {
  const child = fork(crashChild, [directory, `round${round}`], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  // Messages of the process may still be in transit when it is gone; the end of the channel comes last.
  const exited = once(child, 'exit');
  const disconnected = once(child, 'disconnect');
  const facts: CrashFact[] = [];
  child.on('message', (fact: CrashFact) => {
    facts.push(fact);
    if (facts.length === factsMax) child.kill('SIGKILL');
  });
  const [, signal] = (await exited) as [number | null, string | null];
  await disconnected;
  assert.equal(signal, 'SIGKILL', 'the process ended by itself');
  return facts;
}

/** Facts by job; jobs whose deletion was under way are apart, because nothing is promised about their remains. */
function groupByJob(facts: readonly CrashFact[]): Map<string, CrashFact[]> {
  return Map.groupBy(facts, ({ jobId }) => jobId);
}

async function checkFacts(store: JobStore, jobId: string, facts: readonly CrashFact[]): Promise<void> {
  const kinds = new Set(facts.map(({ kind }) => kind));
  const job = await store.readJob(jobId);
  if (kinds.has('removed')) assert.equal(job, undefined, `${jobId} came back`);
  else if (kinds.has('deleted')) assert.ok(job === undefined || job.state === 'Deleting', `${jobId} is shown again`);
  if (kinds.has('deleting')) return;
  assert.ok(job !== undefined, `${jobId} is lost`);
  if (kinds.has('sealed')) assert.notEqual(job.state, 'Receiving', `${jobId} is not sealed`);
  if (kinds.has('cancelled')) assert.equal(job.state, 'Cancelling', `${jobId} is not cancelled`);
  for (const fact of facts) {
    if (fact.kind !== 'appended' && fact.kind !== 'recorded') continue;
    const [slice] = await store.readSlices(jobId, fact.firstLine, fact.firstLine, 1);
    assert.equal(slice?.chunk.firstLine, fact.firstLine, `${jobId} ${fact.firstLine} is lost`);
    const lineBytes = ((fact.firstLine - 1) / linesPerChunk) % 3 === 0 ? 4_000 : 40;
    const expected = makeChunk(jobId, fact.firstLine, linesPerChunk, lineBytes);
    assert.deepEqual(Buffer.from(slice.chunk.text), Buffer.from(expected.text));
    if (fact.kind === 'appended') continue;
    assert.deepEqual(Buffer.from(slice.outcomes?.text ?? []), Buffer.from(expected.text));
  }
}

/** Conditions that hold in the file whatever was promised: nothing incomplete, every counter equal to a recount. */
function checkFile(directory: string): void {
  const database = new DatabaseSync(join(directory, 'mathmill.db'), { readOnly: true });
  const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  assert.equal(one('PRAGMA integrity_check'), 'ok');
  assert.equal(one('SELECT count(*) FROM chunk LEFT JOIN chunk_text t USING (key) WHERE t.key IS NULL'), 0);
  assert.equal(one('SELECT count(*) FROM chunk_text LEFT JOIN chunk c USING (key) WHERE c.key IS NULL'), 0);
  assert.equal(one('SELECT count(*) FROM outcome LEFT JOIN chunk c USING (key) WHERE c.key IS NULL'), 0);
  assert.equal(one('SELECT count(*) FROM outcome_text LEFT JOIN outcome o USING (key) WHERE o.key IS NULL'), 0);
  assert.equal(
    one('SELECT count(*) FROM outcome LEFT JOIN outcome_text t USING (key) WHERE (t.key IS NULL) <> (cancelled > 0)'),
    0,
  );
  assert.equal(one('SELECT count(*) FROM chunk LEFT JOIN job ON sequence = key >> 27 WHERE id IS NULL'), 0);
  assert.equal(
    one("SELECT value FROM counter WHERE name = 'visible_jobs'"),
    one("SELECT count(*) FROM job WHERE state NOT IN ('Receiving', 'Deleting')"),
  );
  assert.equal(
    one(`SELECT count(*) FROM job WHERE state <> 'Receiving' AND state <> 'Deleting'
      AND chunks <> (SELECT count(*) FROM chunk WHERE key >> 27 = sequence)`),
    0,
  );
  database.close();
}

describe('a SQLite store whose process is killed', () => {
  it('has everything that it acknowledged, and nothing half', () =>
    withFolder(async (directory) => {
      const facts: CrashFact[] = [];
      for (const [round, factsMax] of killAfter.entries()) {
        const told = await workUntilKilled(directory, round, factsMax);
        assert.ok(told.length >= factsMax);
        facts.push(...told);
        await withStore(directory, async (store) => {
          checkFile(directory);
          for (const [jobId, ofJob] of groupByJob(facts)) await checkFacts(store, jobId, ofJob);
        });
      }
      const kinds = new Set(facts.map(({ kind }) => kind));
      for (const kind of ['sealed', 'recorded', 'cancelled', 'deleted', 'removed'] as const) assert.ok(kinds.has(kind));
      await finishDeletions(directory);
    }));
});

/** The deletions that the crashes cut short are found again and come to their end. */
async function finishDeletions(directory: string): Promise<void> {
  await withStore(directory, async (store) => {
    const work = await store.findWork(0, 1_000);
    for (const { id, state } of work) {
      if (state !== 'Deleting') continue;
      for (let calls = 0; (await store.deleteSlice(id, 5)) === 'more'; calls += 1) assert.ok(calls < chunksPerJob);
      assert.equal(await store.readJob(id), undefined);
    }
    assert.ok((await store.findWork(0, 1_000)).every(({ state }) => state !== 'Deleting'));
  });
  checkFile(directory);
}
