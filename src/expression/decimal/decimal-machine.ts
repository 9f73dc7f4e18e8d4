import type { Arithmetic } from '../arithmetic.ts';
import type { Budget } from '../budget.ts';
import type { ByteBuffer } from '../byte-buffer.ts';
import { noColumns } from '../column-source.ts';
import type { ColumnSource } from '../column-source.ts';
import { functionTable } from '../function-table.ts';
import { GeneralMachine } from '../general-machine.ts';
import type { FormulaMachine } from '../machine.ts';
import { argumentCountShift, instructionBits, instructionMask } from '../opcodes.ts';
import type { opcode } from '../opcodes.ts';
import type { Program } from '../program.ts';
import { writeBoolean } from '../write-boolean.ts';
import { scaledFunctions } from './scaled-functions.ts';
import type { ScaledFunction } from './scaled-functions.ts';
import { KeptResults } from './kept-results.ts';
import { ScaledStack, truthMark } from './scaled-stack.ts';
import { writeScaled } from './write-scaled.ts';

/**
 * Runs decimal programs on machine numbers for as long as every value is exact there, which is the whole program for
 * most lines. From the first instruction that does not fit on, the general machine continues with the values so far:
 * they are exact, so the answer is the same as if it had run the line from its start. Faults are found only there.
 */
export class DecimalMachine<V> implements FormulaMachine {
  private readonly scaledResult: (mantissa: number, exponent: number) => V;
  private readonly precision: number;
  private readonly general: GeneralMachine<V>;
  private readonly stack: ScaledStack;
  private readonly functions: readonly (ScaledFunction | undefined)[];
  private readonly kept = new KeptResults();
  private source: ColumnSource = noColumns;
  /** Whether the general machine had to finish the program that ran last. */
  private isHandedOver = false;
  /** The value stack's last index when `run` stopped. */
  private top = -1;

  constructor(arithmetic: Arithmetic<V>, precision: number) {
    if (arithmetic.scaledResult === undefined)
      throw new TypeError('The decimal machine needs an arithmetic with scaledResult.');
    this.scaledResult = arithmetic.scaledResult.bind(arithmetic);
    this.precision = precision;
    this.general = new GeneralMachine(arithmetic);
    this.stack = new ScaledStack(precision);
    this.functions = functionTable.map(({ name }) => scaledFunctions.get(name));
  }

  get faultIndex(): number {
    return this.general.faultIndex;
  }

  get columns(): ColumnSource {
    return this.source;
  }

  set columns(columns: ColumnSource) {
    this.source = columns;
    this.general.columns = columns;
  }

  execute(program: Program, input: Uint8Array, lineEnd: number, budget: Budget, output: ByteBuffer): void {
    const { stack } = this;
    stack.ensureCapacity(program.stackMax);
    const stopped = this.run(program);
    this.isHandedOver = stopped < program.length;
    if (stopped < program.length) {
      this.handOver();
      this.general.resume(program, stopped, input, lineEnd, budget, output);
    } else if (program.isTruthValue) {
      writeBoolean(stack.isTrue(0), output);
    } else {
      writeScaled(stack.mantissas[0] as number, stack.exponents[0] as number, this.precision, output);
    }
  }

  keep(formula: number): void {
    this.general.forget(formula);
    this.kept.forget(formula);
    if (this.isHandedOver) this.general.keep(formula);
    else this.kept.keep(formula, this.stack);
  }

  forget(formula: number): void {
    this.general.forget(formula);
    this.kept.forget(formula);
  }

  private handOver(): void {
    const { general, stack } = this;
    general.clear();
    for (let index = 0; index <= this.top; index += 1) {
      const exponent = stack.exponents[index] as number;
      if (exponent === truthMark) general.pushTruth(stack.isTrue(index));
      else general.pushNumber(this.scaledResult(stack.mantissas[index] as number, exponent));
    }
    if (this.kept.hasAny) this.lendResults();
  }

  private lendResults(): void {
    const { general, kept } = this;
    kept.forEach((formula, mantissa, exponent) => {
      general.lend(formula, exponent === truthMark ? mantissa === 1 : this.scaledResult(mantissa, exponent));
    });
  }

