/** The program of a worker thread: takes batches of slices, evaluates them, answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../engine/basics.ts';
import { ByteBuffer, createLineEvaluator, type LineEvaluator } from '../expression/index.ts';
import { createRowsEvaluator, type RowsEvaluator } from '../tables/index.ts';
import { errorsOf, evaluateLines, type LineRunResult } from './evaluate-chunk.ts';
import { evaluateRows, type RowRunResult } from './evaluate-rows.ts';
import {
  lineCell,
  sliceCell,
  type Batch,
  type EvaluatorModule,
  type KeyedProgram,
  type RowOrder,
  type SliceOrder,
  type SliceReply,
  type ThreadMessage,
  type ThreadSetup,
} from './protocol.ts';

/** Evaluators keep their working memory, so only a few are kept: jobs that run at the same time rarely have more settings, or formulas. */
const evaluatorsMax = 8;
/** Milliseconds for which an answer is kept, to be sent with the next ones. */
const replyMsMax = 1;
const outputBytes = 64 * 1024;
/** An output buffer that grew beyond this is given up after the slice that needed it. */
const outputBytesKept = 1024 * 1024;

invariant(parentPort !== null, 'the thread has a parent');
const port = parentPort;
const { cells, sliceMs, evaluatorModule } = workerData as ThreadSetup;
const replaced: Partial<EvaluatorModule> = evaluatorModule === undefined ? {} : await import(evaluatorModule);
const engine: EvaluatorModule = { createLineEvaluator, createRowsEvaluator, ...replaced };
const lineEvaluators = new Map<string, LineEvaluator>();
const rowsEvaluators = new Map<string, RowsEvaluator>();
let output = new ByteBuffer(outputBytes);
let deadline = 0;
const watch = {
  beforeLine: (index: number) => void Atomics.store(cells, lineCell, index),
  isOver: () => performance.now() >= deadline,
};

port.on('message', (batch: Batch) => {
  let now = performance.now();
  let sentAt = now;
  let replies: SliceReply[] = [];
  deadline = now + sliceMs;
  for (const [index, slice] of batch.slices.entries()) {
    // The first slice is begun in any case, so that every batch makes progress.
    const reply = index > 0 && now >= deadline ? untouched(slice) : evaluate(batch.text, slice, now);
    replies.push(reply);
    now += reply.elapsedMs;
    if (now - sentAt >= replyMsMax || index === batch.slices.length - 1) {
      send(replies);
      replies = [];
      sentAt = now;
    }
  }
});
port.postMessage({ kind: 'ready' } satisfies ThreadMessage);

function evaluate(text: Uint8Array, slice: SliceOrder, startedAt: number): SliceReply {
  Atomics.store(cells, lineCell, 0);
  Atomics.store(cells, sliceCell, slice.id);
  output.clear();
  const result: SliceResult = slice.rows === undefined ? runLines(text, slice) : runRows(text, slice, slice.rows);
  const { count, succeeded, failed, cost } = result;
  const outcomes = output.view().slice();
  const reply: SliceReply = {
    id: slice.id,
    count,
    bytes: result.end - slice.start,
    succeeded,
    failed,
    ...errorsOf(outcomes, failed),
    cost,
    elapsedMs: performance.now() - startedAt,
    totals: result.totals,
    text: outcomes,
  };
  if (output.bytes.length > outputBytesKept) output = new ByteBuffer(outputBytes);
  return reply;
}

/** Only rows have totals. */
type SliceResult = LineRunResult & Partial<Pick<RowRunResult, 'totals'>>;

function runLines(text: Uint8Array, slice: SliceOrder): LineRunResult {
  const { settings } = slice;
  const key = `${settings.mode}:${settings.precision}`;
  const evaluator = keep(lineEvaluators, key, () => engine.createLineEvaluator(settings));
  return evaluateLines({ ...slice, text }, evaluator, output, watch);
}

function runRows(text: Uint8Array, slice: SliceOrder, { program, end, isChunkStart }: RowOrder): RowRunResult {
  const evaluator = keep(rowsEvaluators, program, () => {
    const { table, ...mode } = JSON.parse(program) as KeyedProgram;
    return engine.createRowsEvaluator(table, mode);
  });
  return evaluateRows({ ...slice, text: text.subarray(0, end), isChunkStart }, evaluator, output, watch);
}

function untouched({ id }: SliceOrder): SliceReply {
  const nothing = { count: 0, bytes: 0, succeeded: 0, failed: 0, cost: 0, elapsedMs: 0, totals: undefined };
  return { id, ...nothing, text: new Uint8Array(0) };
}

/** The evaluator of that key, which is created if it is not among those used last. */
function keep<Evaluator>(evaluators: Map<string, Evaluator>, key: string, create: () => Evaluator): Evaluator {
  const evaluator = evaluators.get(key) ?? create();
  evaluators.delete(key);
  evaluators.set(key, evaluator);
  const [oldest] = evaluators.keys();
  if (oldest !== undefined && evaluators.size > evaluatorsMax) evaluators.delete(oldest);
  return evaluator;
}

function send(replies: readonly SliceReply[]): void {
  const message: ThreadMessage = { kind: 'replies', replies };
  port.postMessage(
    message,
    replies.map(({ text }) => text.buffer as ArrayBuffer),
  );
}
