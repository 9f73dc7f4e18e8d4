import { functionTable } from './function-table.ts';
import { findName } from './name-table.ts';
import type { NumberMode } from './number-mode.ts';
import type { argumentCountShift, instructionBits } from './opcodes.ts';
import { opcode } from './opcodes.ts';
import type { Program } from './program.ts';
import { operatorCost, powerCost } from './syntax.ts';

/** So long a line may be plain: then none has too many operations, and places within a line take 16 bits. Longer ones are rare. */
export const plainBytesMax = 1_024;

/** Operators, parentheses and calls that can wait for their operands at the same time: few lines have as many, and those take the general path. */
const pendingMax = 32;

/**
 * Tokens that can follow an operand, by byte: `refused`, `blank`, or a word of
 *
 * - 8 bits: an instruction, or `comma`, `closing`, `lineEnd`;
 * - 4 bits: the tightness from which on the operators before it are complete;
 * - 4 bits: how tightly it binds itself;
 * - from bit 16 on: its cost units.
 *
 * The stack of what waits for its operand has the same words, with the place in the line instead of the cost. One word for
 * all: each further array that the loop reads costs it more than a shift.
 */
const followers = new Int32Array(256);
const refused = 0;
const blank = 1;
/** Also what waits at the beginning of the line, and an opening parenthesis: it binds nothing. */
const comma = 0x141;
const closing = 0x142;
const lineEnd = 0x143;
const opening = 0;
const negation = opcode.negate | 0x3000;
const call = opcode.call;

const waiting = new Int32Array(pendingMax);
/** Of calls that wait: the row in the function table, and the arguments that are complete. */
const calls = new Uint8Array(pendingMax);
const counts = new Int32Array(pendingMax);

for (const [symbol, instruction, completes, binds, cost] of [
  ['+', opcode.add, 1, 1, operatorCost],
  ['-', opcode.subtract, 1, 1, operatorCost],
  ['*', opcode.multiply, 2, 2, operatorCost],
  ['/', opcode.divide, 2, 2, operatorCost],
  // Powers group from the right: nothing that waits binds tighter.
  ['^', opcode.power, 5, 4, powerCost],
] as const) {
  followers[symbol.charCodeAt(0)] = instruction | (completes << 8) | (binds << 12) | (cost << 16);
}
followers[0x20] = blank;
followers[0x2c] = comma;
followers[0x29] = closing;

const isWordByte = Uint8Array.from({ length: 256 }, (_, byte) => Number(/\w/.test(String.fromCharCode(byte))));

const arityMin = Int32Array.from(functionTable, ({ arity }) => arity.min);
const arityMax = Int32Array.from(functionTable, ({ arity }) => arity.max);
const functionCosts = Int32Array.from(functionTable, ({ cost }) => cost);

/** By row of the function table: 1 if a plain line may call it, since it makes a number of numbers in this mode. */
export function plainFunctions(mode: NumberMode): Uint8Array {
  return Uint8Array.from(functionTable, ({ returns, modes }) => Number(returns === 'number' && modes.includes(mode)));
}

/**
 * Parses the lines that nearly all of a file's lines are: plain numbers, `+ - * / ^`, parentheses, calls, spaces. Returns
 * false as soon as anything else is met, an error for example: then the parser reads the line from its start, and
 * `program` is as it was. What this makes of a line is what the parser makes of it (a property test compares them), in
 * one loop whose state is in local variables and which uses lookup tables instead of branches: it takes a third of the time.
 *
 * @param functions - see `plainFunctions`
 */
