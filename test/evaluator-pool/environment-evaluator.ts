/** An evaluator for tests: the result of a line is the environment variable of that name. */
import type { ByteBuffer, LineEvaluator } from '../../src/expression/index.ts';

export function createLineEvaluator(): LineEvaluator {
  return {
    cost: 1,
    evaluateText() {
      throw new Error('the pool evaluates bytes');
    },
    evaluateBytes(input: Uint8Array, start: number, end: number, output: ByteBuffer) {
      output.writeAscii(String(process.env[Buffer.from(input.subarray(start, end)).toString()]));
      return undefined;
    },
  };
}
