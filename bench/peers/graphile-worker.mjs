/**
 * One job a line on graphile-worker: from the first call that adds jobs until the last one is gone from PostgreSQL. The
 * first `warmUpJobs` lines are done before, not timed.
 *
 *   node graphile-worker.mjs '{"connectionString", "file", "warmUpJobs", "batchSize", "concurrency", "localQueueSize", "adders", "lines"}'
 *
 * With `adders`, so many callers add one job a call each, instead of one that adds `batchSize` a call. With
 * `lines`, only so many of the file's lines are taken.
 *
 * Prints `{"jobs", "milliseconds"}`. A finished job leaves nothing behind: graphile-worker keeps no results, and none are
 * kept here for it.
 */
import { readFileSync } from 'node:fs';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { createLineEvaluator } from '../../src/expression/index.ts';

const options = JSON.parse(process.argv[2]);
const lines = readFileSync(options.file, 'latin1').trimEnd().split('\n').slice(0, options.lines);
const evaluator = createLineEvaluator({ mode: 'decimal', precision: 34 });

const preset = {
  worker: {
    connectionString: options.connectionString,
    concurrentJobs: options.concurrency,
    maxPoolSize: options.concurrency + 1,
    // As the project's own performance test sets them.
    localQueue: { size: options.localQueueSize, refetchDelay: { durationMs: 10 } },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    logger: new Logger(() => () => {}),
  },
};

const jobsAreLeft = 'select exists (select from graphile_worker._private_jobs) as "more"';

/** How many jobs are left to evaluate, and what to call when none are. */
let left = 0;
let finish = () => {};

function evaluate(payload) {
  const outcome = evaluator.evaluateText(payload.line);
  if (outcome.kind !== 'result') throw new Error(`${payload.line} has no result`);
  left -= 1;
  if (left === 0) finish();
}

/** Connections for adding; PostgreSQL takes 100 in all as shipped. */
const poolSize = Math.min(options.adders ?? options.concurrency + 1, 64);
const utils = await makeWorkerUtils({ preset: { worker: { ...preset.worker, maxPoolSize: poolSize } } });
await utils.migrate();
const runner = await run({ preset, taskList: { evaluate } });

async function addBatches(lines) {
  for (let start = 0; start < lines.length; start += options.batchSize) {
    const batch = lines.slice(start, start + options.batchSize);
    await utils.addJobs(batch.map((line) => ({ identifier: 'evaluate', payload: { line } })));
  }
}

/** `lines` is shared by all adders: each takes the next one. */
async function addOneByOne(lines) {
  for (const line of lines) await utils.addJob('evaluate', { line });
}

async function runJobs(lines) {
  const { promise, resolve } = Promise.withResolvers();
  left = lines.length;
  finish = resolve;
  const remaining = lines.values();
  if (options.adders === undefined) await addBatches(lines);
  else await Promise.all(Array.from({ length: options.adders }, () => addOneByOne(remaining)));
  await promise;
  // The evaluated jobs are taken out of the table in batches; only then are they done for good.
  for (;;) {
    const { rows } = await utils.withPgClient((client) => client.query(jobsAreLeft));
    if (!rows[0].more) return;
  }
}

await runJobs(lines.slice(0, options.warmUpJobs));
const timed = lines.slice(options.warmUpJobs);
const startedAt = performance.now();
await runJobs(timed);
const milliseconds = performance.now() - startedAt;

await runner.stop();
await utils.release();
console.log(JSON.stringify({ jobs: timed.length, milliseconds }));
