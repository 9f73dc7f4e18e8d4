import type { Budget } from './budget.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { Program } from './program.ts';

/** Runs programs in one number mode. */
export interface Machine {
  /** The instruction that was running when `execute` threw an OperationFault. */
  readonly faultIndex: number;
  /** Runs the program of the line that ends at input[lineEnd] and appends the result text to `output`, or throws an OperationFault. */
  execute(program: Program, input: Uint8Array, lineEnd: number, budget: Budget, output: ByteBuffer): void;
}
