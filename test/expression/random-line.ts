import fc from 'fast-check';

/** Number texts as people write them, now and then an odd one. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100 }).map(String) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1_000_000_000 }).map(String) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 99 }))
      .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(999), fc.nat(999_999_999)).map(([whole, fraction]) => `${whole}.${fraction}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('0', '0.0', '1e3', '2.5e-3', '9007199254740993', '1e15', '1e-15', '123456789012345678'),
  },
);

/** Literals that have more digits than the precision, or are at a bound of decimal mode, also at few digits. */
export const longNumberText: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[1-9][0-9]{15,120}$/),
  fc.stringMatching(/^[0-9]\.[0-9]{15,120}$/),
  fc.stringMatching(/^0x[0-9a-f]{1,40}$/),
  fc
    .tuple(fc.nat(999), fc.constantFrom(1, 2, 5, 15, 16, 17, 21, 34, 100), fc.integer({ min: -3, max: 1 }))
    .map(([digits, precision, places]) => `${digits}e${precision + places}`),
);

export interface GrammarOptions {
  readonly numbers: fc.Arbitrary<string>;
  readonly operators: readonly string[];
  /** Functions of the given numbers of arguments. */
  readonly functions: readonly (readonly [name: string, min: number, max: number])[];
  readonly hasFactorial: boolean;
  /** Written after the last operand of a number, in parentheses: before another power they are an error. */
  readonly superscripts?: readonly string[];
}

/** After `%` a sign is an error: what begins with one stands in parentheses there. */
function rightSide(operator: string, text: string): string {
  return operator === '%' && text.startsWith('-') ? `(${text})` : text;
}

/** Well-typed lines, in the fewest parentheses that chance gives them: a subexpression has its own or is left to the precedences. */
export function lineOf(options: GrammarOptions): fc.Arbitrary<string> {
  const { number } = fc.letrec<{ number: string; truth: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'line' },
      options.numbers,
      fc
        .tuple(tie('number'), fc.constantFrom(...options.operators), tie('number'))
        .map(([left, operator, right]) => `${left} ${operator} ${rightSide(operator, right)}`),
      tie('number').map((inner) => `(${inner})`),
      tie('number').map((inner) => `(${inner})`),
      tie('number').map((inner) => `-${inner}`),
      ...(options.hasFactorial ? [fc.integer({ min: 0, max: 25 }).map((n) => `${n}!`)] : []),
      ...(options.superscripts ?? []).map((power) => tie('number').map((inner) => `(${inner}${power})`)),
      fc.tuple(tie('truth'), tie('number'), tie('number')).map(([test, a, b]) => `(${test} ? ${a} : ${b})`),
      fc.tuple(tie('truth'), tie('number'), tie('number')).map(([test, a, b]) => `if(${test}, ${a}, ${b})`),
      ...options.functions.map(([name, min, max]) =>
        fc.array(tie('number'), { minLength: min, maxLength: max }).map((values) => `${name}(${values.join(', ')})`),
      ),
    ),
    truth: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'line' },
      fc.constantFrom('true', 'false'),
      fc
        .tuple(tie('number'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('number'))
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
      fc
        .tuple(tie('truth'), fc.constantFrom('and', 'or', '&&', '||'), tie('truth'))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      tie('truth').map((inner) => `!(${inner})`),
      fc
        .tuple(tie('truth'), fc.constantFrom('==', '!='), tie('truth'))
        .map(([a, operator, b]) => `((${a}) ${operator} (${b}))`),
    ),
  }));
  return number;
}
