/** The program of a worker thread: takes batches of slices, evaluates them, answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../engine/index.ts';
import { ByteBuffer, createLineEvaluator, type EvaluationSettings, type LineEvaluator } from '../expression/index.ts';
import { evaluateLines } from './evaluate-chunk.ts';
import {
  lineCell,
  sliceCell,
  type Batch,
  type EvaluatorModule,
  type SliceOrder,
  type SliceReply,
  type ThreadMessage,
  type ThreadSetup,
} from './protocol.ts';

/** Evaluators keep their working memory, so only a few are kept: jobs that run at the same time rarely have more settings. */
const evaluatorsMax = 8;
/** Milliseconds for which an answer is kept, to be sent with the next ones. */
const replyMsMax = 1;
const outputBytes = 64 * 1024;
/** An output buffer that grew beyond this is given up after the slice that needed it. */
const outputBytesKept = 1024 * 1024;

invariant(parentPort !== null, 'the thread has a parent');
const port = parentPort;
const { cells, sliceMs, evaluatorModule } = workerData as ThreadSetup;
const engine: EvaluatorModule = evaluatorModule === undefined ? { createLineEvaluator } : await import(evaluatorModule);
const evaluators = new Map<string, LineEvaluator>();
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
  const result = evaluateLines({ ...slice, text }, evaluatorFor(slice.settings), output, watch);
  const { count, succeeded, failed, cost } = result;
  const reply: SliceReply = {
    id: slice.id,
    count,
    bytes: result.end - slice.start,
    succeeded,
    failed,
    cost,
    elapsedMs: performance.now() - startedAt,
    text: output.view().slice(),
  };
  if (output.bytes.length > outputBytesKept) output = new ByteBuffer(outputBytes);
  return reply;
}

function untouched({ id }: SliceOrder): SliceReply {
  const nothing = { count: 0, bytes: 0, succeeded: 0, failed: 0, cost: 0, elapsedMs: 0 };
  return { id, ...nothing, text: new Uint8Array(0) };
}

function evaluatorFor(settings: EvaluationSettings): LineEvaluator {
  const key = `${settings.mode}:${settings.precision}`;
  const known = evaluators.get(key);
  if (known !== undefined) return known;
  const [oldest] = evaluators.keys();
  if (oldest !== undefined && evaluators.size >= evaluatorsMax) evaluators.delete(oldest);
  const created = engine.createLineEvaluator(settings);
  evaluators.set(key, created);
  return created;
}

function send(replies: readonly SliceReply[]): void {
  const message: ThreadMessage = { kind: 'replies', replies };
  port.postMessage(
    message,
    replies.map(({ text }) => text.buffer as ArrayBuffer),
  );
}
