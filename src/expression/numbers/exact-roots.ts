import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { divisionByZero } from './big-decimal.ts';
import { rootCost } from './costs.ts';
import { integerRoot } from './integer-root.ts';
import { bitLength } from './integer-size.ts';

/** Roots in the modes that have exact numbers only. */

function irrational(): never {
  fault('INEXACT', 'The exact root is irrational; use decimal or float64 mode, which rounds it.');
}

/** The root of an integer >= 0 whose `degree` >= 1 may be any; undefined if it is not whole. */
function wholeRoot(value: bigint, degree: bigint, budget: Budget): bigint | undefined {
  if (value < 2n || degree === 1n) return value;
  const bits = bitLength(value);
  // It lies between 1 and 2.
  if (degree >= bits) return undefined;
  budget.charge(rootCost(bits, Number(degree)));
  const root = integerRoot(value, Number(degree));
  return root ** degree === value ? root : undefined;
}

/** Checks x and n of the n-th root of x. */
function checkRoot(negative: boolean, isZero: boolean, degree: bigint): void {
  if (degree === 0n) fault('DOMAIN', 'The degree of a root must be an integer other than 0.');
  if (isZero && degree < 0n) divisionByZero();
  if (negative && (degree & 1n) === 0n) fault('DOMAIN', 'An even root of a negative number is not defined.');
}

/** The root of numerator / denominator (reduced) as another such pair; INEXACT if it is irrational. */
export function exactRoot(
  numerator: bigint,
  denominator: bigint,
  degree: bigint,
  budget: Budget,
): readonly [numerator: bigint, denominator: bigint] {
  const negative = numerator < 0n;
  checkRoot(negative, numerator === 0n, degree);
  const size = degree < 0n ? -degree : degree;
  const above = wholeRoot(negative ? -numerator : numerator, size, budget) ?? irrational();
  const below = wholeRoot(denominator, size, budget) ?? irrational();
  const signed = negative ? -above : above;
  if (degree > 0n) return [signed, below];
  return negative ? [-below, above] : [below, above];
}
