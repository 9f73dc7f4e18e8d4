import { all, create } from 'mathjs';
import type { BigNumber, Fraction } from 'mathjs';
import type { NumberMode } from '../../../src/expression/index.ts';
import { powerOfDouble } from './exact-doubles.ts';
import { roundedByOracle } from './float64-oracle.ts';

/**
 * mathjs as a peer: the same expression, evaluated by independent code. Where mathjs means something else, or is not
 * exact, a policy says so and puts mathjs right; a difference that remains with all policies in force is a fault.
 */
export interface Policy {
  readonly reason: string;
  /** Where it is in force, each with a line of both languages on which mathjs as it is disagrees with us. */
  readonly examples: Readonly<Partial<Record<NumberMode, string>>>;
  /** Replacements of functions of mathjs, given the functions as they are. */
  readonly corrections: (mode: NumberMode, originals: Originals) => Readonly<Record<string, Operation>>;
}

/** Values are numbers, BigNumbers, Fractions or bigints as the mode says, so the corrections of a mode know their type. */
type Operation = (...values: never[]) => unknown;
type Originals = (name: string) => (...values: unknown[]) => unknown;

class NoValue extends Error {}

function noValue(): never {
  throw new NoValue('no value');
}

function sign(value: number | bigint): number {
  return value < 0 ? -1 : value > 0 ? 1 : 0;
}

/** The exact order of two values of a mode. */
function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return sign(a - b);
  if (typeof a === 'bigint' && typeof b === 'bigint') return sign(a - b);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  const fraction = a as Fraction;
  return 'compare' in fraction ? fraction.compare(b as Fraction) : (a as BigNumber).cmp(b as BigNumber);
}

function extreme(values: readonly unknown[], wanted: 1 | -1): unknown {
  return values.reduce((best, value) => (order(value, best) === wanted ? value : best));
}

function halfAway(x: number): number {
  const whole = Math.floor(Math.abs(x));
  return Math.sign(x) * (Math.abs(x) - whole >= 0.5 ? whole + 1 : whole);
}

/** Whether a value may be used further: not an infinity, a complex number, or a number of another type than the mode's. */
function isValue(value: unknown, mode: NumberMode): boolean {
  if (typeof value === 'boolean') return true;
  switch (mode) {
    case 'float64':
      return typeof value === 'number' && Number.isFinite(value);
    case 'bigint':
      return typeof value === 'bigint';
    case 'decimal':
      return (
        typeof value === 'object' && value !== null && 'toSignificantDigits' in value && (value as BigNumber).isFinite()
      );
    case 'rational':
      return typeof value === 'object' && value !== null && 'd' in value && 'n' in value;
  }
}

const computing =
  'add subtract multiply divide pow mod remainder unaryMinus unaryPlus factorial abs sign floor ceil round fix min max sum mean variance median sqrt cbrt exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 gcd lcm'.split(
    ' ',
  );

function createLibrary(mode: NumberMode, precision: number): ReturnType<typeof create> {
  const number = { decimal: 'BigNumber', float64: 'number', rational: 'Fraction', bigint: 'bigint' }[mode];
  if (all === undefined) throw new Error('mathjs has no functions');
  // 1e-15 is the finest tolerance that its rounding functions take.
  const library = create(all, { number, precision, relTol: 1e-15, absTol: 1e-300 } as Parameters<typeof create>[1]);
  // Half to even, remainders with the sign of the dividend, and exponents in the range of ours.
  (library as unknown as { BigNumber: { config(options: object): void } }).BigNumber.config({
    rounding: 6,
    modulo: 1,
    maxE: 6_144,
    minE: -6_144,
  });
  library.import({ remainder: truncatedRemainder });
  if (mode === 'rational' || mode === 'bigint') {
    const pow = functionsOf(library)('pow');
    const guarded = (base: unknown, exponent: unknown): unknown => {
      checkShort(base, exponent);
      return pow(base, exponent);
    };
    library.import({ pow: guarded }, { override: true });
  }
  if (mode === 'decimal') makeAnswerable(library);
  return library;
}

/** The case is not put to mathjs: decimal.js would take forever, or nearly so. */
class NotAsked extends Error {}

const growing = new Set(['exp', 'sinh', 'cosh', 'tanh']);

