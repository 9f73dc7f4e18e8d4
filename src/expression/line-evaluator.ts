import { Budget } from './budget.ts';
import { DecimalMachine } from './decimal/decimal-machine.ts';
import { ByteBuffer } from './byte-buffer.ts';
import type { OperationError } from './error-codes.ts';
import { OperationFault } from './fault.ts';
import { Float64Machine } from './float64/float64-machine.ts';
import { GeneralMachine } from './general-machine.ts';
import { lineBytesMax, precisionMax, precisionMin } from './limits.ts';
import type { FormulaMachine, Machine } from './machine.ts';
import type { NumberMode } from './number-mode.ts';
import { createBigintArithmetic } from './numbers/bigint-arithmetic.ts';
import { createDecimalArithmetic } from './numbers/decimal-arithmetic.ts';
import { createRationalArithmetic } from './numbers/rational-arithmetic.ts';
import { Parser } from './parser.ts';
import { LineFault, tokenEnd } from './scanner.ts';
import { encodeUtf8, utf16Length } from './utf8.ts';

export interface EvaluationSettings {
  readonly mode: NumberMode;
  /** Significant decimal digits, 1 to 100; the other modes than decimal have no use for it. */
  readonly precision: number;
}

/** The outcome of a line, and the cost units it used. */
export type Outcome =
  | { readonly kind: 'result'; readonly text: string; readonly cost: number }
  | { readonly kind: 'error'; readonly error: OperationError; readonly cost: number };

/** Evaluates lines, one at a time. Keeps its working memory from line to line: one evaluator for each thread and job. */
export interface LineEvaluator {
  evaluateText(line: string): Outcome;
  /**
   * Evaluates the UTF-8 bytes input[start, end) as one line, which has no line end in it, and appends the result text to
   * `output`. Returns undefined, or the error; then nothing has been appended.
   */
  evaluateBytes(input: Uint8Array, start: number, end: number, output: ByteBuffer): OperationError | undefined;
  /** Cost units of the line evaluated last. */
  readonly cost: number;
}

/** Throws a RangeError when the precision is not an integer from 1 to 100. */
export function createLineEvaluator(settings: EvaluationSettings): LineEvaluator {
  const { mode, precision } = settings;
  if (!Number.isInteger(precision) || precision < precisionMin || precision > precisionMax) {
    throw new RangeError(`The precision must be an integer from ${precisionMin} to ${precisionMax}.`);
  }
  return new ProgramEvaluator(new Parser(mode), createMachine(mode, precision));
}

export function createMachine(mode: NumberMode, precision: number): FormulaMachine {
  switch (mode) {
    case 'float64':
      return new Float64Machine();
    case 'decimal':
      return new DecimalMachine(createDecimalArithmetic(precision), precision);
    case 'rational':
      return new GeneralMachine(createRationalArithmetic());
    case 'bigint':
      return new GeneralMachine(createBigintArithmetic());
  }
}

/** The evaluator of one machine. */
export class ProgramEvaluator implements LineEvaluator {
  private readonly parser: Parser;
  private readonly machine: Machine;
  private readonly budget = new Budget();
  private readonly result = new ByteBuffer();
  private encoded = new Uint8Array(1_024);

  constructor(parser: Parser, machine: Machine) {
    this.parser = parser;
    this.machine = machine;
  }

  get cost(): number {
    return this.budget.used;
  }

  evaluateText(line: string): Outcome {
    // Each unit is at least one byte, so what is cut off here is too long anyway.
    const text = line.length > lineBytesMax ? line.slice(0, lineBytesMax + 1) : line;
    if (this.encoded.length < text.length * 3) this.encoded = new Uint8Array(text.length * 3);
    const length = encodeUtf8(text, this.encoded);
    this.result.clear();
    const error = this.evaluateBytes(this.encoded, 0, length, this.result);
    const cost = this.cost;
    return error === undefined
      ? { kind: 'result', text: this.result.asciiText(), cost }
      : { kind: 'error', error, cost };
  }

  evaluateBytes(input: Uint8Array, start: number, end: number, output: ByteBuffer): OperationError | undefined {
    const length = output.length;
    const { parser, budget } = this;
    budget.reset();
    try {
      parser.parse(input, start, end);
      budget.charge(parser.program.cost);
      this.machine.execute(parser.program, parser.bytes, parser.bytesEnd, budget, output);
      return undefined;
    } catch (thrown) {
      output.length = length;
      if (!(thrown instanceof OperationFault)) throw thrown;
      if (thrown instanceof LineFault) budget.charge(parser.program.cost);
      return this.locate(thrown, input, start);
    }
  }

  private locate(thrown: OperationFault, input: Uint8Array, start: number): OperationError {
    const { parser } = this;
    const isLine = thrown instanceof LineFault;
    const from = isLine ? thrown.start : (parser.program.origins[this.machine.faultIndex] as number);
    const to = isLine ? thrown.end : tokenEnd(parser.bytes, from, parser.bytesEnd);
    const column = utf16Length(input, start, parser.placeOf(from)) + 1;
    const width = utf16Length(input, parser.placeOf(from), parser.placeOf(to));
    return { code: thrown.code, message: thrown.message, column, endColumn: column + width };
  }
}
