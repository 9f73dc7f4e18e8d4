/** Tables that could be: for the properties of whatever carries or keeps them. */
import fc from 'fast-check';
import {
  delimiters,
  groupSigns,
  tableFormats,
  type ColumnTotals,
  type Table,
  type TableProgram,
} from '../../../src/jobs/index.ts';

const texts = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.toWellFormed());
const plain = { noNullPrototype: true } as const;

export const programs: fc.Arbitrary<TableProgram> = fc.record(
  {
    dialect: fc.record(
      {
        format: fc.constantFrom(...tableFormats),
        delimiter: fc.constantFrom(...delimiters),
        decimal: fc.constantFrom('.' as const, ',' as const),
        group: fc.constantFrom(undefined, ...groupSigns),
        numbers: fc.constantFrom('strict' as const, 'written' as const),
        missing: fc.constantFrom('error' as const, 'empty' as const, 'zero' as const),
        missingValues: fc.array(texts, { maxLength: 3 }),
      },
      plain,
    ),
    cells: fc.nat(16_384),
    columns: fc.array(fc.record({ name: texts, index: fc.nat(16_383) }, plain), { maxLength: 4 }),
    formulas: fc.array(fc.record({ name: texts, text: texts }, plain), { minLength: 1, maxLength: 32 }),
    totals: fc.array(texts, { maxLength: 16 }),
    added: fc.array(texts, { maxLength: 33 }),
  },
  plain,
);

export const tables: fc.Arbitrary<Table> = fc.record(
  {
    program: programs,
    head: fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(255).map((byte) => new Uint8Array(20_000).fill(byte)),
    ),
    lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
    hasHeader: fc.boolean(),
    columns: fc.array(texts, { maxLength: 10 }),
    replaces: fc.boolean(),
    errorColumn: fc.option(texts, { nil: undefined }),
  },
  plain,
);

const numbers = fc.oneof(
  fc.bigInt().map(String),
  fc.tuple(fc.bigInt(), fc.nat()).map(([whole, decimals]) => `${whole}.${decimals}`),
  fc.tuple(fc.integer(), fc.integer()).map(([whole, exponent]) => `${whole}e${exponent}`),
  fc.tuple(fc.bigInt(), fc.integer({ min: 1 })).map(([numerator, denominator]) => `${numerator}/${denominator}`),
);

export const totals: fc.Arbitrary<readonly ColumnTotals[]> = fc.array(
  fc.record(
    {
      count: fc.nat(),
      sum: fc.option(numbers, { nil: undefined }),
      min: fc.option(numbers, { nil: undefined }),
      max: fc.option(numbers, { nil: undefined }),
    },
    plain,
  ),
  { maxLength: 48 },
);