function checkAnswerable(name: string, values: readonly BigNumber[]): void {
  const [x, y] = values;
  if (x === undefined) return;
  const isGrown = growing.has(name) && x.abs().gt(300);
  const isFar = values.some((value) => Math.abs(value.e) > 30 && !value.isZero());
  const exponents = y !== undefined && (name === 'mod' || name === 'remainder') ? Math.abs(x.e - y.e) : 0;
  if (name === 'pow' ? isFar || (y !== undefined && y.abs().gt(300)) : isGrown || exponents > 60) throw new NotAsked();
  if (name !== 'mod' && name !== 'remainder' && isFar) throw new NotAsked();
}

/** Fractions with a larger number in them are not raised to fractional powers: mathjs would look for its factors one by one. */
const factoredMax = 10n ** 12n;

/** Powers of exact numbers are only computed where they stay short. */
function checkShort(base: unknown, exponent: unknown): void {
  const size = typeof exponent === 'bigint' ? exponent : (exponent as Fraction).n;
  const isUnit =
    typeof base === 'bigint' ? base * base <= 1n : (base as Fraction).n <= 1n && (base as Fraction).d === 1n;
  if (!isUnit && size * size > 10_000n) throw new NotAsked();
  if (typeof base === 'bigint' || (exponent as Fraction).d === 1n) return;
  if ((base as Fraction).n > factoredMax || (base as Fraction).d > factoredMax) throw new NotAsked();
}

/** Functions of decimals that are not put to mathjs with every argument. */
const touchy =
  'pow sqrt cbrt exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh atanh atan2 mod remainder'.split(
    ' ',
  );

function makeAnswerable(library: ReturnType<typeof create>): void {
  const functions = functionsOf(library);
  const guarded = touchy.map((name) => {
    const original = functions(name);
    return [
      name,
      (...values: BigNumber[]) => {
        checkAnswerable(name, values);
        return original(...values);
      },
    ] as const;
  });
  library.import(Object.fromEntries(guarded), { override: true });
}

function functionsOf(library: ReturnType<typeof create>): Originals {
  return (name) => (library as unknown as Record<string, (...values: unknown[]) => unknown>)[name] ?? noValue;
}

/** Our %, which mathjs does not have: with the sign of the dividend. */
function truncatedRemainder(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? noValue() : a % b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return b === 0n ? noValue() : a % b;
  const [x, y] = [a as BigNumber, b as BigNumber];
  if (order(y, 0) === 0) return noValue();
  // A whole quotient of more digits than the precision is refused in decimal.
  const isRefused = 'isFinite' in x && x.div(y).abs().gte('1e34');
  return isRefused ? noValue() : x.mod(y);
}

function flooredRemainder(a: unknown, b: unknown): unknown {
  const rest = truncatedRemainder(a, b);
  if (typeof rest === 'number' && typeof b === 'number') return sign(rest) * sign(b) < 0 ? rest + b : rest;
  if (typeof rest === 'bigint' && typeof b === 'bigint') return sign(rest) * sign(b) < 0 ? rest + b : rest;
  const [x, y] = [rest as BigNumber, b as BigNumber];
  return order(x, 0) * order(y, 0) < 0 ? (x as unknown as { add(other: unknown): unknown }).add(y) : x;
}

/** The whole root, where there is one. */
function wholeRoot(value: bigint, degree: bigint): bigint {
  const root = BigInt(Math.round(Number(value) ** (1 / Number(degree))));
  return root ** degree === value ? root : noValue();
}

/** Functions of decimals, computed to 120 digits and then rounded to 34. A call without a value there has none here. */
function atPrecision(names: readonly string[], originals: Originals): Readonly<Record<string, Operation>> {
  const precise = functionsOf(createLibrary('decimal', 120));
  return Object.fromEntries(
    names.map((name) => [
      name,
      (...values: readonly BigNumber[]) => {
        const exact = precise(name)(...values.map((value) => precise('bignumber')(value.toString())));
        return isValue(exact, 'decimal') ? originals('bignumber')((exact as BigNumber).toPrecision(34)) : exact;
      },
    ]),
  );
}

/** Functions that mathjs and the oracle call the same. */
const roundedOnce =
  'exp log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 cbrt sum mean median variance'.split(
    ' ',
  );

