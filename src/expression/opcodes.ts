/**
 * The instructions of a program. A code word holds the instruction in its low 8 bits and above them an index (literal,
 * constant), a jump target, or a function index (8 bits) with the number of arguments (16 bits).
 *
 * Machines dispatch on these in a `switch` whose cases are written as `case 2 satisfies typeof opcode.add`: only literal
 * cases compile to a jump table, and the compiler still checks that number and name agree.
 */
export const opcode = {
  literal: 0,
  constant: 1,
  add: 2,
  subtract: 3,
  multiply: 4,
  divide: 5,
  remainder: 6,
  modulo: 7,
  power: 8,
  negate: 9,
  factorial: 10,
  equal: 11,
  notEqual: 12,
  less: 13,
  lessOrEqual: 14,
  greater: 15,
  greaterOrEqual: 16,
  /** Of two Booleans. */
  same: 17,
  /** Of two Booleans. */
  different: 18,
  not: 19,
  truth: 20,
  jump: 21,
  /** Takes the Boolean off the stack. */
  jumpIfFalse: 22,
  /** Leaves a false on the stack and jumps, or takes a true off it. */
  and: 23,
  /** Leaves a true on the stack and jumps, or takes a false off it. */
  or: 24,
  call: 25,
  /** A call that returns a Boolean. */
  callPredicate: 26,
  /** Of formulas alone, as all that follow: the number of a column, or of the row. */
  column: 27,
  /** The result of another formula. */
  result: 28,
  /** Whether a cell is the text that it is compared with. */
  isText: 29,
  /** Takes a key off the stack, and leaves the number below it there: whether the two are equal. */
  matchKey: 30,
  /** Takes the number below the value on top off the stack. The index is 1 if that value is a Boolean. */
  dropBelow: 31,
} as const;

export const instructionBits = 8;
export const instructionMask = 0xff;
/** Of a call: where the number of arguments begins in the code word. */
export const argumentCountShift = 16;
