import { instructionBits, opcode } from './opcodes.ts';
import type { Program } from './program.ts';
import { operatorCost, powerCost } from './syntax.ts';

/** Operators and brackets that can wait for their operands at once: few lines have as many, and those take the long way. */
const pendingMax = 32;

/** Fifteen digits are below 2^53, so that a machine number holds them exactly. */
const digitsMax = 15;

/** What waits on the stack: the instruction of an operator, or `opening` for a bracket and for the beginning of the line. */
const opening = 0;
const waiting = new Int32Array(pendingMax);
const places = new Int32Array(pendingMax);

/** By instruction: how tightly it binds. */
const precedences = new Uint8Array(16);
precedences[opcode.add] = 1;
precedences[opcode.subtract] = 1;
precedences[opcode.multiply] = 2;
precedences[opcode.divide] = 2;
precedences[opcode.negate] = 3;
precedences[opcode.power] = 4;

/**
 * Parses the lines that nearly all of a file's lines are: plain numbers, `+ - * / ^`, brackets, spaces. Returns false as
 * soon as anything else is met, a mistake for example: then the parser reads the line from its start, and `program` is as
 * it was. What this makes of a line is what the parser makes of it (a property test compares them), in one loop whose
 * state is in local variables, which takes a quarter of the time.
 */
export function parsePlainLine(input: Uint8Array, start: number, end: number, program: Program): boolean {
  const { code, origins, mantissas, exponents } = program;
  let position = start;
  let length = 0;
  let literals = 0;
  let cost = 1;
  let top = 0;
  let byte = 0;
  waiting[0] = opening;
  for (;;) {
    // Up to the number: spaces, signs and opening brackets.
    for (;;) {
      if (position >= end) return false;
      byte = input[position] as number;
      if (byte !== 0x20) {
        if (byte > 0x2f) break;
        if (byte !== 0x28 && byte !== 0x2d) return false;
        top += 1;
        if (top === pendingMax) return false;
        waiting[top] = byte === 0x28 ? opening : opcode.negate;
        places[top] = position;
      }
      position += 1;
    }

    const numberStart = position;
    let mantissa = byte - 0x30;
    if (mantissa > 9) return false;
    position += 1;
    let exponent = 0;
    while (position < end) {
      byte = input[position] as number;
      const digit = byte - 0x30;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      position += 1;
    }
    if (position < end && byte === 0x2e) {
      const point = position;
      position += 1;
      while (position < end) {
        byte = input[position] as number;
        const digit = byte - 0x30;
        if (digit < 0 || digit > 9) break;
        mantissa = mantissa * 10 + digit;
        position += 1;
      }
      exponent = point + 1 - position;
      if (exponent === 0) return false;
    }
    if (position - numberStart > digitsMax) return false;
    mantissas[literals] = mantissa;
    exponents[literals] = exponent;
    code[length] = literals << instructionBits; // opcode.literal is 0
    origins[length] = numberStart;
    literals += 1;
    length += 1;

    // Up to the operator: spaces and closing brackets.
    let instruction = 0;
    while (instruction === 0) {
      if (position >= end) byte = -1;
      else {
        byte = input[position] as number;
        if (byte === 0x20) {
          position += 1;
          continue;
        }
      }
      switch (byte) {
        case 0x2b: // +
          instruction = opcode.add;
          break;
        case 0x2d: // -
          instruction = opcode.subtract;
          break;
        case 0x2a: // * but not **
          if (position + 1 < end && input[position + 1] === 0x2a) return false;
          instruction = opcode.multiply;
          break;
        case 0x2f: // / but no comment
          if (position + 1 < end && input[position + 1] === 0x2f) return false;
          instruction = opcode.divide;
          break;
        case 0x5e: // ^
          instruction = opcode.power;
          break;
        case 0x29: // )
        case -1: // the end
          break;
        default:
          return false;
      }

      // Emits what binds tighter than this operator: powers group from the right, so that none binds tighter than another.
      const bound = instruction === opcode.power ? 5 : Math.max(1, precedences[instruction] as number);
      let kind = waiting[top] as number;
      while ((precedences[kind] as number) >= bound) {
        code[length] = kind;
        origins[length] = places[top] as number;
        length += 1;
        cost += kind === opcode.power ? powerCost : operatorCost;
        top -= 1;
        kind = waiting[top] as number;
      }
      if (instruction !== 0) {
        top += 1;
        if (top === pendingMax) return false;
        waiting[top] = instruction;
        places[top] = position;
      } else if (byte === -1) {
        if (top !== 0) return false;
        program.length = length;
        program.literals = literals;
        program.cost = cost;
        return true;
      } else {
        if (top === 0) return false;
        top -= 1;
      }
      position += 1;
    }
  }
}