/** The exact result rounded once, where mathjs has a result at all and decimal.js takes no seconds. */
function byOracle(original: (...values: unknown[]) => unknown, name: string): (...values: number[]) => unknown {
  return (...values) => {
    const value = original(...values);
    // decimal.js takes forever for the exponentials in the tanh of a large number, which is 1.
    if (!isValue(value, 'float64') || value === 0 || (name === 'tanh' && Math.abs(values[0] ?? 0) > 30)) return value;
    if (values.some((argument) => argument !== 0 && (Math.abs(argument) > 1e60 || Math.abs(argument) < 1e-60)))
      throw new NotAsked();
    return roundedByOracle(name, values);
  };
}

export const policies: readonly Policy[] = [
  {
    reason: 'Comparisons are exact; those of mathjs take numbers that are nearly equal for equal.',
    examples: { decimal: '1 == 1.0000000000000002', float64: '1 == 1.0000000000000002' },
    corrections: () => ({
      equal: (a: unknown, b: unknown) => order(a, b) === 0,
      unequal: (a: unknown, b: unknown) => order(a, b) !== 0,
      smaller: (a: unknown, b: unknown) => order(a, b) < 0,
      smallerEq: (a: unknown, b: unknown) => order(a, b) <= 0,
      larger: (a: unknown, b: unknown) => order(a, b) > 0,
      largerEq: (a: unknown, b: unknown) => order(a, b) >= 0,
      min: (...values: unknown[]) => extreme(values, -1),
      max: (...values: unknown[]) => extreme(values, 1),
    }),
  },
  {
    reason:
      'Roundings to whole numbers are exact, and halves go away from zero; mathjs takes what is nearly whole for whole.',
    examples: { decimal: 'floor(2.9999999999999996)', float64: 'floor(2.9999999999999996)' },
    corrections: (mode) =>
      mode === 'float64'
        ? { floor: Math.floor, ceil: Math.ceil, fix: Math.trunc, round: halfAway }
        : {
            floor: (x: BigNumber) => x.floor(),
            ceil: (x: BigNumber) => x.ceil(),
            fix: (x: BigNumber) => x.trunc(),
            round: (x: BigNumber) => x.toDecimalPlaces(0, 4),
          },
  },
  {
    reason:
      'A remainder is exact, has the sign that the operator says, and by zero is an error; mathjs divides, rounds, multiplies and allows zero.',
    examples: { decimal: '7 mod 0', float64: '213.99 mod e', rational: '7 mod 0', bigint: '7 mod 0' },
    corrections: (_mode, originals) => ({
      mod: (a: unknown, b: unknown) => {
        // Called only for its check, which throws `NotAsked`.
        originals('mod')(a, b);
        return flooredRemainder(a, b);
      },
    }),
  },
  {
    reason:
      'Functions of doubles give the exact result rounded once, also sums and powers; mathjs has what Math gives, which is off in the last place, and rounds after each step. Zero to a negative power is an error.',
    examples: { float64: '1.82 ^ 15' },
    corrections: (_mode, originals) => ({
      ...Object.fromEntries(roundedOnce.map((name) => [name, byOracle(originals(name), name)])),
      log: (...values: number[]) => byOracle(originals('log'), values.length === 1 ? 'ln' : 'log')(...values),
      pow: (x: number, y: number) =>
        Number.isInteger(y) && Math.abs(y) <= 1_000 ? powerOfDouble(x, y) : byOracle(originals('pow'), 'pow')(x, y),
    }),
  },
  {
    reason:
      'Sine, cosine and tangent have all their digits also next to a multiple of pi, where decimal.js loses them.',
    examples: { decimal: 'tan(pi / 2)' },
    corrections: (_mode, originals) => atPrecision(['sin', 'cos', 'tan'], originals),
  },
  {
    reason: 'Sums, means and medians are rounded once; mathjs rounds after each of their steps.',
    examples: { decimal: 'sum(1e34, 1, -1e34)' },
    corrections: (_mode, originals) => atPrecision(['sum', 'mean', 'median'], originals),
  },
  {
    reason: 'Powers are rounded once, also what is all but a half.',
    examples: { decimal: '(40.20 ^ 203e-30) ^ 0.5' },
    corrections: (_mode, originals) => atPrecision(['pow'], originals),
  },
  {
    reason: 'Decimals have no negative zero.',
    examples: { decimal: 'atan2(0, -0)' },
    corrections: (_mode, originals) => ({
      atan2: (y: BigNumber, x: BigNumber) => originals('atan2')(y.isZero() ? y.abs() : y, x.isZero() ? x.abs() : x),
    }),
  },
  {
    reason:
      'The quotient of whole numbers is exact or an error; mathjs cuts it. A power with a negative exponent is such a quotient. Factorials are whole.',
    examples: { bigint: '7 / 2' },
    corrections: (_mode, originals) => ({
      factorial: (n: bigint) => {
        let product = 1n;
        for (let factor = 2n; factor <= n; factor += 1n) product *= factor;
        return product;
      },
      divide: (a: bigint, b: bigint) => (b === 0n || a % b !== 0n ? noValue() : a / b),
      pow: (x: bigint, y: bigint) =>
        y >= 0n ? originals('pow')(x, y) : x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : x) : noValue(),
    }),
  },
  {
    reason: 'Halves are rounded away from zero; those of Fraction go up.',
    examples: { rational: 'round(-2.5)' },
    corrections: () => ({
      round: (x: Fraction) => {
        const fraction = x as unknown as {
          abs(): { add(n: number): { div(n: number): unknown; floor(): { mul(n: unknown): unknown } } };
          s: unknown;
        };
        return fraction.abs().add(0.5).floor().mul(fraction.s);
      },
    }),
  },
  {
    reason:
      'Factorials exist, divisors are those of whole numbers only, and a power with a fraction has a value where the root is exact.',
    examples: { rational: '5! + gcd(8, 12) + 4 ^ 0.5' },
    corrections: (_mode, originals) => ({
      factorial: (x: Fraction) => {
        let product = originals('fraction')(1) as Fraction;
        for (let factor = 2n; factor <= x.n; factor += 1n) product = product.mul(factor);
        return product;
      },
      gcd: (a: Fraction, b: Fraction) => (a.d === 1n && b.d === 1n ? originals('gcd')(a, b) : noValue()),
      pow: (x: Fraction, y: Fraction) => {
        if (y.d === 1n) return originals('pow')(x, y);
        checkShort(x, y);
        if (x.s < 0n) return noValue();
        const root = originals('fraction')(wholeRoot(x.n, y.d), wholeRoot(x.d, y.d));
        return originals('pow')(root, originals('fraction')(y.s * y.n, 1n));
      },
    }),
  },
  {
    reason:
      'What has no value ends the line; mathjs goes on with infinities, complex numbers and numbers of other types.',
    examples: { decimal: '1 / (1 / 0)', float64: '1 / (1 / 0)' },
    corrections: (mode, originals) =>
      Object.fromEntries(
        computing.map((name) => {
          const original = originals(name);
          return [
            name,
            (...values: unknown[]) => {
              const value = original(...values);
              return isValue(value, mode) ? value : noValue();
            },
          ];
        }),
      ),
  },
];

