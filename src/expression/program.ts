import { argumentCountShift, instructionBits } from './opcodes.ts';

/** The exponent of a literal that is not an integer below 2^53 times a power of ten: its value must be read from the line. */
export const unscaled = 0x7fff_ffff;

const capacityMin = 256;

/**
 * One parsed line: a flat program for a stack machine, in arrays that are used again for the next line.
 * Types are settled while parsing (see the parser), so a machine never checks whether a value is a number or a Boolean.
 */
export class Program {
  /** Instructions, see `opcode`. */
  code = new Int32Array(0);
  /** Where in the input the operator, name or number of each instruction begins. */
  origins = new Int32Array(0);
  length = 0;
  /** A literal is mantissa × 10^exponent exactly, unless its exponent is `unscaled`. */
  mantissas = new Float64Array(0);
  exponents = new Int32Array(0);
  literals = 0;
  /** Fixed cost units of all operators and calls, whether or not a condition skips them. */
  cost = 0;
  isTruthValue = false;
  /** Where the jump that was patched last leads: the value before it is one of several. Kept for formulas, whose parsers read one program each. */
  landing = 0;

  /** Empties the program for a line of `bytes` bytes. No line has more instructions, literals or stacked values than that. */
  reset(bytes: number): void {
    if (bytes >= this.code.length) this.#grow(bytes);
    this.length = 0;
    this.literals = 0;
    this.cost = 1;
    this.isTruthValue = false;
  }

  /** How many values the program can have on the stack at the same time, at most. */
  get stackMax(): number {
    return this.code.length;
  }

  emit(instruction: number, argument: number, origin: number): void {
    this.code[this.length] = instruction | (argument << instructionBits);
    this.origins[this.length] = origin;
    this.length += 1;
  }

  emitCall(instruction: number, functionIndex: number, argumentCount: number, origin: number): void {
    this.code[this.length] = instruction | (functionIndex << instructionBits) | (argumentCount << argumentCountShift);
    this.origins[this.length] = origin;
    this.length += 1;
  }

  addLiteral(mantissa: number, exponent: number, origin: number): void {
    this.mantissas[this.literals] = mantissa;
    this.exponents[this.literals] = exponent;
    this.code[this.length] = this.literals << instructionBits; // opcode.literal is 0
    this.origins[this.length] = origin;
    this.length += 1;
    this.literals += 1;
  }

  /** Makes the jump at `index` lead to the next instruction to be emitted. */
  landHere(index: number): void {
    this.code[index] = (this.code[index] as number) | (this.length << instructionBits);
    this.landing = this.length;
  }

  #grow(bytes: number): void {
    const capacity = Math.max(capacityMin, bytes + 1, this.code.length * 2);
    this.code = new Int32Array(capacity);
    this.origins = new Int32Array(capacity);
    this.mantissas = new Float64Array(capacity);
    this.exponents = new Int32Array(capacity);
  }
}
