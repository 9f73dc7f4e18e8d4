import fc from 'fast-check';
import type { NumberMode } from '../../../src/expression/index.ts';
import type { Tree } from './expression-tree.ts';

/** The components of the trees of a mode. */
export interface TreeStock {
  readonly literals: fc.Arbitrary<string>;
  /** Small ones: powers of arbitrary things leave every range at once. */
  readonly exponents: readonly string[];
  readonly names: readonly string[];
  readonly operators: readonly string[];
  /** Functions by their number of arguments; `'…'` stands for two to four. */
  readonly functions: Readonly<Record<'1' | '2' | '…', readonly string[]>>;
}

const comparisons = ['==', '!=', '<', '<=', '>', '>='] as const;

function literal(text: string): Tree {
  return { kind: 'literal', text };
}

function callOf(names: readonly string[], values: fc.Arbitrary<Tree[]>): fc.Arbitrary<Tree>[] {
  if (names.length === 0) return [];
  return [
    fc.tuple(fc.constantFrom(...names), values).map(([name, list]): Tree => ({ kind: 'call', name, values: list })),
  ];
}

/** Trees of numbers and truth values, well typed, up to some five levels deep. */
export function treeArbitrary({ literals, exponents, names, operators, functions }: TreeStock): fc.Arbitrary<Tree> {
  const { line } = fc.letrec<{ line: Tree; number: Tree; truth: Tree }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      literals.map(literal),
      ...(names.length > 0 ? [fc.constantFrom(...names).map((name): Tree => ({ kind: 'name', name }))] : []),
      binary(operators, tie('number'), tie('number')),
      binary(operators, tie('number'), tie('number')),
      fc.record({ kind: fc.constant('prefix'), operator: fc.constantFrom('-', '+'), operand: tie('number') }),
      binary(['^'], fc.oneof(tie('number'), literals.map(literal)), fc.constantFrom(...exponents).map(literal)),
      binary(['^'], literals.map(literal), tie('number')),
      fc.record({ kind: fc.constant('factorial'), operand: fc.nat(20).map((n) => literal(`${n}`)) }),
      ...callOf(functions['1'], fc.tuple(tie('number'))),
      ...callOf(functions['2'], fc.tuple(tie('number'), tie('number'))),
      ...callOf(functions['…'], fc.array(tie('number'), { minLength: 2, maxLength: 4 })),
      condition(tie('truth'), tie('number')),
    ),
    truth: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom('true', 'false').map((name): Tree => ({ kind: 'name', name })),
      binary(comparisons, tie('number'), tie('number')),
      binary(['and', 'or', '==', '!='], tie('truth'), tie('truth')),
      fc.record({ kind: fc.constant('prefix'), operator: fc.constantFrom('not', '!'), operand: tie('truth') }),
      condition(tie('truth'), tie('truth')),
    ),
    line: fc.oneof({ weight: 4, arbitrary: tie('number') }, { weight: 1, arbitrary: tie('truth') }),
  }));
  return line;
}

function binary(operators: readonly string[], left: fc.Arbitrary<Tree>, right: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc.record({ kind: fc.constant('binary'), operator: fc.constantFrom(...operators), left, right });
}

function condition(test: fc.Arbitrary<Tree>, branch: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc
    .tuple(fc.boolean(), test, branch, branch)
    .map(([isCall, question, yes, no]) =>
      isCall
        ? { kind: 'call', name: 'if', values: [question, yes, no] }
        : { kind: 'condition', test: question, yes, no },
    );
}

const integers = fc.oneof(fc.nat(20), fc.nat(1_000), fc.nat()).map(String);
const decimals = fc
  .tuple(fc.nat(1_000), fc.nat(99))
  .map(([whole, places]) => `${whole}.${String(places).padStart(2, '0')}`);
const powersOfTen = fc
  .tuple(fc.nat(999), fc.integer({ min: -30, max: 30 }))
  .map(([digits, exponent]) => `${digits}e${exponent}`);
const longDigits = fc.bigInt({ min: 0n, max: 10n ** 34n - 1n }).map(String);

const smallExponents = ['0', '1', '2', '3', '7', '0.5'];
const manyValued = ['min', 'max', 'sum'];
const averages = ['mean', 'median'];
const floatingOfOne = 'sqrt cbrt exp ln log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh atanh'.split(' ');

/** Components known to mathjs, by mode. */
export const treeStocks: Readonly<Record<NumberMode, TreeStock>> = {
  decimal: {
    literals: fc.oneof(integers, decimals, decimals, powersOfTen, longDigits),
    exponents: smallExponents,
    names: ['pi', 'e', 'tau'],
    operators: ['+', '-', '*', '/', '%', 'mod'],
    functions: {
      1: ['abs', 'sign', 'floor', 'ceil', 'round', 'trunc', ...floatingOfOne, ...manyValued, ...averages],
      2: ['atan2', 'mod'],
      '…': [...manyValued, ...averages],
    },
  },
  float64: {
    literals: fc.oneof(integers, decimals, decimals, powersOfTen),
    exponents: smallExponents,
    names: ['pi', 'e', 'tau'],
    operators: ['+', '-', '*', '/', '%', 'mod'],
    functions: {
      1: ['abs', 'sign', 'floor', 'ceil', 'round', 'trunc', ...floatingOfOne, ...manyValued, ...averages],
      2: ['atan2', 'mod'],
      '…': [...manyValued, ...averages],
    },
  },
  rational: {
    literals: fc.oneof(integers, decimals),
    exponents: smallExponents,
    names: [],
    operators: ['+', '-', '*', '/', '%', 'mod'],
    functions: {
      1: ['abs', 'sign', 'floor', 'ceil', 'round', 'trunc', ...manyValued, 'mean'],
      2: ['mod', 'gcd'],
      '…': [...manyValued, 'mean', 'variance'],
    },
  },
  bigint: {
    literals: fc.oneof(integers, longDigits),
    exponents: ['0', '1', '2', '3', '7'],
    names: [],
    operators: ['+', '-', '*', '/', '%', 'mod'],
    functions: { 1: ['abs', 'sign'], 2: ['mod'], '…': manyValued },
  },
};