/** A finite number as we write it, or a truth value; undefined for everything else, errors included. */
export type Peer = (line: string) => string | undefined | typeof notAsked;

export const notAsked = Symbol('not asked');

/** mathjs in one mode, with some of the policies in force. */
export function createPeer(mode: NumberMode, inForce: readonly Policy[]): Peer {
  const library = createLibrary(mode, 34);
  for (const { examples, corrections } of inForce) {
    if (examples[mode] === undefined) continue;
    const functions = functionsOf(library);
    const current = new Map<string, (...values: unknown[]) => unknown>();
    // The functions as they are now: later ones replace them.
    const originals: Originals = (name) => current.get(name) ?? noValue;
    for (const name of [...computing, 'fraction', 'bignumber']) current.set(name, functions(name));
    library.import(corrections(mode, originals), { override: true });
  }
  return (line) => {
    let value: unknown;
    try {
      value = library.evaluate(line) as unknown;
    } catch (thrown) {
      return thrown instanceof NotAsked ? notAsked : undefined;
    }
    return isValue(value, mode) ? textOf(value) : undefined;
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value + 0);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (
    typeof value === 'object' &&
    value !== null &&
    'd' in value &&
    'n' in value &&
    's' in value &&
    typeof value.d === 'bigint'
  ) {
    const { s, n, d } = value as unknown as { s: bigint; n: bigint; d: bigint };
    return d === 1n ? `${s * n}` : `${s * n}/${d}`;
  }
  const big = value as BigNumber;
  if (big.isZero()) return '0';
  const size = big.abs();
  return size.lt('1e-7') || size.gte('1e34') ? big.toExponential() : big.toFixed();
}
