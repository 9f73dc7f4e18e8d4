import type { Budget } from './budget.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ColumnSource } from './column-source.ts';
import type { Program } from './program.ts';

/** Runs programs in one number mode. */
export interface Machine {
  /** The instruction that was running when `execute` threw an OperationFault. */
  readonly faultIndex: number;
  /** Runs the program of the line that ends at input[lineEnd] and appends the result text to `output`, or throws an OperationFault. */
  execute(program: Program, input: Uint8Array, lineEnd: number, budget: Budget, output: ByteBuffer): void;
}

/** A machine that also runs the programs of formulas, which read columns and use one another's results. */
export interface FormulaMachine extends Machine {
  columns: ColumnSource;
  /** Keeps the result of the program that ran last as that of a formula: the value that was written. */
  keep(formula: number): void;
  /** Forgets the result of a formula. */
  forget(formula: number): void;
}
