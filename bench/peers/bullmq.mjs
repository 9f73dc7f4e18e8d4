/**
 * One job a line on BullMQ: from the first call that adds jobs until the last one is finished in Redis. The first
 * `warmUpJobs` lines are done before, not timed.
 *
 *   node bullmq.mjs '{"socket", "file", "warmUpJobs", "batchSize", "concurrency", "adders", "lines"}'
 *
 * With `adders`, so many callers add one job a call each, instead of one that adds `batchSize` a call. With
 * `lines`, only so many of the file's lines are taken.
 *
 * Prints `{"jobs", "milliseconds"}`. Finished jobs are removed immediately, which is faster than keeping their results.
 */
import { readFileSync } from 'node:fs';
import { Queue, Worker } from 'bullmq';
import { createLineEvaluator } from '../../src/expression/index.ts';

const options = JSON.parse(process.argv[2]);
const lines = readFileSync(options.file, 'latin1').trimEnd().split('\n').slice(0, options.lines);
const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });
const connection = { path: options.socket, maxRetriesPerRequest: null };
/** How many jobs are left to finish, and what to call when none are. */
let left = 0;
let finish = () => {};

async function evaluate(job) {
  const outcome = evaluator.evaluateText(job.data.line);
  if (outcome.kind !== 'result') throw new Error(`${job.data.line} has no result`);
  return outcome.text;
}

const queue = new Queue('evaluate', { connection });
const worker = new Worker('evaluate', evaluate, {
  connection,
  concurrency: options.concurrency,
  removeOnComplete: { count: 0 },
});
worker.on('failed', (_job, error) => {
  throw error;
});
worker.on('completed', () => {
  left -= 1;
  if (left === 0) finish();
});
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);

async function addBatches(lines) {
  for (let start = 0; start < lines.length; start += options.batchSize) {
    const batch = lines.slice(start, start + options.batchSize);
    await queue.addBulk(batch.map((line) => ({ name: 'evaluate', data: { line } })));
  }
}

/** `lines` is shared by all adders: each takes the next one. */
async function addOneByOne(lines) {
  for (const line of lines) await queue.add('evaluate', { line });
}

async function runJobs(lines) {
  const { promise, resolve } = Promise.withResolvers();
  left = lines.length;
  finish = resolve;
  const remaining = lines.values();
  if (options.adders === undefined) await addBatches(lines);
  else await Promise.all(Array.from({ length: options.adders }, () => addOneByOne(remaining)));
  await promise;
}

await runJobs(lines.slice(0, options.warmUpJobs));
const timed = lines.slice(options.warmUpJobs);
const startedAt = performance.now();
await runJobs(timed);
const milliseconds = performance.now() - startedAt;

await worker.close();
await queue.close();
console.log(JSON.stringify({ jobs: timed.length, milliseconds }));
