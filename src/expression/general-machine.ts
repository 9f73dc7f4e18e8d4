import type { Arithmetic } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { noColumns } from './column-source.ts';
import type { ColumnSource } from './column-source.ts';
import { constantTable } from './constant-table.ts';
import { functionTable } from './function-table.ts';
import { literalText } from './literal-text.ts';
import type { FormulaMachine } from './machine.ts';
import { argumentCountShift, instructionBits, instructionMask, opcode } from './opcodes.ts';
import { unscaled } from './program.ts';
import type { Program } from './program.ts';
import { writeBoolean } from './write-boolean.ts';

/** 10^19729 has more bits than a number of any mode may have. */
const powerOfTenMax = 20_000;

type NumberFunction<V> = (values: readonly V[], budget: Budget) => V;

/** Runs programs in any arithmetic. Numbers and Booleans have a stack each. */
export class GeneralMachine<V> implements FormulaMachine {
  faultIndex = 0;
  columns: ColumnSource = noColumns;
  private readonly arithmetic: Arithmetic<V>;
  private readonly numbers: V[] = [];
  private readonly truths: boolean[] = [];
  /** Results of formulas. */
  private readonly kept: (V | boolean | undefined)[] = [];
  private isTruthValue = false;
  private readonly functions: readonly (NumberFunction<V> | undefined)[];
  private readonly predicates: readonly (((values: readonly V[], budget: Budget) => boolean) | undefined)[];
  private readonly constants: readonly (((budget: Budget) => V) | undefined)[];

  constructor(arithmetic: Arithmetic<V>) {
    this.arithmetic = arithmetic;
    this.functions = functionTable.map(({ name }) => arithmetic.functions.get(name));
    this.predicates = functionTable.map(({ name }) => arithmetic.predicates.get(name));
    this.constants = constantTable.map(({ name }) => arithmetic.constants.get(name));
  }

  execute(program: Program, input: Uint8Array, lineEnd: number, budget: Budget, output: ByteBuffer): void {
    this.clear();
    this.resume(program, 0, input, lineEnd, budget, output);
  }

  /** Empties the stacks, for a run that begins in the middle: `pushNumber` and `pushTruth` then fill them, and `resume` continues. */
  clear(): void {
    this.numbers.length = 0;
    this.truths.length = 0;
  }

  pushNumber(value: V): void {
    this.numbers.push(value);
  }

  pushTruth(value: boolean): void {
    this.truths.push(value);
  }

  /** Runs the program from the instruction at `start` on. */
  resume(
    program: Program,
    start: number,
    input: Uint8Array,
    lineEnd: number,
    budget: Budget,
    output: ByteBuffer,
  ): void {
    const { code, length } = program;
    const { numbers, truths } = this;
    for (let index = start; index < length; index += 1) {
      this.faultIndex = index;
      const word = code[index] as number;
      const instruction = word & instructionMask;
      if (instruction === opcode.literal) {
        numbers.push(this.literal(program, index, word >> instructionBits, input, lineEnd, budget));
      } else if (instruction < opcode.equal) {
        this.compute(instruction, word >> instructionBits, budget);
      } else if (instruction < opcode.same) {
        this.compare(instruction, budget);
      } else if (instruction < opcode.jump) {
        this.decide(instruction, word >> instructionBits);
      } else if (instruction >= opcode.call) {
        this.call(instruction, word, budget);
      } else if (this.jumps(instruction)) {
        index = (word >> instructionBits) - 1;
      }
    }
    this.isTruthValue = program.isTruthValue;
    if (program.isTruthValue) writeBoolean(truths[0] === true, output);
    else this.arithmetic.write(numbers[0] as V, output);
  }

  keep(formula: number): void {
    const { arithmetic, numbers, truths } = this;
    const value = numbers[0] as V;
    this.kept[formula] = this.isTruthValue ? truths[0] === true : (arithmetic.asResult?.(value) ?? value);
  }

  /** Makes a result that is kept elsewhere known to the formulas that run next. */
  lend(formula: number, value: V | boolean): void {
    this.kept[formula] = value;
  }

  forget(formula: number): void {
    this.kept[formula] = undefined;
  }

  private literal(
    program: Program,
    index: number,
    literal: number,
    input: Uint8Array,
    lineEnd: number,
    budget: Budget,
  ): V {
    const exponent = program.exponents[literal] as number;
    const { arithmetic } = this;
    if (exponent !== unscaled && arithmetic.scaledLiteral !== undefined) {
      return arithmetic.scaledLiteral(program.mantissas[literal] as number, exponent);
    }
    budget.charge(powerOfTenCost(exponent));
    return arithmetic.parseLiteral(literalText(input, program.origins[index] as number, lineEnd), budget);
  }

  /** The instructions that only formulas have. */
  private readRow(instruction: number, detail: number, budget: Budget): void {
    const { columns, numbers, truths } = this;
    if (instruction === opcode.column) numbers.push(this.column(detail, budget));
    else if (instruction === opcode.isText) truths.push(columns.isText(detail));
    else if (instruction === opcode.matchKey) {
      const key = numbers.pop() as V;
      truths.push(this.arithmetic.compare(numbers.at(-1) as V, key, budget) === 0);
    } else if (instruction === opcode.dropBelow) {
      const value = numbers.pop() as V;
      if (detail === 0) numbers[numbers.length - 1] = value;
    } else {
      const value = this.kept[detail] ?? columns.failResult(detail);
      if (typeof value === 'boolean') truths.push(value);
      else numbers.push(value);
    }
  }

