/**
 * Names of other calculators, languages and spreadsheets, each with a hint. A name belongs here too when it is close to a
 * known name that means something else, so that no suggestion leads to another value.
 */
const hints: readonly (readonly [names: string, hint: string])[] = [
  // Logarithms and powers
  ['lg', 'write log10(x), or log2(x) for base 2.'],
  ['ld lb', 'write log2(x).'],
  ['loge', 'write ln(x).'],
  ['logn logb logbase', 'write log(x, b), with the base after the number.'],
  ['sqr', 'write x^2 for the square, or sqrt(x) for the square root.'],
  ['square', 'write x^2.'],
  ['cube', 'write x^3.'],
  ['squareroot isqrt', 'write sqrt(x), or floor(sqrt(x)) for an integer.'],
  ['cuberoot', 'write cbrt(x).'],
  ['root surd', 'write nthroot(x, n), or sqrt(x) for the square root.'],
  ['power', 'write pow(x, y) or x ^ y.'],
  ['exp2 pow2', 'write 2 ^ x.'],
  ['exp10 pow10', 'write 10 ^ x.'],
  // Trigonometry
  ['sine', 'write sin(x).'],
  ['cosine', 'write cos(x).'],
  ['tangent tg', 'write tan(x).'],
  ['arcsin arcsine', 'write asin(x).'],
  ['arccos arccosine', 'write acos(x).'],
  ['arctan arctangent arctg atn atg', 'write atan(x).'],
  ['arctan2 atn2', 'write atan2(y, x), with y first.'],
  ['cot ctg cotan cotg', 'write 1 / tan(x).'],
  ['sec', 'write 1 / cos(x).'],
  ['csc cosec', 'write 1 / sin(x).'],
  ['acot arccot arcctg', 'write atan(1 / x).'],
  ['asec arcsec', 'write acos(1 / x).'],
  ['acsc arccsc', 'write asin(1 / x).'],
  ['sh', 'write sinh(x).'],
  ['ch', 'write cosh(x).'],
  ['th', 'write tanh(x).'],
  ['coth', 'write 1 / tanh(x).'],
  ['sech', 'write 1 / cosh(x).'],
  ['csch cosech', 'write 1 / sinh(x).'],
  ['arcsinh arsinh argsinh', 'write asinh(x).'],
  ['arccosh arcosh argcosh', 'write acosh(x).'],
  ['arctanh artanh argtanh', 'write atanh(x).'],
  ['acoth arcoth arccoth', 'write atanh(1 / x).'],
  ['asech arsech arcsech', 'write acosh(1 / x).'],
  ['acsch arcsch arccsch', 'write asinh(1 / x).'],
  ['sind', 'write sin(rad(x)).'],
  ['cosd', 'write cos(rad(x)).'],
  ['tand', 'write tan(rad(x)).'],
  ['asind', 'write deg(asin(x)).'],
  ['acosd', 'write deg(acos(x)).'],
  ['atand', 'write deg(atan(x)).'],
  ['degrees todegrees degree rad2deg', 'write deg(x), which turns radians into degrees.'],
  ['radians toradians radian deg2rad', 'write rad(x), which turns degrees into radians.'],
  ['sinc', 'write sin(x) / x.'],
  ['sinpi', 'write sin(pi * x).'],
  ['cospi', 'write cos(pi * x).'],
  ['grad', 'angles are in radians; rad(x) turns degrees into radians.'],
  // Rounding and integers
  ['int', 'write trunc(x) to drop the fraction, or floor(x) to round down.'],
  ['fix truncate rounddown', 'write trunc(x).'],
  ['roundup', 'write ceil(x), or sign(x) * ceil(abs(x)) to round away from zero.'],
  ['ceiling', 'write ceil(x).'],
  [
    'rint nint bround roundeven roundhalfeven bankersround',
    'write round_even(x), or round(x) to round halves away from zero.',
  ],
  ['mround', 'write round(x / m) * m.'],
  ['fround', 'numbers always have the precision of the number mode.'],
  ['frac fract', 'write x - trunc(x).'],
  ['sgn signum', 'write sign(x).'],
  ['fabs absolute magnitude', 'write abs(x).'],
  ['quotient quot idiv intdiv floordiv', 'write div(a, b).'],
  ['rem remainder fmod', 'write a % b.'],
  ['modulo modulus', 'write mod(a, b) or a mod b.'],
  ['fact', 'write factorial(n) or n!.'],
  ['binomial binom choose combin combinations nchoosek ncr', 'write comb(n, k).'],
  ['npr permut permutations', 'write perm(n, k).'],
  ['hcf gcf', 'write gcd(a, b).'],
  ['prime is_prime', 'write isprime(n).'],
  ['iseven even', 'write n mod 2 == 0.'],
  ['isodd odd', 'write n mod 2 == 1.'],
  // Bits
  ['xor', 'write bitxor(a, b) for bits, or != between two true/false values.'],
  ['band', 'write bitand(a, b).'],
  ['bor', 'write bitor(a, b).'],
  ['bxor', 'write bitxor(a, b).'],
  ['bnot', 'write bitnot(a).'],
  ['lshift bitshl bitlshift', 'write shl(a, n).'],
  ['rshift bitshr bitrshift', 'write shr(a, n).'],
  // Statistics
  ['average avg', 'write mean(x, …).'],
  ['med', 'write median(x, …).'],
  ['std stdev stdevs stdeva standarddeviation', 'write stddev(x, y, …), the standard deviation of a sample.'],
  ['stdevp stdp pstdev stdpop', 'write stddev(x, y, …) * sqrt((n - 1) / n), with the number of values for n.'],
  ['var vars', 'write variance(x, y, …), the variance of a sample.'],
  ['varp varpop pvariance', 'write variance(x, y, …) * (n - 1) / n, with the number of values for n.'],
  ['total', 'write sum(x, …).'],
  ['prod product', 'write a * b.'],
  ['minimum smallest', 'write min(x, …).'],
  ['maximum largest', 'write max(x, …).'],
  ['media', 'write mean(x, …) for the average, or median(x, …).'],
  ['mode', 'there is no function for the most frequent value.'],
  // Functions for operators
  ['add plus', 'write a + b.'],
  ['sub subtract minus', 'write a - b.'],
  ['mul mult multiply times', 'write a * b.'],
  ['divide over', 'write a / b.'],
  ['pct percent of', 'write 10 / 100 * x for ten percent of x.'],
  ['iif iff ifelse cond then else', 'write if(condition, a, b).'],
  ['limit bound constrain', 'write clamp(x, low, high).'],
  // Values
  ['golden', 'write phi.'],
  ['euler', 'write e for the base of the natural logarithm.'],
  ['nan', 'a result that is not a number is an error.'],
  ['inf infinity', 'there is no infinity: a result that is too large is an error.'],
  ['cell', 'cell references are not supported: write the number itself.'],
  ['sort', 'there are no lists; median(x, …), min(x, …) and max(x, …) put numbers in order.'],
  ['null none nil undefined na', 'there are no missing values.'],
  ['i j', 'complex numbers are not supported.'],
  ['rand random randint rnd randbetween', 'there are no random numbers, since a line always has the same result.'],
  ['ans', 'a line cannot use the result of another line.'],
  ['now today date time', 'there are no dates or times.'],
  ['let const def return print', 'write the expression alone.'],
];

const pairs = hints.flatMap(([names, hint]) => names.split(' ').map((name) => [name, hint] as const));
const byName: ReadonlyMap<string, string> = new Map(pairs);

export const foreignNames: readonly string[] = pairs.map(([name]) => name);

const cellReference = /^[a-z]{1,3}[1-9]\d{0,6}$/;
const logarithmOfBase = /^log(\d+)$/;

/** The hint for a name of another system, as the second half of a sentence; undefined if the name is unknown. */
export function foreignNameHint(name: string): string | undefined {
  const lower = name.toLowerCase();
  const known = byName.get(lower);
  if (known !== undefined) return known;
  const [, base] = logarithmOfBase.exec(lower) ?? [];
  if (base !== undefined) return `write log(x, ${base}).`;
  return cellReference.test(lower) ? 'cell references are not supported: write the number itself.' : undefined;
}