  /** Returns the first instruction that could not be done, or the program's length. */
  private run(program: Program): number {
    const { code, exponents, mantissas, length } = program;
    const { stack } = this;
    let top = -1;
    let index = 0;
    for (; index < length; index += 1) {
      const word = code[index] as number;
      let fits = true;
      switch (word & instructionMask) {
        case 0 satisfies typeof opcode.literal: {
          const literal = word >> instructionBits;
          fits = stack.setLiteral(top + 1, mantissas[literal] as number, exponents[literal] as number);
          if (fits) top += 1;
          break;
        }
        case 2 satisfies typeof opcode.add:
          fits = stack.add(top - 1);
          if (fits) top -= 1;
          break;
        case 3 satisfies typeof opcode.subtract:
          fits = stack.subtract(top - 1);
          if (fits) top -= 1;
          break;
        case 4 satisfies typeof opcode.multiply:
          fits = stack.multiply(top - 1);
          if (fits) top -= 1;
          break;
        case 5 satisfies typeof opcode.divide:
          fits = stack.divide(top - 1);
          if (fits) top -= 1;
          break;
        case 6 satisfies typeof opcode.remainder:
          fits = stack.remainder(top - 1);
          if (fits) top -= 1;
          break;
        case 7 satisfies typeof opcode.modulo:
          fits = stack.modulo(top - 1);
          if (fits) top -= 1;
          break;
        case 8 satisfies typeof opcode.power:
          fits = stack.power(top - 1);
          if (fits) top -= 1;
          break;
        case 9 satisfies typeof opcode.negate:
          fits = stack.negate(top);
          break;
        case 10 satisfies typeof opcode.factorial:
          fits = stack.factorial(top);
          break;
        case 11 satisfies typeof opcode.equal:
        case 12 satisfies typeof opcode.notEqual:
        case 13 satisfies typeof opcode.less:
        case 14 satisfies typeof opcode.lessOrEqual:
        case 15 satisfies typeof opcode.greater:
        case 16 satisfies typeof opcode.greaterOrEqual:
          fits = stack.compare(top - 1, word & instructionMask);
          if (fits) top -= 1;
          break;
        case 17 satisfies typeof opcode.same:
          top -= 1;
          stack.setTruth(top, stack.isTrue(top) === stack.isTrue(top + 1));
          break;
        case 18 satisfies typeof opcode.different:
          top -= 1;
          stack.setTruth(top, stack.isTrue(top) !== stack.isTrue(top + 1));
          break;
        case 19 satisfies typeof opcode.not:
          stack.setTruth(top, !stack.isTrue(top));
          break;
        case 20 satisfies typeof opcode.truth:
          top += 1;
          stack.setTruth(top, word >> instructionBits === 1);
          break;
        case 21 satisfies typeof opcode.jump:
          index = (word >> instructionBits) - 1;
          break;
        case 22 satisfies typeof opcode.jumpIfFalse:
          if (!stack.isTrue(top)) index = (word >> instructionBits) - 1;
          top -= 1;
          break;
        case 23 satisfies typeof opcode.and:
          if (stack.isTrue(top)) top -= 1;
          else index = (word >> instructionBits) - 1;
          break;
        case 24 satisfies typeof opcode.or:
          if (stack.isTrue(top)) index = (word >> instructionBits) - 1;
          else top -= 1;
          break;
        case 25 satisfies typeof opcode.call: {
          const count = word >> argumentCountShift;
          const compute = this.functions[(word >> instructionBits) & instructionMask];
          fits = compute !== undefined && compute(stack, top - count + 1, count);
          if (fits) top -= count - 1;
          break;
        }
        case 27 satisfies typeof opcode.column: {
          const { source } = this;
          fits = source.read(word >> instructionBits) && stack.setLiteral(top + 1, source.mantissa, source.exponent);
          if (fits) top += 1;
          break;
        }
        case 28 satisfies typeof opcode.result:
          fits = this.kept.restore(word >> instructionBits, stack, top + 1);
          if (fits) top += 1;
          break;
        case 29 satisfies typeof opcode.isText:
          top += 1;
          stack.setTruth(top, this.source.isText(word >> instructionBits));
          break;
        case 30 satisfies typeof opcode.matchKey:
          fits = stack.matchKey(top);
          break;
        case 31 satisfies typeof opcode.dropBelow:
          top -= 1;
          stack.copy(top, top + 1);
          break;
        default: // constants and predicates
          fits = false;
      }
      if (!fits) break;
    }
    this.top = top;
    return index;
  }
}
