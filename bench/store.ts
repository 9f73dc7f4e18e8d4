/**
 * Throughput of the SQLite store: chunks of 512 short lines put, then their outcomes recorded, `inFlight` calls concurrently.
 *
 *   node bench/store.ts [chunks=4000] [folder=a temporary one]
 *
 * The disk's flush decides: compare rates of one machine only. Ends with the reads whose cost must not grow with strings.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultTenant, tombstone, type Chunk } from '../src/jobs/index.ts';
import { createSqliteStore, type Commit } from '../src/store/sqlite/index.ts';

const linesPerChunk = 512;
const encoder = new TextEncoder();

const chunkCount = Number(process.argv[2] ?? 4000);
const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'mathmill-bench-'));
const commits: Commit[] = [];
const store = createSqliteStore({ onCommit: (commit) => commits.push(commit) }, { directory: folder });

function makeChunk(index: number): Chunk {
  const firstLine = index * linesPerChunk + 1;
  const lines = Array.from({ length: linesPerChunk }, (_, line) => `${firstLine + line} + 4 + 6 - 5 * 2\n`);
  return { firstLine, count: linesPerChunk, text: encoder.encode(lines.join('')), faults: [], customIds: undefined };
}

const outcomeText = encoder.encode(Array.from({ length: linesPerChunk }, (_, line) => `${line + 1234}\n`).join(''));

function makeRecord(jobId: string, firstLine: number) {
  const outcomes = { ...tombstone(0), succeeded: linesPerChunk, cost: linesPerChunk * 4, text: outcomeText };
  return { jobId, firstLine, count: linesPerChunk, outcomes };
}

/** Runs `call` for each index, `inFlight` concurrently; prints the rate in operations. */
async function measure(what: string, inFlight: number, call: (index: number) => Promise<unknown>): Promise<void> {
  commits.length = 0;
  let next = 0;
  const startedAt = performance.now();
  const run = async () => {
    while (next < chunkCount) await call(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, run));
  const milliseconds = performance.now() - startedAt;
  const committing = commits.reduce((sum, commit) => sum + commit.milliseconds, 0);
  const slowest = Math.max(...commits.map((commit) => commit.milliseconds));
  const rate = (chunkCount * linesPerChunk) / milliseconds / 1000;
  console.log(
    `${what}, ${inFlight} in flight: ${rate.toFixed(2)} M operations/s, ${commits.length} commits ` +
      `(${committing.toFixed(0)} of ${milliseconds.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms)`,
  );
}

async function time(what: string, call: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await call();
  console.log(`${what}: ${(performance.now() - startedAt).toFixed(1)} ms`);
}

async function createJob(id: string): Promise<void> {
  await store.createJob({
    id,
    tenant: defaultTenant,
    name: undefined,
    mode: 'decimal',
    precision: 34,
    createdAt: 0,
    owner: 'bench',
    leaseUntil: 0,
    idempotencyKey: undefined,
  });
}

await store.start();
const chunks = Array.from({ length: chunkCount }, (_, index) => makeChunk(index));
for (const inFlight of [1, 4, 64]) {
  const id = `job-${inFlight}`;
  await createJob(id);
  await measure('put', inFlight, (index) => store.appendChunks(id, chunks.slice(index, index + 1)));
  await measure('record', inFlight, (index) => store.recordOutcomes([makeRecord(id, index * linesPerChunk + 1)]));
}
const lines = chunkCount * linesPerChunk;
await time(`sumCounts over ${chunkCount} chunks`, () => store.sumCounts('job-64', 1));
await time(`locateOutcome, the last of ${lines} lines`, () => store.locateOutcome('job-64', 'succeeded', lines - 1));
await time('readCounts, 1024 chunks', () => store.readCounts('job-64', 1, 1024));
await time('readOpenRanges, none left', () => store.readOpenRanges('job-64', 1, 1024));
await time('readSlices, 100 lines in the middle', () => store.readSlices('job-64', lines / 2, lines / 2 + 99, 2));
await store.abortJob('job-64', 'bench', 0);
await time('deleteSlice, until done', async () => {
  while ((await store.deleteSlice('job-64', 128)) === 'more');
});
await store.stop();
if (process.argv[3] === undefined) rmSync(folder, { recursive: true });