  /** The number of a cell is the literal in parentheses that one would write in its place. */
  private column(column: number, budget: Budget): V {
    const { arithmetic, columns } = this;
    if (!columns.read(column)) {
      const value = arithmetic.parseLiteral(columns.literal(column), budget);
      return columns.isNegative ? arithmetic.negate(value) : value;
    }
    const { mantissa, exponent } = columns;
    const size = Math.abs(mantissa);
    if (arithmetic.scaledLiteral === undefined) budget.charge(powerOfTenCost(exponent));
    const value = arithmetic.scaledLiteral?.(size, exponent) ?? this.parsedNumber(size, exponent, budget);
    return mantissa < 0 ? arithmetic.negate(value) : value;
  }

  private parsedNumber(size: number, exponent: number, budget: Budget): V {
    if (exponent === 0) return this.arithmetic.fromInteger(BigInt(size));
    return this.arithmetic.parseLiteral(`${size}e${exponent}`, budget);
  }

  private compute(instruction: number, detail: number, budget: Budget): void {
    const { arithmetic, numbers } = this;
    if (instruction === opcode.constant) {
      const constant = this.constants[detail];
      if (constant === undefined) unavailable();
      numbers.push(constant(budget));
      return;
    }
    const right = numbers.pop() as V;
    if (instruction === opcode.negate) {
      numbers.push(arithmetic.negate(right));
      return;
    }
    if (instruction === opcode.factorial) {
      numbers.push(arithmetic.factorial(right, budget));
      return;
    }
    const left = numbers.pop() as V;
    numbers.push(this.combine(instruction, left, right, budget));
  }

  private combine(instruction: number, left: V, right: V, budget: Budget): V {
    const { arithmetic } = this;
    switch (instruction) {
      case opcode.add:
        return arithmetic.add(left, right, budget);
      case opcode.subtract:
        return arithmetic.subtract(left, right, budget);
      case opcode.multiply:
        return arithmetic.multiply(left, right, budget);
      case opcode.divide:
        return arithmetic.divide(left, right, budget);
      case opcode.remainder:
        return arithmetic.remainder(left, right, budget);
      case opcode.modulo:
        return arithmetic.modulo(left, right, budget);
      default:
        return arithmetic.power(left, right, budget);
    }
  }

  private compare(instruction: number, budget: Budget): void {
    const right = this.numbers.pop() as V;
    const left = this.numbers.pop() as V;
    const order = this.arithmetic.compare(left, right, budget);
    this.truths.push(holds(instruction, order));
  }

  private decide(instruction: number, detail: number): void {
    const { truths } = this;
    if (instruction === opcode.truth) {
      truths.push(detail === 1);
      return;
    }
    const right = truths.pop() as boolean;
    if (instruction === opcode.not) {
      truths.push(!right);
      return;
    }
    const left = truths.pop() as boolean;
    truths.push((left === right) === (instruction === opcode.same));
  }

  /** Whether to jump; takes from the stack what the instruction takes. */
  private jumps(instruction: number): boolean {
    if (instruction === opcode.jump) return true;
    const { truths } = this;
    const value = truths.pop() as boolean;
    if (instruction === opcode.jumpIfFalse) return !value;
    if (value !== (instruction === opcode.or)) return false;
    truths.push(value);
    return true;
  }

  /** Calls a function, or runs an instruction that only formulas have: these are here so that lines do not check for them. */
  private call(instruction: number, word: number, budget: Budget): void {
    if (instruction >= opcode.column) {
      this.readRow(instruction, word >> instructionBits, budget);
      return;
    }
    const { numbers, truths } = this;
    const functionIndex = (word >> instructionBits) & instructionMask;
    const count = word >> argumentCountShift;
    const values = numbers.splice(numbers.length - count, count);
    if (instruction === opcode.callPredicate) {
      const predicate = this.predicates[functionIndex];
      if (predicate === undefined) unavailable();
      truths.push(predicate(values, budget));
      return;
    }
    const compute = this.functions[functionIndex];
    if (compute === undefined) unavailable();
    numbers.push(compute(values, budget));
  }
}

/**
 * Cost of writing out 10^exponent: 1e6000 is six characters, but 20,000 bits. Exponents beyond any mode's numbers are
 * rejected before.
 */
function powerOfTenCost(exponent: number): number {
  const size = Math.abs(exponent);
  return size <= 22 || size > powerOfTenMax ? 0 : Math.ceil((size * size) / 20_000);
}

/** Whether a comparison holds for the order of its sides: negative, zero or positive. */
export function holds(instruction: number, order: number): boolean {
  switch (instruction) {
    case opcode.equal:
      return order === 0;
    case opcode.notEqual:
      return order !== 0;
    case opcode.less:
      return order < 0;
    case opcode.lessOrEqual:
      return order <= 0;
    case opcode.greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

function unavailable(): never {
  // The parser rejects names that the mode does not have.
  throw new Error('A program uses a name that its number mode does not have.');
}
