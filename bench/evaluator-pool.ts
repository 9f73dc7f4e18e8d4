/**
 * The cost and gain of the evaluator pool: lines per second through it, with one and with two threads, as ratios to the
 * plain loop on one thread. All in one run, in turns, the best of each: on a busy machine only the ratios mean something.
 *
 *   node bench/evaluator-pool.ts [lines]
 */
import { availableParallelism } from 'node:os';
import type { ChunkEvaluator, RequestMessage } from '../src/engine/index.ts';
import { evaluateChunk } from '../src/evaluator-pool/evaluate-chunk.ts';
import { createEvaluatorPool } from '../src/evaluator-pool/index.ts';
import { createLineEvaluator, type NumberMode } from '../src/expression/index.ts';
import { chunkLinesMax } from '../src/jobs/index.ts';

const lines = Number(process.argv[2] ?? 1_000_000);
const rounds = 3;
/** Calls of `evaluate` that are open at a time, as a bus would have. */
const openMax = 128;

interface Measure {
  readonly seconds: number;
  /** CPU time of the main thread, which has other things to do. */
  readonly mainSeconds: number;
  /** CPU time of all threads. */
  readonly cpuSeconds: number;
}

function makeRequests(mode: NumberMode, jobId: string): RequestMessage[] {
  const requests: RequestMessage[] = [];
  for (let first = 0; first < lines; first += chunkLinesMax) {
    const count = Math.min(chunkLinesMax, lines - first);
    let text = '';
    for (let line = first; line < first + count; line += 1) {
      text += `${line % 97} + ${line % 31} + 6 - ${line % 7} * ${line % 11}\n`;
    }
    const base = { jobId, mode, precision: 34, attempt: 1, costMax: Number.MAX_SAFE_INTEGER };
    requests.push({ ...base, firstLine: first + 1, count, text: Buffer.from(text), faults: [] });
  }
  return requests;
}

async function measure(action: () => void | Promise<void>): Promise<Measure> {
  const main = process.threadCpuUsage();
  const all = process.cpuUsage();
  const startedAt = performance.now();
  await action();
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    mainSeconds: secondsOf(process.threadCpuUsage(main)),
    cpuSeconds: secondsOf(process.cpuUsage(all)),
  };
}

function secondsOf({ user, system }: { readonly user: number; readonly system: number }): number {
  return (user + system) / 1_000_000;
}

async function evaluateAll(pool: ChunkEvaluator, requests: readonly RequestMessage[]): Promise<void> {
  const rest = requests.values();
  await Promise.all(
    Array.from({ length: openMax }, async () => {
      for (const request of rest) await pool.evaluate(request);
    }),
  );
}

/** The least of each: other work of the machine only adds. */
function best(measures: readonly Measure[]): Measure {
  const least = (key: keyof Measure): number => Math.min(...measures.map((measure) => measure[key]));
  return { seconds: least('seconds'), mainSeconds: least('mainSeconds'), cpuSeconds: least('cpuSeconds') };
}

async function compare(mode: NumberMode): Promise<void> {
  const requests = makeRequests(mode, mode);
  const evaluator = createLineEvaluator({ mode, precision: 34 });
  const pools = new Map<number, ChunkEvaluator>();
  const measures = new Map<number, Measure[]>([[0, []]]);
  for (const threads of [1, 2]) {
    const pool = createEvaluatorPool({}, { threads });
    await pool.start();
    pools.set(threads, pool);
    measures.set(threads, []);
  }
  for (let round = 0; round < rounds; round += 1) {
    const plain = await measure(() => {
      for (const request of requests) evaluateChunk(request, evaluator);
    });
    measures.get(0)?.push(plain);
    for (const [threads, pool] of pools) measures.get(threads)?.push(await measure(() => evaluateAll(pool, requests)));
  }
  await Promise.all([...pools.values()].map((pool) => pool.stop()));
  const plain = best(measures.get(0) ?? []);
  for (const [threads, taken] of measures) {
    const { seconds, mainSeconds, cpuSeconds } = best(taken);
    const name = threads === 0 ? 'plain loop' : `pool, ${threads} thread${threads === 1 ? '' : 's'}`;
    const rate = `${(lines / seconds / 1e6).toFixed(2)} M lines/s`.padStart(16);
    const speed = `speed x ${(plain.seconds / seconds).toFixed(2)}`;
    const cpu = `CPU x ${(cpuSeconds / plain.cpuSeconds).toFixed(2)}`;
    const main = `main thread ${((mainSeconds / requests.length) * 1e6).toFixed(0)} µs per chunk`;
    console.log(`${mode.padEnd(8)} ${name.padEnd(16)} ${rate}   ${speed}   ${cpu}   ${main}`);
  }
}

console.log(`${lines} lines, best of ${rounds}, ${availableParallelism()} cores`);
for (const mode of ['decimal', 'float64'] as const) await compare(mode);
