import type { Budget } from '../budget.ts';
import type { ByteBuffer } from '../byte-buffer.ts';
import { noColumns } from '../column-source.ts';
import type { ColumnSource } from '../column-source.ts';
import { constantTable } from '../constant-table.ts';
import { fault } from '../fault.ts';
import { functionTable } from '../function-table.ts';
import { literalText } from '../literal-text.ts';
import { formulasMax } from '../limits.ts';
import type { FormulaMachine } from '../machine.ts';
import { argumentCountShift, instructionBits, instructionMask } from '../opcodes.ts';
import type { opcode } from '../opcodes.ts';
import { unscaled } from '../program.ts';
import type { Program } from '../program.ts';
import { powersOfTen } from '../write-digits.ts';
import { writeBoolean } from '../write-boolean.ts';
import { float64Constants, float64Functions, modulo, remainder } from './functions.ts';
import { power } from './power.ts';
import type { Float64Function } from './float64-function.ts';
import { factorial, float64Predicates } from './whole-functions.ts';
import { writeFloat64 } from './write-float64.ts';

/** Runs programs on doubles. Booleans share the stack as 0 and 1: the parser has kept them apart. */
export class Float64Machine implements FormulaMachine {
  faultIndex = 0;
  columns: ColumnSource = noColumns;
  /** Results of formulas; NaN, which no result is, for none. */
  private readonly kept = new Float64Array(formulasMax).fill(Number.NaN);
  private stack = new Float64Array(256);
  private readonly constants = Float64Array.from(constantTable, ({ name }) => float64Constants.get(name) ?? Number.NaN);
  private readonly functions: readonly Float64Function[] = functionTable.map(({ name }) => {
    const predicate = float64Predicates.get(name);
    if (predicate !== undefined) return (values, base, count, budget) => Number(predicate(values, base, count, budget));
    return float64Functions.get(name) ?? unavailable;
  });

  execute(program: Program, input: Uint8Array, lineEnd: number, budget: Budget, output: ByteBuffer): void {
    if (this.stack.length < program.stackMax) this.stack = new Float64Array(program.stackMax);
    const result = this.run(program, input, lineEnd, budget);
    if (program.isTruthValue) writeBoolean(result === 1, output);
    else writeFloat64(result, output);
  }

  keep(formula: number): void {
    this.kept[formula] = this.stack[0] as number;
  }

  forget(formula: number): void {
    this.kept[formula] = Number.NaN;
  }

