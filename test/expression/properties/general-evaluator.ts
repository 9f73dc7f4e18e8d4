import type { Arithmetic } from '../../../src/expression/arithmetic.ts';
import { Budget } from '../../../src/expression/budget.ts';
import { OperationFault } from '../../../src/expression/fault.ts';
import { GeneralMachine } from '../../../src/expression/general-machine.ts';
import { ByteBuffer } from '../../../src/expression/index.ts';
import type { NumberMode } from '../../../src/expression/index.ts';
import { Parser } from '../../../src/expression/parser.ts';
import { LineFault } from '../../../src/expression/scanner.ts';

/** Evaluates lines of ASCII on the general machine alone, from the first instruction on. Text or error, with place and cost, in one line. */
export function createGeneralEvaluator<V>(mode: NumberMode, arithmetic: Arithmetic<V>): (line: string) => string {
  const parser = new Parser(mode);
  const machine = new GeneralMachine(arithmetic);
  const budget = new Budget();
  const output = new ByteBuffer();
  return (line) => {
    const bytes = new TextEncoder().encode(line);
    output.clear();
    budget.reset();
    try {
      parser.parse(bytes, 0, bytes.length);
      budget.charge(parser.program.cost);
      machine.execute(parser.program, bytes, bytes.length, budget, output);
      return `${output.asciiText()} (${budget.used})`;
    } catch (thrown) {
      if (!(thrown instanceof OperationFault)) throw thrown;
      if (thrown instanceof LineFault) budget.charge(parser.program.cost);
      const start = thrown instanceof LineFault ? thrown.start : (parser.program.origins[machine.faultIndex] ?? -1);
      return `${thrown.code} ${start + 1} ${thrown.message} (${budget.used})`;
    }
  };
}
