import { argumentsMax } from './limits.ts';
import { numberModes } from './number-mode.ts';
import type { NumberMode } from './number-mode.ts';

/** A line and its result text, executed by the tests; in the default mode and precision unless `mode` says otherwise. */
export interface Example {
  readonly line: string;
  readonly result: string;
  readonly mode?: NumberMode;
}

/** Description of one function: the reference page and the functions endpoint are made from these rows. */
export interface FunctionRow {
  readonly name: string;
  /** The arguments as written in documentation; those in square brackets may be left out. */
  readonly signature: string;
  readonly arity: { readonly min: number; readonly max: number };
  /** `either` only of `if`, which returns what its last two arguments are. */
  readonly returns: 'number' | 'boolean' | 'either';
  readonly modes: readonly NumberMode[];
  /** Cost units of every call; more is charged by size of the operands, and by precision in decimal. */
  readonly cost: number;
  /** Condition on its arguments, beyond having to be numbers; empty when any number will do. */
  readonly bound: string;
  readonly description: string;
  readonly examples: readonly Example[];
}

const all = numberModes;
const real: readonly NumberMode[] = ['decimal', 'float64', 'rational'];
const floating: readonly NumberMode[] = ['decimal', 'float64'];

type Details = Partial<Pick<FunctionRow, 'cost' | 'bound' | 'returns'>>;

function row(
  signature: string,
  modes: readonly NumberMode[],
  description: string,
  examples: readonly (readonly [line: string, result: string, mode?: NumberMode])[],
  details: Details = {},
): FunctionRow {
  const name = signature.slice(0, signature.indexOf('('));
  return {
    name,
    signature,
    arity: arityOf(signature),
    returns: details.returns ?? 'number',
    modes,
    cost: details.cost ?? 2,
    bound: details.bound ?? '',
    description,
    examples: examples.map(([line, result, mode]) => (mode === undefined ? { line, result } : { line, result, mode })),
  };
}

/** `f(a, b[, c])` takes 2 to 3, `f(a, …)` 1 to as many as a call may have, `f(a, b, …)` 2 to as many. */
function arityOf(signature: string): { min: number; max: number } {
  const inside = signature.slice(signature.indexOf('(') + 1, -1);
  if (inside.endsWith(', …')) return { min: inside.split(', ').length - 1, max: argumentsMax };
  const [required = '', optional] = inside.split('[, ');
  const min = required.split(', ').length;
  return { min, max: optional === undefined ? min : min + 1 };
}

const integers = 'integers';
const integersAtLeast0 = 'integers of at least 0; n up to 2^53 in float64';
const angle = '|x| at most 1e100 in decimal';
const integerBits = 'integers; absolute value up to 2^53 in float64';

