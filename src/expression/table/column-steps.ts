import { functionTable } from '../function-table.ts';
import { argumentCountShift, instructionBits, instructionMask, opcode } from '../opcodes.ts';
import { unscaled } from '../program.ts';
import type { Program } from '../program.ts';
import { powersOfTen } from '../write-digits.ts';
import type { ScaledDivisor } from './scaled-column.ts';

/** One operation over the columns of a batch. Operands and results are on a stack of columns. */
export type ColumnStep =
  | { readonly kind: 'literal'; readonly mantissa: number; readonly exponent: number }
  | { readonly kind: 'column'; readonly source: number }
  | { readonly kind: 'result'; readonly formula: number }
  | { readonly kind: 'add' | 'subtract' | 'multiply' | 'negate' }
  | { readonly kind: 'divide'; readonly divisor: ScaledDivisor }
  | { readonly kind: 'round'; readonly places: number; readonly isEven: boolean };

/** The decimal machine looks for a quotient within so many places. */
const quotientPlacesMax = 6;
const roundPlacesMax = 15;

const plainSteps: ReadonlyMap<number, ColumnStep> = new Map<number, ColumnStep>([
  [opcode.add, { kind: 'add' }],
  [opcode.subtract, { kind: 'subtract' }],
  [opcode.multiply, { kind: 'multiply' }],
  [opcode.negate, { kind: 'negate' }],
]);

/** The steps that do what the program does, for many rows together; undefined where it does more than they can. */
export function columnSteps(program: Program): readonly ColumnStep[] | undefined {
  if (program.isTruthValue) return undefined;
  const steps: ColumnStep[] = [];
  for (let index = 0; index < program.length; index += 1) {
    const step = stepOf(program, program.code[index] as number, steps);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

/** `steps`: those before it. A divisor, and the places of rounding, are taken off them. */
function stepOf(program: Program, word: number, steps: ColumnStep[]): ColumnStep | undefined {
  const argument = word >> instructionBits;
  switch (word & instructionMask) {
    case opcode.literal:
      return literalStep(program.mantissas[argument] as number, program.exponents[argument] as number);
    case opcode.column:
      return { kind: 'column', source: argument };
    case opcode.result:
      return { kind: 'result', formula: argument };
    case opcode.divide:
      return divideStep(steps.pop());
    case opcode.call:
      return roundStep(word, steps);
    default:
      return plainSteps.get(word & instructionMask);
  }
}

function literalStep(mantissa: number, exponent: number): ColumnStep | undefined {
  return exponent === unscaled ? undefined : { kind: 'literal', mantissa, exponent };
}

function divideStep(divisor: ColumnStep | undefined): ColumnStep | undefined {
  if (divisor?.kind !== 'literal') return undefined;
  const { mantissa, exponent } = divisor;
  for (let places = 0; places <= quotientPlacesMax; places += 1) {
    const factor = (powersOfTen[places] as number) / mantissa;
    if (Number.isInteger(factor)) return { kind: 'divide', divisor: { factor, places, exponent } };
  }
  return undefined;
}

function roundStep(word: number, steps: ColumnStep[]): ColumnStep | undefined {
  const name = functionTable[(word >> instructionBits) & instructionMask]?.name;
  if (name !== 'round' && name !== 'round_even') return undefined;
  const places = word >> argumentCountShift === 2 ? steps.pop() : noPlaces;
  if (places?.kind !== 'literal' || places.exponent !== 0 || places.mantissa > roundPlacesMax) return undefined;
  return { kind: 'round', places: places.mantissa, isEven: name === 'round_even' };
}

const noPlaces: ColumnStep = { kind: 'literal', mantissa: 0, exponent: 0 };
