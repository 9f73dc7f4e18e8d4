import type { ScaledStack } from './scaled-stack.ts';

/** Works on the `count` arguments from stack index `at` on, under the same contract as the operations of ScaledStack. */
export type ScaledFunction = (stack: ScaledStack, at: number, count: number) => boolean;

/** Of -0.75, -0.5, -0.25, 0 and so on: halves away from zero. */
function awayFromHalf(value: number): number {
  return value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
}

/** The same, but halves to the even neighbor. */
function evenFromHalf(value: number, whole: number): number {
  return Math.abs(value) === 0.5 && whole % 2 === 0 ? 0 : awayFromHalf(value);
}

function placesOf(stack: ScaledStack, at: number, count: number): number {
  const places = count === 2 ? stack.integer(at + 1) : 0;
  return places >= 0 && places <= 15 ? places : Number.NaN;
}

function round(stack: ScaledStack, at: number, count: number): boolean {
  const places = placesOf(stack, at, count);
  return places >= 0 && stack.roundBy(at, places, awayFromHalf);
}

function roundEven(stack: ScaledStack, at: number, count: number): boolean {
  const places = placesOf(stack, at, count);
  return places >= 0 && stack.roundBy(at, places, evenFromHalf);
}

/** The functions that are worth trying on machine numbers: those whose fixed cost is all they cost. All others go to the general machine. */
export const scaledFunctions: ReadonlyMap<string, ScaledFunction> = new Map<string, ScaledFunction>([
  ['abs', (stack, at) => stack.absolute(at)],
  ['sign', (stack, at) => stack.sign(at)],
  ['floor', (stack, at) => stack.roundBy(at, 0, Math.floor)],
  ['ceil', (stack, at) => stack.roundBy(at, 0, Math.ceil)],
  ['trunc', (stack, at) => stack.roundBy(at, 0, Math.trunc)],
  ['round', round],
  ['round_even', roundEven],
  ['div', (stack, at) => stack.divideWhole(at)],
  ['mod', (stack, at) => stack.modulo(at)],
  ['min', (stack, at, count) => stack.extreme(at, count, -1)],
  ['max', (stack, at, count) => stack.extreme(at, count, 1)],
  ['sum', (stack, at, count) => stack.sum(at, count)],
  ['clamp', (stack, at) => stack.clamp(at)],
  ['pow', (stack, at) => stack.power(at)],
  ['factorial', (stack, at) => stack.factorial(at)],
]);