export const functionTable: readonly FunctionRow[] = Object.freeze([
  row('abs(x)', all, 'The absolute value of x.', [['abs(-2.5)', '2.5']]),
  row('sign(x)', all, '-1, 0 or 1 as x is negative, zero or positive.', [['sign(-7)', '-1']]),
  row('floor(x)', all, 'The largest integer not above x.', [['floor(-2.5)', '-3']]),
  row('ceil(x)', all, 'The smallest integer not below x.', [['ceil(-2.5)', '-2']]),
  row(
    'round(x[, n])',
    all,
    'x rounded to n decimal places (0 if left out), halves away from zero; a negative n rounds to tens, hundreds and so on. In float64 the shortest text of x is rounded, so what looks like a half is one.',
    [
      ['round(2.5)', '3'],
      ['round(-2.675, 2)', '-2.68'],
      ['round(1250, -2)', '1300'],
    ],
    { bound: 'n an integer' },
  ),
  row(
    'round_even(x[, n])',
    all,
    'Like round, but halves go to the neighbor whose last digit is even (banker’s rounding).',
    [
      ['round_even(2.5)', '2'],
      ['round_even(3.5)', '4'],
      ['round_even(2.665, 2)', '2.66'],
      ['round_even(1250, -2)', '1200'],
    ],
    { bound: 'n an integer' },
  ),
  row('trunc(x)', all, 'x without its fraction.', [['trunc(-2.5)', '-2']]),
  row(
    'div(a, b)',
    all,
    'The integer quotient: a / b without its fraction, so that a = b * div(a, b) + a % b.',
    [
      ['div(7, 2)', '3'],
      ['div(-7, 2)', '-3'],
    ],
    { bound: 'b not 0; in decimal, a quotient of at most `precision` digits' },
  ),
  row(
    'mod(a, b)',
    all,
    'The remainder of a / b with the sign of b; also written a mod b. The remainder a % b has the sign of a.',
    [['mod(-7, 3)', '2']],
    { bound: 'b not 0' },
  ),
  row('min(x, …)', all, 'The smallest of the arguments.', [['min(3, 1, 2)', '1']]),
  row('max(x, …)', all, 'The largest of the arguments.', [['max(3, 1, 2)', '3']]),
  row('sum(x, …)', all, 'The sum of the arguments, rounded once.', [['sum(1, 2, 3.5)', '6.5']]),
  row('mean(x, …)', all, 'The sum of the arguments divided by their number, rounded once.', [
    ['mean(1, 2, 3, 4)', '2.5'],
    ['mean(0.1, 0.1, 0.1)', '0.1', 'float64'],
  ]),
  row('median(x, …)', all, 'The middle of the arguments by size; of an even number, the mean of the middle two.', [
    ['median(5, 1, 9)', '5'],
    ['median(1, 2, 3, 10)', '2.5'],
  ]),
  row(
    'variance(x, y, …)',
    real,
    'The sample variance: squared distances from the mean, summed and divided by one less than their number.',
    [['variance(2, 4, 4, 4, 5, 5, 7, 9)', '32/7', 'rational']],
    { cost: 4 },
  ),
  row(
    'stddev(x, y, …)',
    real,
    'The sample standard deviation: the square root of the variance.',
    [['stddev(1, 2, 3, 4, 5, 6)', '1.8708286933869707', 'float64']],
    { cost: 4 },
  ),
  row(
    'clamp(x, low, high)',
    all,
    'x, or low if it is below low, or high if it is above high.',
    [['clamp(15, 0, 10)', '10']],
    {
      bound: 'low not above high',
    },
  ),

  row(
    'if(condition, a, b)',
    all,
    'a if the condition is true, else b; only that one is evaluated. Also written condition ? a : b.',
    [['if(2 > 1, 10, 1 / 0)', '10']],
    { returns: 'either', cost: 1, bound: 'a true/false value, then two numbers or two true/false values' },
  ),

  row('sqrt(x)', all, 'The square root; also written √(x).', [['sqrt(2.25)', '1.5']], { bound: 'x at least 0' }),
  row('cbrt(x)', all, 'The cube root, also of negative numbers.', [['cbrt(-27)', '-3']]),
  row(
    'nthroot(x, n)',
    all,
    'The n-th root of x; of a negative x only when n is odd.',
    [
      ['nthroot(81, 4)', '3'],
      ['nthroot(-32, 5)', '-2'],
    ],
    {
      bound: 'n an integer other than 0',
    },
  ),
  row(
    'pow(x, y)',
    all,
    'x to the power of y; also written x ^ y.',
    [
      ['pow(2, 10)', '1024'],
      ['pow(2, -1)', '0.5'],
    ],
    { bound: 'a negative x needs an integer y; for roots see nthroot(x, n)' },
  ),
  row(
    'hypot(x, …)',
    real,
    'The square root of the sum of the squares.',
    [
      ['hypot(3, 4)', '5'],
      ['hypot(57, 176)', '185', 'float64'],
    ],
    { cost: 4 },
  ),
  row('exp(x)', floating, 'e to the power of x.', [['exp(0)', '1']]),
  row('expm1(x)', floating, 'exp(x) - 1, exact also for small x.', [['expm1(0)', '0']]),
  row('ln(x)', floating, 'The natural logarithm.', [['ln(1)', '0']], { bound: 'x above 0' }),
  row(
    'log(x[, base])',
    floating,
    'The logarithm to the given base; the natural logarithm if no base is given.',
    [
      ['log(1000, 10)', '3'],
      ['log(1)', '0'],
    ],
    { bound: 'x above 0; base above 0 and not 1' },
  ),
  row('log2(x)', floating, 'The logarithm to base 2.', [['log2(8)', '3']], { bound: 'x above 0' }),
  row('log10(x)', floating, 'The logarithm to base 10.', [['log10(0.001)', '-3']], { bound: 'x above 0' }),
  row('log1p(x)', floating, 'ln(1 + x), exact also for small x.', [['log1p(0)', '0']], { bound: 'x above -1' }),

  row('sin(x)', floating, 'The sine of an angle in radians.', [['sin(0)', '0']], { bound: angle }),
  row('cos(x)', floating, 'The cosine of an angle in radians.', [['cos(0)', '1']], { bound: angle }),
  row('tan(x)', floating, 'The tangent of an angle in radians.', [['tan(0)', '0']], { bound: angle }),
  row('asin(x)', floating, 'The angle in radians whose sine is x.', [['asin(0)', '0']], { bound: 'x from -1 to 1' }),
  row('acos(x)', floating, 'The angle in radians whose cosine is x.', [['acos(1)', '0']], { bound: 'x from -1 to 1' }),
  row('atan(x)', floating, 'The angle in radians whose tangent is x.', [['atan(0)', '0']]),
  row('atan2(y, x)', floating, 'The angle in radians, from -pi to pi, of the point x, y.', [['atan2(0, 1)', '0']]),
  row('sinh(x)', floating, 'The hyperbolic sine.', [['sinh(0)', '0']]),
  row('cosh(x)', floating, 'The hyperbolic cosine.', [['cosh(0)', '1']]),
  row('tanh(x)', floating, 'The hyperbolic tangent.', [['tanh(0)', '0']]),
  row('asinh(x)', floating, 'The inverse of the hyperbolic sine.', [['asinh(0)', '0']]),
  row('acosh(x)', floating, 'The inverse of the hyperbolic cosine.', [['acosh(1)', '0']], { bound: 'x at least 1' }),
  row('atanh(x)', floating, 'The inverse of the hyperbolic tangent.', [['atanh(0)', '0']], {
    bound: 'x between -1 and 1',
  }),
  row('deg(x)', floating, 'Radians to degrees.', [['deg(pi)', '180', 'float64']]),
  row('rad(x)', floating, 'Degrees to radians.', [['rad(180)', '3.141592653589793', 'float64']]),

  row('gcd(a, …)', all, 'The greatest common divisor, never negative.', [['gcd(12, 18)', '6']], { bound: integers }),
  row('lcm(a, …)', all, 'The least common multiple, never negative.', [['lcm(4, 6)', '12']], { bound: integers }),
  row('factorial(n)', all, 'The product of the integers from 1 to n; also written n!.', [['factorial(5)', '120']], {
    bound: 'n an integer of at least 0; up to 170 in float64, 2,000 in decimal, 966 in rational, 5,910 in bigint',
  }),
  row('comb(n, k)', all, 'The number of ways to choose k of n things.', [['comb(5, 2)', '10']], {
    bound: integersAtLeast0,
  }),
  row('perm(n, k)', all, 'The number of ways to choose k of n things in order.', [['perm(5, 2)', '20']], {
    bound: integersAtLeast0,
  }),
  row('isprime(n)', all, 'true if n is a prime number.', [['isprime(97)', 'true']], {
    returns: 'boolean',
    bound: 'integers; up to 2^53 in float64',
  }),
  row(
    'bitand(a, b)',
    all,
    'Bits set in both a and b; negative numbers in two’s complement.',
    [['bitand(12, 10)', '8']],
    {
      bound: integerBits,
    },
  ),
  row('bitor(a, b)', all, 'Bits set in a or b or both.', [['bitor(12, 10)', '14']], { bound: integerBits }),
  row('bitxor(a, b)', all, 'Bits set in one of a and b.', [['bitxor(12, 10)', '6']], { bound: integerBits }),
  row('bitnot(a)', all, 'The bitwise complement: -a - 1.', [['bitnot(12)', '-13']], { bound: integerBits }),
  row('shl(a, n)', all, 'a shifted left by n bits: a * 2^n.', [['shl(3, 4)', '48']], {
    bound: 'integers; n at least 0',
  }),
  row('shr(a, n)', all, 'a shifted right by n bits: the largest integer not above a / 2^n.', [['shr(-5, 1)', '-3']], {
    bound: 'integers; n at least 0',
  }),
]);
