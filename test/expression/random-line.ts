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

export interface GrammarOptions {
  readonly numbers: fc.Arbitrary<string>;
  readonly operators: readonly string[];
  /** Functions of the given numbers of arguments. */
  readonly functions: readonly (readonly [name: string, min: number, max: number])[];
  readonly hasFactorial: boolean;
}

/** Well-typed lines, in the fewest brackets that chance gives them: a subexpression is bracketed or left to the precedences. */
export function lineOf(options: GrammarOptions): fc.Arbitrary<string> {
  const { number } = fc.letrec<{ number: string; truth: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'line' },
      options.numbers,
      fc
        .tuple(tie('number'), fc.constantFrom(...options.operators), tie('number'))
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
      tie('number').map((inner) => `(${inner})`),
      tie('number').map((inner) => `(${inner})`),
      tie('number').map((inner) => `-${inner}`),
      ...(options.hasFactorial ? [fc.integer({ min: 0, max: 25 }).map((n) => `${n}!`)] : []),
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
