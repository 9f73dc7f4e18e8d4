import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError, type JobStore } from '../../../src/engine/index.ts';
import type { Chunk } from '../../../src/jobs/index.ts';
import { createSqliteStore, readFreeBytes } from '../../../src/store/sqlite/index.ts';
import { makeChunk, makeRecord, newJob } from './samples.ts';
import { cannotMount, withSmallDisk } from '../../small-disk.ts';
import { withStore } from './sqlite-folder.ts';

const diskBytes = 12 * 1024 * 1024;
const ballastBytes = 6 * 1024 * 1024;
const chunksPerCall = 4;
/** A store looks at the free space so often; a small disk can be written full in between. */
const roomMs = 10;

/** The disk of each test. */
function withDisk(use: (directory: string) => Promise<void>): Promise<void> {
  return withSmallDisk(diskBytes, use);
}

function isFull(error: unknown): boolean {
  assert.ok(error instanceof StoreError, String(error));
  assert.deepEqual([error.code, error.retryable], ['full', true], error.message);
  assert.match(error.message, /free some space/);
  return true;
}

function callOf(index: number): Chunk[] {
  const linesOfCall = chunksPerCall * 4;
  return Array.from({ length: chunksPerCall }, (_, chunk) =>
    makeChunk('a', 1 + index * linesOfCall + chunk * 4, 4, 8_000),
  );
}

/** Appends, several calls at once, until the disk is full; the calls that were acknowledged and those that were not. */
async function appendUntilFull(store: JobStore, firstCall: number, pauseMs = 0) {
  const kept: number[] = [];
  const refused: number[] = [];
  for (let next = firstCall; refused.length === 0; next += 6) {
    assert.ok(next < firstCall + 600, 'the disk never fills');
    await sleep(pauseMs);
    const calls = Array.from({ length: 6 }, (_, index) => next + index);
    const results = await Promise.allSettled(calls.map((call) => store.appendChunks('a', callOf(call))));
    for (const [index, result] of results.entries()) {
      if (result.status === 'rejected') assert.ok(isFull(result.reason));
      (result.status === 'fulfilled' ? kept : refused).push(next + index);
    }
  }
  return { kept, refused };
}

/** Lends a started store, and stops it also when a check fails: its thread would keep the process alive. */
async function withReserve(
  directory: string,
  reservedBytes: number,
  use: (store: JobStore) => Promise<void>,
): Promise<void> {
  const store = createSqliteStore({}, { directory, reservedBytes });
  await store.start();
  try {
    await use(store);
  } finally {
    await store.stop();
  }
}

async function assertCalls(store: JobStore, kept: readonly number[]): Promise<void> {
  const expected = kept.flatMap((call) => callOf(call).map(({ firstLine }) => firstLine));
  const ranges = await store.readOpenRanges('a', 1, 100_000);
  assert.deepEqual(
    ranges.map(({ firstLine }) => firstLine),
    expected.sort((left, right) => left - right),
  );
}

describe('a SQLite store on a full disk', { skip: cannotMount() }, () => {
  it('keeps what it acknowledged and nothing else, and works again when there is room', () =>
    withDisk(async (directory) => {
      const ballast = join(directory, 'ballast');
      writeFileSync(ballast, Buffer.alloc(ballastBytes));
      // Opening a file takes a page of log and the index of the log.
      const roomToOpen = join(directory, 'room-to-open');
      writeFileSync(roomToOpen, Buffer.alloc(64 * 1024));
      let expected: readonly number[] = [];
      await withReserve(directory, 0, async (store) => {
        await store.createJob(newJob('a'));
        const first = await appendUntilFull(store, 0);
        assert.ok(first.kept.length > 0);
        await assertCalls(store, first.kept);
        const refusedCall = first.refused[0] ?? -1;
        await assert.rejects(store.appendChunks('a', callOf(refusedCall)), isFull);
        await assertCalls(store, first.kept);

        rmSync(ballast);
        await store.checkHealth();
        for (const call of first.refused) await store.appendChunks('a', callOf(call));
        const records = callOf(refusedCall).map((chunk) => makeRecord('a', chunk));
        assert.deepEqual(
          await store.recordOutcomes(records),
          records.map(() => 'recorded'),
        );
        assert.equal((await store.readOutcomes('a', 1, 1_000_000, 100)).length, chunksPerCall);

        // Full again; a stop and a start on a disk with just the room to open a file lose nothing either.
        const kept = [...first.kept, ...first.refused];
        const second = await appendUntilFull(store, Math.max(...kept) + 1);
        expected = [...kept, ...second.kept].filter((call) => call !== refusedCall);
      });
      const database = new DatabaseSync(join(directory, 'mathmill.db'), { readOnly: true });
      assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
      database.close();
      rmSync(roomToOpen);
      await withReserve(directory, 0, (again) => assertCalls(again, expected));
    }));

  it('has room for deletions that make room', () =>
    withDisk(async (directory) => {
      await withReserve(directory, ballastBytes, async (store) => {
        await store.createJob(newJob('a'));
        const { kept } = await appendUntilFull(store, 0, roomMs);
        await assert.rejects(store.createJob(newJob('b')), isFull);
        assert.ok(readFreeBytes(directory) > 0);
        assert.equal(await store.abortJob('a', 'test', 0), true);
        while ((await store.deleteSlice('a', 16)) === 'more');
        assert.equal(await store.readJob('a'), undefined);
        assert.ok(kept.length > 0);
      });
    }));

  it('says so when it cannot even start', () =>
    withDisk(async (directory) => {
      const ballast = join(directory, 'ballast');
      writeFileSync(ballast, Buffer.alloc(diskBytes - 8_192));
      const store = createSqliteStore({}, { directory });
      await assert.rejects(store.start(), isFull);
      rmSync(ballast);
      await withStore(directory, (started) => started.checkHealth());
    }));
});