  private run(program: Program, input: Uint8Array, lineEnd: number, budget: Budget): number {
    const { code, exponents, mantissas, length } = program;
    const stack = this.stack;
    let top = -1;
    for (let index = 0; index < length; index += 1) {
      const word = code[index] as number;
      switch (word & instructionMask) {
        case 0 satisfies typeof opcode.literal: {
          const literal = word >> instructionBits;
          top += 1;
          stack[top] =
            exponents[literal] === 0
              ? (mantissas[literal] as number)
              : this.literal(program, index, literal, input, lineEnd);
          break;
        }
        case 1 satisfies typeof opcode.constant:
          top += 1;
          stack[top] = this.constants[word >> instructionBits] as number;
          break;
        case 2 satisfies typeof opcode.add:
          top -= 1;
          stack[top] = this.checked((stack[top] as number) + (stack[top + 1] as number), index);
          break;
        case 3 satisfies typeof opcode.subtract:
          top -= 1;
          stack[top] = this.checked((stack[top] as number) - (stack[top + 1] as number), index);
          break;
        case 4 satisfies typeof opcode.multiply:
          top -= 1;
          stack[top] = this.checked((stack[top] as number) * (stack[top + 1] as number), index);
          break;
        case 5 satisfies typeof opcode.divide:
          top -= 1;
          if (stack[top + 1] === 0) this.divisionByZero(index);
          stack[top] = this.checked((stack[top] as number) / (stack[top + 1] as number), index);
          break;
        case 6 satisfies typeof opcode.remainder:
          top -= 1;
          this.faultIndex = index;
          stack[top] = remainder(stack[top] as number, stack[top + 1] as number);
          break;
        case 7 satisfies typeof opcode.modulo:
          top -= 1;
          this.faultIndex = index;
          stack[top] = modulo(stack[top] as number, stack[top + 1] as number);
          break;
        case 8 satisfies typeof opcode.power:
          top -= 1;
          this.faultIndex = index;
          stack[top] = this.checked(power(stack[top] as number, stack[top + 1] as number, budget), index);
          break;
        case 9 satisfies typeof opcode.negate:
          stack[top] = -(stack[top] as number);
          break;
        case 10 satisfies typeof opcode.factorial:
          this.faultIndex = index;
          stack[top] = factorial(stack[top] as number);
          break;
        case 11 satisfies typeof opcode.equal:
        case 17 satisfies typeof opcode.same:
          top -= 1;
          stack[top] = stack[top] === stack[top + 1] ? 1 : 0;
          break;
        case 12 satisfies typeof opcode.notEqual:
        case 18 satisfies typeof opcode.different:
          top -= 1;
          stack[top] = stack[top] === stack[top + 1] ? 0 : 1;
          break;
        case 13 satisfies typeof opcode.less:
          top -= 1;
          stack[top] = (stack[top] as number) < (stack[top + 1] as number) ? 1 : 0;
          break;
        case 14 satisfies typeof opcode.lessOrEqual:
          top -= 1;
          stack[top] = (stack[top] as number) <= (stack[top + 1] as number) ? 1 : 0;
          break;
        case 15 satisfies typeof opcode.greater:
          top -= 1;
          stack[top] = (stack[top] as number) > (stack[top + 1] as number) ? 1 : 0;
          break;
        case 16 satisfies typeof opcode.greaterOrEqual:
          top -= 1;
          stack[top] = (stack[top] as number) >= (stack[top + 1] as number) ? 1 : 0;
          break;
        case 19 satisfies typeof opcode.not:
          stack[top] = 1 - (stack[top] as number);
          break;
        case 20 satisfies typeof opcode.truth:
          top += 1;
          stack[top] = word >> instructionBits;
          break;
        case 21 satisfies typeof opcode.jump:
          index = (word >> instructionBits) - 1;
          break;
        case 22 satisfies typeof opcode.jumpIfFalse:
          if (stack[top] === 0) index = (word >> instructionBits) - 1;
          top -= 1;
          break;
        case 23 satisfies typeof opcode.and:
          if (stack[top] === 0) index = (word >> instructionBits) - 1;
          else top -= 1;
          break;
        case 24 satisfies typeof opcode.or:
          if (stack[top] === 1) index = (word >> instructionBits) - 1;
          else top -= 1;
          break;
        case 25 satisfies typeof opcode.call:
        case 26 satisfies typeof opcode.callPredicate: {
          const count = word >> argumentCountShift;
          const compute = this.functions[(word >> instructionBits) & instructionMask] as Float64Function;
          top -= count - 1;
          this.faultIndex = index;
          stack[top] = this.checked(compute(stack, top, count, budget), index);
          break;
        }
        case 27 satisfies typeof opcode.column:
          this.faultIndex = index;
          top += 1;
          stack[top] = this.column(word >> instructionBits);
          break;
        case 28 satisfies typeof opcode.result:
          top += 1;
          stack[top] = this.kept[word >> instructionBits] as number;
          if (Number.isNaN(stack[top])) {
            this.faultIndex = index;
            this.columns.failResult(word >> instructionBits);
          }
          break;
        case 29 satisfies typeof opcode.isText:
          top += 1;
          stack[top] = Number(this.columns.isText(word >> instructionBits));
          break;
        case 30 satisfies typeof opcode.matchKey:
          stack[top] = stack[top] === stack[top - 1] ? 1 : 0;
          break;
        case 31 satisfies typeof opcode.dropBelow:
          top -= 1;
          stack[top] = stack[top + 1] as number;
          break;
        default:
      }
    }
    return stack[0] as number;
  }

  private checked(value: number, index: number): number {
    if (value - value === 0) return value;
    this.faultIndex = index;
    if (Number.isNaN(value)) fault('DOMAIN', 'The result is not defined for these numbers.');
    fault('OVERFLOW', 'The result is beyond the largest double, about 1.8e308; decimal mode goes up to 1e6144.');
  }

  private divisionByZero(index: number): never {
    this.faultIndex = index;
    fault('DIV0', 'Division by zero.');
  }

  private literal(program: Program, index: number, literal: number, input: Uint8Array, lineEnd: number): number {
    const exponent = program.exponents[literal] as number;
    if (exponent !== unscaled && exponent >= -22 && exponent <= 22) {
      return scaledDouble(program.mantissas[literal] as number, exponent);
    }
    return this.checked(Number(literalText(input, program.origins[index] as number, lineEnd)), index);
  }

  private column(column: number): number {
    const { columns } = this;
    if (!columns.read(column)) {
      const size = this.checked(Number(columns.literal(column)), this.faultIndex);
      return columns.isNegative ? -size : size;
    }
    const { mantissa, exponent } = columns;
    return exponent >= -22 && exponent <= 22
      ? scaledDouble(mantissa, exponent)
      : this.checked(mantissa === 0 ? mantissa : Number(`${mantissa}e${exponent}`), this.faultIndex);
  }
}

/** Below 2^53 and up to 10^22 both factors are exact, so that the one rounding is the right one (Clinger 1990). */
function scaledDouble(mantissa: number, exponent: number): number {
  return exponent < 0 ? mantissa / (powersOfTen[-exponent] as number) : mantissa * (powersOfTen[exponent] as number);
}

function unavailable(): never {
  // The parser rejects names that the mode does not have.
  throw new Error('A program calls a function that float64 mode does not have.');
}
