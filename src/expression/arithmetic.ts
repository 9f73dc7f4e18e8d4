import type { Budget } from './budget.ts';
import type { ByteBuffer } from './byte-buffer.ts';

/**
 * The arithmetic of one number mode over values V; Booleans are the machine's own.
 *
 * A method returns the value or ends the line through `fault(code, message)`; the machine adds the column.
 *
 * Cost: the machine itself charges each operator and each call its fixed units (`cost` in the operator and function tables).
 * An implementation charges only what comes on top, before it works: what grows with the size of the operands or with the
 * precision. It charges nothing on top in + - * / % mod, unary minus, comparisons, abs sign floor ceil round trunc div min
 * max sum clamp mod, powers with a whole result, and factorials, when operands and result are decimals of at most 15
 * digits: those also run on machine numbers, and a line must cost the same either way.
 */
export interface Arithmetic<V> {
  /** A number as written, without `_`: also 0x…, 0b… and 0o…. */
  parseLiteral(digits: string, budget: Budget): V;
  fromInteger(value: bigint): V;
  /** Exactly `mantissa` × 10^`exponent`, |mantissa| <= 2^53: what `parseLiteral` returns for such a number. A mode without it always parses. */
  scaledLiteral?(mantissa: number, exponent: number): V;
  /** The same number as the result of an operation. The modes with `scaledLiteral` have it too. */
  scaledResult?(mantissa: number, exponent: number): V;
  /** The number that the text of `value` stands for, which may be rounded: formulas that use a result continue with it. */
  asResult?(value: V): V;
  add(a: V, b: V, budget: Budget): V;
  subtract(a: V, b: V, budget: Budget): V;
  multiply(a: V, b: V, budget: Budget): V;
  divide(a: V, b: V, budget: Budget): V;
  /** Has the sign of the dividend `a`. */
  remainder(a: V, b: V, budget: Budget): V;
  /** Has the sign of the divisor `b`. */
  modulo(a: V, b: V, budget: Budget): V;
  power(a: V, b: V, budget: Budget): V;
  negate(a: V): V;
  factorial(a: V, budget: Budget): V;
  /** Exact: negative, zero or positive as a is less than, equal to or greater than b. */
  compare(a: V, b: V, budget: Budget): number;
  /** The constants that the mode has. */
  readonly constants: ReadonlyMap<string, (budget: Budget) => V>;
  /** The functions that the mode has and that return a number, by name. The number of arguments is checked before the call. */
  readonly functions: ReadonlyMap<string, (values: readonly V[], budget: Budget) => V>;
  /** The functions that the mode has and that return a Boolean (isprime). */
  readonly predicates: ReadonlyMap<string, (values: readonly V[], budget: Budget) => boolean>;
  /** Appends the result text. */
  write(value: V, output: ByteBuffer): void;
}
