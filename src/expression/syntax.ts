import { opcode } from './opcodes.ts';

/**
 * Entries of the parser's stack of pending operators, numbered so that the binary operators of numbers are contiguous.
 * Parentheses and the like have precedence 0: no operator reaches past them.
 */
export const pending = {
  line: 0,
  parenthesis: 1,
  call: 2,
  condition: 3,
  question: 4,
  otherwise: 5,
  or: 6,
  and: 7,
  not: 8,
  equal: 9,
  notEqual: 10,
  less: 11,
  lessOrEqual: 12,
  greater: 13,
  greaterOrEqual: 14,
  add: 15,
  subtract: 16,
  multiply: 17,
  divide: 18,
  remainder: 19,
  modulo: 20,
  power: 21,
  plus: 22,
  minus: 23,
  exclamation: 24,
  /** Of formulas alone. */
  match: 25,
  /** Of formulas alone. */
  fixed: 26,
} as const;

export const comparisonPrecedence = 8;
export const powerPrecedence = 16;

/** By pending kind: how tightly it binds; see the operator table for what users read. */
export const precedences = Uint8Array.from([
  0, 0, 0, 0, 0, 1, 2, 4, 6, 8, 8, 8, 8, 8, 8, 10, 10, 12, 12, 12, 12, 16, 14, 14, 14, 0, 0,
]);

/** By pending kind: 1 if a line can pile it up without end, so that it counts for the depth limit. */
export const nesting = Uint8Array.from([
  0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
]);

/** By pending kind: the instruction it becomes; 0 if none. */
export const instructions = Uint8Array.from([
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  opcode.not,
  opcode.equal,
  opcode.notEqual,
  opcode.less,
  opcode.lessOrEqual,
  opcode.greater,
  opcode.greaterOrEqual,
  opcode.add,
  opcode.subtract,
  opcode.multiply,
  opcode.divide,
  opcode.remainder,
  opcode.modulo,
  opcode.power,
  0,
  opcode.negate,
  opcode.not,
  0,
  0,
]);

/** Fixed cost units by instruction; calls have theirs in the function table. */
export const powerCost = 2;
export const operatorCost = 1;
