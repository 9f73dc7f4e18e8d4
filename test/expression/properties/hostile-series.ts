import { functionTable } from '../../../src/expression/index.ts';

/** Lines made by rules: every function at its extremes, everything nested, every costly term as often as a line can hold it. */
export function hostileSeries(): string[] {
  return [...towers(), ...deep(), ...long(), ...names(), ...characters(), ...extremes(), ...repeated()];
}

function towers(): string[] {
  const bases = ['2', '9', '10', '1.0000001', '0.1', '-3', '7/3', '1e308', '1e-308', '99999999999999999999'];
  const lines = [
    '9^9^9^9',
    '9^9^9^9^9',
    '2^2^2^2^2^2',
    '(9^9)^(9^9)',
    '((10^1000)^1000)^1000',
    '1^1e999999',
    '0^1e999999',
    '(-1)^1e999999',
  ];
  for (const base of bases)
    lines.push(`(${base})^1e6`, `(${base})^-1e6`, `(${base})^99999999`, `(${base})^0.3`, `(${base})^(1/3)`);
  lines.push(
    '1000!',
    '10000!',
    '10001!',
    '2000!',
    '99999999!',
    '1e300!',
    '3!!!!',
    '5!!!',
    '170!!',
    '(10000! / 9999!)!',
    '(2^60)!',
  );
  lines.push(
    'comb(10000, 5000)',
    'comb(1e9, 5e8)',
    'comb(65000, 3)',
    'perm(10000, 5000)',
    'perm(1e15, 1000)',
    'comb(1e300, 1e299)',
  );
  lines.push(
    'shl(1, 65535)',
    'shl(1, 65536)',
    'shl(1, 1e9)',
    'shl(1, 1e300)',
    'shr(1, 1e300)',
    'shl(-1, 60000)',
    'shr(2^60000, 1)',
  );
  lines.push(
    'gcd(2^60000, 3^30000)',
    'lcm(2^30000, 3^20000)',
    'gcd(10000!, 9973!)',
    'isprime(2^61-1)',
    'isprime(2^89-1)',
    'isprime(2^521-1)',
  );
  lines.push(
    'isprime(2^9689-1)',
    'isprime(10000!+1)',
    'isprime(18446744073709551557)',
    'isprime(3317044064679887385961981)',
  );
  lines.push(
    '2^65535 * 2^65535',
    '(2^65535)^2',
    '(1/3)^8000',
    '(7/3)^5000 + (3/7)^5000',
    '2^65535 / 3^30000',
    'div(2^65535, 3)',
    '2^65535 mod 3^20000',
  );
  return lines;
}

function deep(): string[] {
  const lines: string[] = [];
  for (const times of [199, 200, 201, 5_000, 30_000]) {
    for (const [open, close] of [
      ['(', ')'],
      ['abs(', ')'],
      ['-', ''],
      ['+', ''],
      ['not ', ''],
      ['!', ''],
      ['2^', ''],
      ['true?1:', ''],
      ['if(true,1,', ')'],
      ['max(1,', ')'],
    ] as const) {
      lines.push(`${open.repeat(times)}1${close.repeat(times)}`.slice(0, 65_536));
    }
  }
  lines.push(
    '('.repeat(65_536),
    ')'.repeat(65_536),
    '?'.repeat(1_000),
    ':'.repeat(1_000),
    '1?'.repeat(30_000),
    '-'.repeat(65_536),
    '!'.repeat(65_536),
  );
  lines.push(
    `1${'!'.repeat(65_535)}`,
    '^'.repeat(1_000),
    '(,'.repeat(10_000),
    'sin('.repeat(10_000),
    '√('.repeat(10_000),
  );
  return lines;
}

function long(): string[] {
  const lines = [
    '1'.repeat(65_536),
    '9'.repeat(1_100),
    '9'.repeat(1_101),
    `0.${'3'.repeat(1_099)}`,
    '1e999999',
    '1e-999999',
    '1e9999999',
    '-1e999999',
  ];
  lines.push(
    `0x${'f'.repeat(1_100)}`,
    `0b${'1'.repeat(1_100)}`,
    `0x${'f'.repeat(60_000)}`,
    '1_'.repeat(30_000),
    '1.'.repeat(30_000),
    '1e'.repeat(30_000),
  );
  lines.push(
    'a'.repeat(64),
    'a'.repeat(65),
    'a'.repeat(65_536),
    `sin${'n'.repeat(1_000)}(1)`,
    ' '.repeat(65_536),
    '#'.repeat(65_536),
    'x'.repeat(70_000),
  );
  lines.push(
    '1e6000 * 1e6000',
    '1e-6000 * 1e-6000',
    '1e6144 + 1',
    '1e-6144 / 10',
    '1e6000 mod 7',
    '1e6144 % 3',
    '1e100000000 mod 7',
    '1e300 mod 1e-300',
  );
  lines.push(
    `${'9'.repeat(1_100)} * ${'9'.repeat(1_100)}`,
    `${'9'.repeat(1_000)} / ${'7'.repeat(1_000)}`,
    `${'9'.repeat(1_000)}^${'9'.repeat(100)}`,
  );
  return lines;
}

