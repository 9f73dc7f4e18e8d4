import type { Arithmetic } from '../arithmetic.ts';
import {
  type BigDecimal,
  add,
  compare,
  createDecimal,
  divide,
  literalDecimal,
  modulo,
  multiply,
  negate,
  remainder,
  roundToPrecision,
  subtract,
} from './big-decimal.ts';
import { createDecimalConstants, createDecimalFunctions } from './decimal-functions.ts';
import { power } from './decimal-power.ts';
import { decimalText, parseDecimal } from './decimal-text.ts';
import { decimalFactorial, isPrimeDecimal } from './decimal-whole.ts';

/**
 * Decimal numbers of `precision` (1 to 100) significant digits, after the General Decimal Arithmetic Specification:
 * literals are exact, and every operation and function returns the exact result for its operands rounded once, half to
 * even. A sign is no operation. A literal that is the whole result is rounded when it is written.
 *
 * The basic operations work on at most 100 digits, within what the machine charges for any operator, so they charge
 * nothing on top; longer literals pay when they are read.
 */
export function createDecimalArithmetic(precision: number): Arithmetic<BigDecimal> {
  return {
    parseLiteral: (digits, budget) => parseDecimal(digits, precision, budget),
    fromInteger: (value) => createDecimal(value, 0, precision),
    scaledLiteral: (mantissa, exponent) => literalDecimal(BigInt(mantissa), exponent, precision),
    scaledResult: (mantissa, exponent) => createDecimal(BigInt(mantissa), exponent, precision),
    asResult: (value) => roundToPrecision(value, precision),
    add: (a, b) => add(a, b, precision),
    subtract: (a, b) => subtract(a, b, precision),
    multiply: (a, b) => multiply(a, b, precision),
    divide: (a, b) => divide(a, b, precision),
    remainder: (a, b, budget) => remainder(a, b, precision, budget),
    modulo: (a, b, budget) => modulo(a, b, precision, budget),
    power: (a, b, budget) => power(a, b, precision, budget),
    negate,
    factorial: (a, budget) => decimalFactorial(a, precision, budget),
    compare,
    constants: createDecimalConstants(precision),
    functions: createDecimalFunctions(precision),
    predicates: new Map([['isprime', (values, budget) => isPrimeDecimal(values, precision, budget)]]),
    write: (value, output) => output.writeAscii(decimalText(value, precision)),
  };
}