export function parseFastPath(
  input: Uint8Array,
  start: number,
  end: number,
  program: Program,
  functions: Uint8Array,
): boolean {
  // Constants of other modules are read from memory at each use, those of a function are part of its code.
  const indexShift = 8 satisfies typeof instructionBits;
  const countShift = 16 satisfies typeof argumentCountShift;
  const { code, origins, mantissas, exponents } = program;
  let position = start;
  let length = 0;
  let literals = 0;
  let cost = 1;
  let top = 0;
  waiting[0] = opening;
  for (;;) {
    // Up to the number: spaces, signs, opening parentheses, names of functions.
    let byte = 0;
    for (;;) {
      if (position >= end) return false;
      byte = input[position] as number;
      if ((byte ^ 0x30) <= 9) break;
      if (byte !== 0x20) {
        const place = (position - start) << 16;
        top += 1;
        if (top === pendingMax) return false;
        if (byte === 0x28) waiting[top] = opening;
        else if (byte === 0x2d) waiting[top] = place | negation;
        else {
          const nameStart = position;
          while (position < end && isWordByte[input[position] as number] === 1) position += 1;
          if (position === nameStart || position >= end || input[position] !== 0x28) return false;
          const meaning = findName(input, nameStart, position);
          if (meaning === undefined || meaning.kind !== 'function' || functions[meaning.index] !== 1) return false;
          waiting[top] = place | call;
          calls[top] = meaning.index;
          counts[top] = 0;
        }
      }
      position += 1;
    }

    const numberStart = position;
    let mantissa = byte ^ 0x30;
    let exponent = 0;
    position += 1;
    while (position < end) {
      const digit = (input[position] as number) ^ 0x30;
      if (digit > 9) break;
      mantissa = (mantissa * 10 + digit) | 0;
      position += 1;
    }
    if (position < end && input[position] === 0x2e) {
      const fraction = position + 1;
      position = fraction;
      while (position < end) {
        const digit = (input[position] as number) ^ 0x30;
        if (digit > 9) break;
        mantissa = (mantissa * 10 + digit) | 0;
        position += 1;
      }
      exponent = fraction - position;
      if (exponent === 0) return false;
    }
    // Nine digits fit into a machine integer, and fifteen are below 2^53, so that a double holds them exactly.
    const width = position - numberStart;
    if (width > 9) {
      if (width > 15) return false;
      mantissas[literals] = longMantissa(input, numberStart, position);
    } else mantissas[literals] = mantissa;
    exponents[literals] = exponent;
    code[length] = literals << indexShift; // opcode.literal is 0
    origins[length] = numberStart;
    literals += 1;
    length += 1;

    // Up to the next operand: spaces, closing parentheses, and one operator or comma.
    for (;;) {
      const follower = position < end ? (followers[input[position] as number] as number) : lineEnd;
      if (follower <= blank) {
        if (follower === refused) return false;
        position += 1;
        continue;
      }
      const completes = (follower >> 8) & 0xf;
      let pending = waiting[top] as number;
      while (((pending >> 12) & 0xf) >= completes) {
        code[length] = pending & 0xff;
        origins[length] = start + (pending >> 16);
        length += 1;
        top -= 1;
        pending = waiting[top] as number;
        cost += 1;
      }
      if (follower >= 0x1_0000) {
        // No operator is written twice in a plain line: `**`, `//`, and signs that are rare.
        if (position + 1 < end && input[position + 1] === input[position]) return false;
        top += 1;
        if (top === pendingMax) return false;
        waiting[top] = (follower & 0xffff) | ((position - start) << 16);
        cost += (follower >> 16) - 1;
        position += 1;
        break;
      }
      if (follower === lineEnd) {
        if (top !== 0) return false;
        program.length = length;
        program.literals = literals;
        program.cost = cost;
        return true;
      }
      if ((pending & 0xff) === call) {
        const count = (counts[top] as number) + 1;
        counts[top] = count;
        if (follower === closing) {
          const index = calls[top] as number;
          if (count < (arityMin[index] as number) || count > (arityMax[index] as number)) return false;
          code[length] = call | (index << indexShift) | (count << countShift);
          origins[length] = start + (pending >> 16);
          length += 1;
          cost += functionCosts[index] as number;
        }
      } else if (top === 0 || follower === comma) return false;
      position += 1;
      if (follower === comma) break;
      top -= 1;
    }
  }
}

/** The digits of input[start, end) without the point among them. */
function longMantissa(input: Uint8Array, start: number, end: number): number {
  let mantissa = 0;
  for (let position = start; position < end; position += 1) {
    const digit = (input[position] as number) ^ 0x30;
    if (digit <= 9) mantissa = mantissa * 10 + digit;
  }
  return mantissa;
}
