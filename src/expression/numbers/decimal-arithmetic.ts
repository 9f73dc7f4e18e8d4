import type { Arithmetic } from '../arithmetic.ts';
import {
  type BigDecimal,
  add,
  compare,
  createDecimal,
  divide,
  modulo,
  multiply,
  negate,
  remainder,
  subtract,
} from './big-decimal.ts';
import { createDecimalConstants, createDecimalFunctions } from './decimal-functions.ts';
import { power } from './decimal-power.ts';
import { decimalText, parseDecimal } from './decimal-text.ts';
import { decimalFactorial, isPrimeDecimal } from './decimal-whole.ts';

/**
 * Decimal numbers of `precision` (1 to 100) significant digits: every operation and function gives the exact result
 * rounded once, half to even. The basic operations work on at most 100 digits, within what the machine charges for any
 * operator, so they charge nothing on top.
 */
export function createDecimalArithmetic(precision: number): Arithmetic<BigDecimal> {
  return {
    parseLiteral: (digits) => parseDecimal(digits, precision),
    fromInteger: (value) => createDecimal(value, 0, precision),
    fromScaled: (mantissa, exponent) => createDecimal(BigInt(mantissa), exponent, precision),
    add: (a, b) => add(a, b, precision),
    subtract: (a, b) => subtract(a, b, precision),
    multiply: (a, b) => multiply(a, b, precision),
    divide: (a, b) => divide(a, b, precision),
    remainder: (a, b) => remainder(a, b, precision),
    modulo: (a, b) => modulo(a, b, precision),
    power: (a, b, budget) => power(a, b, precision, budget),
    negate,
    factorial: (a, budget) => decimalFactorial(a, precision, budget),
    compare,
    constants: createDecimalConstants(precision),
    functions: createDecimalFunctions(precision),
    predicates: new Map([['isprime', (values, budget) => isPrimeDecimal(values, precision, budget)]]),
    write: (value, output) => output.writeAscii(decimalText(value)),
  };
}