function names(): string[] {
  const lines: string[] = [];
  for (const name of [
    'constructor',
    '__proto__',
    'toString',
    'prototype',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'this',
    'process',
    'globalThis',
    'eval',
    'import',
    'undefined',
    'null',
    'NaN',
    'Infinity',
    'config',
    'typed',
    'evaluate',
    'parse',
    'simplify',
  ]) {
    lines.push(name, `${name}()`, `${name}(1)`, `1 + ${name}`, `pi.${name}`);
  }
  lines.push(
    'constructor.constructor("return process")()',
    'f(x) = x',
    'a = 1; b = 2',
    'import("fs")',
    '`${1}`',
    '1;1',
    '{}',
    '[1,2]',
    '"a"*3',
    "'x'",
    '/a+/',
    '\\u0031',
    '$1',
    '@x',
    '1:1:1',
  );
  return lines;
}

function characters(): string[] {
  return [
    '1 + \0',
    '\0',
    '1\u200b+1',
    '1\u202e+1',
    '\u2028',
    '1\u00851',
    '１ + １',
    '1 ＋ 1',
    '²',
    '2²',
    '½',
    '∞',
    '1 + ∞',
    'π'.repeat(20_000),
    '√',
    '√√√4',
    '√(√(16))',
    '×',
    '1 ×',
    '−−−1',
    '≤',
    '\ud800',
    '1 + \udfff',
    '\ud83d\ude00'.repeat(16_000),
    'é'.repeat(32_768),
    '1 # \ud800',
    'ﬁ(1)',
    'ѕin(1)',
    'e\u0301',
    '\ufeff\ufeff1',
    '\u00a0'.repeat(30_000),
    '1\r',
    '1\n2',
    '\u001b[31m1',
    '<script>1</script>',
    '=1+1',
    '1,2',
    '1 .. 2',
    '1 ... 2',
    '...',
    '10%',
    '10%%',
    '5%-3',
    '5% -3',
    '5%(3)',
  ];
}

function extremes(): string[] {
  const values = [
    '0',
    '-0',
    '1',
    '-1',
    '0.5',
    '1e-300',
    '1e100',
    '1e101',
    '-1e100',
    '1e300',
    '1e5000',
    '-1e5000',
    '1e-5000',
    '9e14',
    '123456789012345678901234567890',
    '0.1',
  ];
  const lines: string[] = [];
  for (const { name, arity } of functionTable) {
    for (const value of values) lines.push(`${name}(${Array.from({ length: arity.min }, () => value).join(', ')})`);
    if (arity.max > 2)
      lines.push(
        `${name}(${'1e300, '.repeat(999)}1)`,
        `${name}(${Array.from({ length: 1_000 }, (_, index) => `${index}.5`).join(',')})`,
      );
  }
  lines.push(
    'tanh(1e5)',
    'sinh(1e5)',
    'cosh(-1e5)',
    'sin(1e9000)',
    'acosh(9e999)',
    'exp(14000)',
    'exp(-15000)',
    'exp(1e-6000)',
    'ln(1e-6000)',
    'log(1 + 1e-99, 1 + 1e-98)',
    'atan2(1e-6000, 1e6000)',
    'nthroot(2, 1e9)',
    'nthroot(1e6000, 999)',
    '1.0000000000000000000000001^1e25',
    'round(1e6000, 6000)',
    'round(1e-6000, 6000)',
    'round(1.5, 1e300)',
    'tan(pi / 2)',
    'sin(1e100)',
  );
  return lines;
}

/** As much of one costly thing as fits into a line. */
function repeated(): string[] {
  const terms = [
    'exp(0.1)',
    'ln(3)',
    'sin(1e99)',
    'tan(1.5)',
    'atan(0.9)',
    'acosh(7)',
    'atanh(.1)',
    '2^0.1',
    '2000!',
    '10000!',
    '170!',
    'isprime(2^61-1)',
    'isprime(9007199254740881)',
    'comb(1029,514)',
    'comb(9999,5000)',
    '2^65535',
    '3^40000',
    '(1/3)^5000',
    '1/3',
    'gcd(3^9999,2^9999)',
    'sqrt(2)',
    'cbrt(2)',
    'nthroot(2,99)',
    'shl(1,65535)',
    'pi',
    'phi',
    'lcm(9999!,7)',
    'perm(9999,5000)',
    'stddev(1,2)',
    '9007199254740993',
    '.1',
    '1e6000',
    'div(2^65535,3^20000)',
    'bitxor(2^65535,-5)',
  ];
  const lines: string[] = [];
  for (const term of terms) {
    for (const separator of ['+', '*', ',']) {
      const unit = `${term}${separator}`;
      const count = Math.min(Math.floor(65_000 / unit.length), separator === ',' ? 999 : 19_000);
      const body = unit.repeat(count);
      lines.push(separator === ',' ? `max(${body}1)` : `${body}1`);
    }
  }
  const many = Array.from({ length: 999 }, (_, index) => `1/${index + 7}`).join(',');
  lines.push(
    ...['sum', 'mean', 'median', 'variance', 'stddev', 'hypot', 'min', 'max'].map((name) => `${name}(${many})`),
  );
  lines.push(
    ...['gcd', 'lcm'].map((name) => `${name}(${Array.from({ length: 999 }, (_, index) => `${index + 1}`).join(',')})`),
  );
  lines.push(
    Array.from({ length: 3_000 }, (_, index) => `1/${index + 2}`).join('+'),
    Array.from({ length: 60 }, () => '(2^60000+1)').join('*'),
  );
  return lines;
}
