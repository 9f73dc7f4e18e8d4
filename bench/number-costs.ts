/**
 * Measures how long a cost unit takes, operation by operation, in the modes with numbers of any length: `node
 * bench/number-costs.ts`. A unit should take about 50 ns, and never much more: 2,000,000 units are one line.
 */
import type { Arithmetic } from '../src/expression/arithmetic.ts';
import { Budget } from '../src/expression/budget.ts';
import { createBigintArithmetic } from '../src/expression/numbers/bigint-arithmetic.ts';
import { createDecimalArithmetic } from '../src/expression/numbers/decimal-arithmetic.ts';
import { createRationalArithmetic } from '../src/expression/numbers/rational-arithmetic.ts';

const roundMs = 20;
const rounds = 4;

function measure(label: string, run: (budget: Budget) => unknown): void {
  const budget = new Budget();
  const once = (): void => {
    budget.reset();
    run(budget);
  };
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    let count = 0;
    // CPU time, since the machine may have other work too.
    const start = process.cpuUsage();
    let elapsed = 0;
    for (; elapsed < roundMs; elapsed = process.cpuUsage(start).user / 1_000) {
      once();
      count += 1;
    }
    best = Math.min(best, (elapsed * 1_000) / count);
  }
  const perUnit = budget.used === 0 ? '' : `${((best * 1_000) / budget.used).toFixed(0)} ns a unit`;
  console.log(
    `${label.padEnd(34)}${best.toFixed(2).padStart(12)} µs${String(budget.used).padStart(10)} units  ${perUnit}`,
  );
}

/** An integer of so many bits without a pattern, the same at every run. */
function irregular(bits: number, seed: bigint): bigint {
  let value = seed;
  while (value < 1n << BigInt(bits)) value = value * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n;
  return BigInt.asUintN(bits, value) | (1n << BigInt(bits - 1)) | 1n;
}

function call<V>(arithmetic: Arithmetic<V>, name: string, values: readonly V[]): (budget: Budget) => unknown {
  const compute = arithmetic.functions.get(name) ?? arithmetic.predicates.get(name);
  if (compute === undefined) throw new Error(`No function ${name}`);
  return (budget) => compute(values, budget);
}

function measureDecimal(precision: number): void {
  const decimal = createDecimalArithmetic(precision);
  const start = new Budget();
  const number = (text: string) => decimal.parseLiteral(text, start);
  const label = (name: string): string => `decimal(${precision}) ${name}`;
  const x = decimal.divide(number('2'), number('3'), start);
  const y = decimal.divide(number('8'), number('7'), start);
  measure(label('+'), (budget) => decimal.add(x, y, budget));
  measure(label('*'), (budget) => decimal.multiply(x, y, budget));
  measure(label('/'), (budget) => decimal.divide(x, y, budget));
  measure(label('%'), (budget) => decimal.remainder(y, x, budget));
  measure(label('x ^ 10'), (budget) => decimal.power(x, number('10'), budget));
  measure(label('x ^ 1000'), (budget) => decimal.power(x, number('1000'), budget));
  measure(label('x ^ y'), (budget) => decimal.power(x, y, budget));
  measure(label('2000!'), (budget) => decimal.factorial(number('2000'), budget));
  for (const name of 'sqrt cbrt exp expm1 ln log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh atanh deg rad'.split(
    ' ',
  )) {
    measure(label(name), call(decimal, name, [x]));
  }
  measure(label('acosh'), call(decimal, 'acosh', [y]));
  for (const name of ['log', 'atan2', 'hypot']) measure(label(name), call(decimal, name, [x, y]));
  measure(label('sin(1.234e90)'), call(decimal, 'sin', [number('1.234e90')]));
  measure(label('comb(20000, 9000)'), call(decimal, 'comb', [number('20000'), number('9000')]));
  measure(label('perm(1e9, 600)'), call(decimal, 'perm', [number('1e9'), number('600')]));
  const short = Array.from({ length: 1_000 }, (_, index) => number(`${index + 1}.25`));
  for (const name of ['sum', 'median', 'stddev']) measure(label(`${name} of 1,000`), call(decimal, name, short));
  const wide = Array.from({ length: 100 }, (_, index) => number(`7e${index * 120 - 6_000}`));
  for (const name of ['sum', 'stddev']) measure(label(`${name} of 100, 12,000 digits`), call(decimal, name, wide));
}

function measureBigint(): void {
  const bigint = createBigintArithmetic();
  for (const bits of [128, 512, 2_048, 8_192, 32_000]) {
    const [a, b] = [irregular(bits, 3n), irregular(bits, 5n)];
    measure(`bigint + ${bits}`, (budget) => bigint.add(a, b, budget));
    measure(`bigint * ${bits}`, (budget) => bigint.multiply(a, b, budget));
    measure(`bigint / ${bits * 2} by ${bits}`, (budget) => bigint.remainder(a * b, b, budget));
    measure(`bigint gcd ${bits}`, call(bigint, 'gcd', [a, b]));
    if (bits > 20_000) continue;
    measure(`bigint sqrt ${bits}`, call(bigint, 'sqrt', [a ** 2n]));
    measure(`bigint cbrt ${bits}`, call(bigint, 'cbrt', [a ** 3n]));
    measure(`bigint nthroot ${bits}, 40`, call(bigint, 'nthroot', [(a >> BigInt(bits - bits / 32)) ** 40n, 40n]));
  }
  measure('bigint 3 ^ 40000', (budget) => bigint.power(3n, 40_000n, budget));
  measure('bigint 5900!', (budget) => bigint.factorial(5_900n, budget));
  measure('bigint comb(60000, 30000)', call(bigint, 'comb', [60_000n, 30_000n]));
  for (const exponent of [61n, 127n, 521n, 1_279n]) {
    measure(`bigint isprime(2^${exponent} - 1)`, call(bigint, 'isprime', [(1n << exponent) - 1n]));
  }
}

function measureRational(): void {
  const rational = createRationalArithmetic();
  for (const bits of [30, 60, 128, 512, 2_000, 4_000, 8_000]) {
    const a = { numerator: irregular(bits, 3n), denominator: irregular(bits, 5n) };
    const b = { numerator: irregular(bits, 7n), denominator: irregular(bits, 11n) };
    const [reducedA, reducedB] = [a, b].map(({ numerator, denominator }) =>
      rational.divide({ numerator, denominator: 1n }, { numerator: denominator, denominator: 1n }, new Budget()),
    );
    if (reducedA === undefined || reducedB === undefined) continue;
    if (bits <= 4_000) {
      measure(`rational + ${bits}`, (budget) => rational.add(reducedA, reducedB, budget));
      measure(`rational * ${bits}`, (budget) => rational.multiply(reducedA, reducedB, budget));
      measure(`rational % ${bits}`, (budget) => rational.remainder(reducedA, reducedB, budget));
    }
    measure(`rational < ${bits}`, (budget) => rational.compare(reducedA, reducedB, budget));
  }
}

measureDecimal(34);
measureDecimal(100);
measureBigint();
measureRational();
