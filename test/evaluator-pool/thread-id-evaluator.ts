/** An evaluator for tests: the result of a line is the id of the thread that evaluates it, for as many milliseconds as the line says. */
import { threadId } from 'node:worker_threads';
import type { ByteBuffer, LineEvaluator } from '../../src/expression/index.ts';

const signal = new Int32Array(new SharedArrayBuffer(4));

export function createLineEvaluator(): LineEvaluator {
  return {
    cost: 10_000,
    evaluateText() {
      throw new Error('the pool evaluates bytes');
    },
    evaluateBytes(input: Uint8Array, start: number, end: number, output: ByteBuffer) {
      Atomics.wait(signal, 0, 0, Number(Buffer.from(input.subarray(start, end)).toString()));
      output.writeAscii(String(threadId));
      return undefined;
    },
  };
}
