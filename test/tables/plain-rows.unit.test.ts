/**
 * Rows that are evaluated in batches come to the same, byte for byte, as when they are evaluated one by one: outcomes, counts,
 * costs and totals, whatever stands in the cells and wherever a run begins and ends.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evaluateRows, type RowRun, type RowRunResult } from '../../src/evaluator-pool/evaluate-rows.ts';
import { ByteBuffer, costMax } from '../../src/expression/index.ts';
import { createRowsEvaluator, type RowsEvaluator } from '../../src/tables/index.ts';
import { requestOf, type TableWish } from './table-fixture.ts';

const header = ['a', 'b', 'c'];

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{1,${length}}$`));
const decimal = fc
  .tuple(fc.constantFrom('', '', '', '-', '+'), digits(6), fc.constantFrom('', '.', '.'), digits(4))
  .map(([sign, whole, point, fraction]) => sign + whole + (point === '' ? '' : point + fraction));
const price = fc.tuple(digits(3), fc.stringMatching(/^\d\d$/)).map(([whole, cents]) => `${whole}.${cents}`);
const longDecimal = fc.tuple(digits(17), digits(17)).map(([whole, fraction]) => `${whole}.${fraction}`);
const oddities = [
  [
    '',
    '0',
    '-0',
    '0.00',
    '5.',
    '.5',
    '1e3',
    '2.50E-7',
    '1e-20',
    '1e30',
    ' 7 ',
    'abc',
    '"1.5"',
    '"a,b"',
    '"x""y"',
    '1,5',
  ],
  [
    '007',
    '+3',
    '--1',
    '9007199254740991',
    '9007199254740993',
    '999999999999999',
    '0.000000000000001',
    '12.345678901234',
  ],
].flat();
/** Mostly of one kind, as columns are; any cell may be an exception. */
const cells = fc.oneof(
  { weight: 6, arbitrary: price },
  { weight: 4, arbitrary: decimal },
  { weight: 1, arbitrary: longDecimal },
  { weight: 1, arbitrary: fc.constantFrom(...oddities) },
);
const plainCells = fc.oneof(price, digits(2));
const row = (cell: fc.Arbitrary<string>) => fc.tuple(cell, cell, cell).map((row) => row.join(','));
const rows = fc.oneof(
  fc.array(row(plainCells), { minLength: 1, maxLength: 500, size: 'max' }),
  fc.array(fc.oneof({ weight: 30, arbitrary: row(plainCells) }, { weight: 1, arbitrary: row(cells) }), {
    minLength: 1,
    maxLength: 500,
    size: 'max',
  }),
  fc.array(fc.oneof({ weight: 9, arbitrary: row(cells) }, fc.constantFrom('', '1,2', '1,2,3,4', '"1,2,3')), {
    minLength: 1,
    maxLength: 60,
  }),
);

const operands = fc.constantFrom('a', 'b', 'c', 'row', '1', '2.5', '0', '100', '1e3', '0.001', '12345678901234');
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    operands,
    fc
      .tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression'))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('100', '10', '8', '0.25', '1e6', '3', '1', '640', '0', '1e-3'))
      .map(([dividend, divisor]) => `(${dividend} / ${divisor})`),
    fc.tuple(tie('expression'), fc.nat({ max: 5 })).map(([value, places]) => `round(${value}, ${places})`),
    fc.tuple(tie('expression'), fc.nat({ max: 3 })).map(([value, places]) => `round_even(${value}, ${places})`),
    tie('expression').map((value) => `-${value}`),
    tie('expression').map((value) => `round(${value})`),
  ),
}));
const formulas = fc.oneof(
  fc.constant(['x = a * b * (1 + c / 100)']),
  expression.map((text) => [`x = ${text}`]),
  fc
    .tuple(expression, expression)
    .map(([first, second]) => [`x = ${first}`, `y = x * 2 - (${second})`, 'z = fixed(y, 3)']),
);

interface Case {
  readonly rows: readonly string[];
  readonly lineEnd: string;
  readonly wish: TableWish;
  /** Cost units for a run, in those of a row. */
  readonly rowsPaid: number;
}

const caseArbitrary: fc.Arbitrary<Case> = fc.record({
  rows,
  lineEnd: fc.constantFrom('\n', '\r\n'),
  wish: fc.record({
    formulas,
    totals: fc.constantFrom([], ['a'], ['c', 'b']),
    precision: fc.constantFrom(34, 34, 34, 100, 16, 15, 7, 3),
    missing: fc.constantFrom('error', 'zero', 'empty'),
    missingValues: fc.constantFrom([], ['0.00', '-']),
  }),
  rowsPaid: fc.oneof({ weight: 5, arbitrary: fc.constant(1e9) }, { weight: 1, arbitrary: fc.nat({ max: 400 }) }),
});

interface Evaluation extends Omit<RowRunResult, 'totals'> {
  readonly totals: unknown;
  readonly text: string;
}

function evaluate(evaluator: RowsEvaluator, run: RowRun): Evaluation {
  const output = new ByteBuffer();
  const result = evaluateRows(run, evaluator, output);
  return { ...result, text: Buffer.from(output.view()).toString() };
}

/** The same evaluator, which takes each row alone. */
function alone(evaluator: RowsEvaluator): RowsEvaluator {
  return new Proxy(evaluator, {
    get: (target, name) => {
      if (name === 'evaluatePlain') return () => 0;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function compare({ rows, lineEnd, wish, rowsPaid }: Case): number {
  // An empty line at the end is no row.
  fc.pre(rows.at(-1) !== '');
  const file = `${header.join(',')}${lineEnd}${rows.join(lineEnd)}`;
  const request = requestOf(file, wish);
  const { table } = request;
  assert.ok(table !== undefined);
  const mode = { mode: 'decimal', precision: wish.precision ?? 34 } as const;
  const whole: RowRun = {
    ...request,
    start: 0,
    isChunkStart: true,
    costMax: Math.min(rowsPaid * 9, request.count * costMax),
  };
  const [batches, single] = [createRowsEvaluator(table, mode), alone(createRowsEvaluator(table, mode))];
  // Twice: state that the first run has left behind must not affect the second.
  evaluate(batches, whole);
  const found = evaluate(batches, whole);
  assert.deepEqual(found, evaluate(single, whole));
  return found.count;
}

describe('rows that are evaluated in batches', () => {
  it('come to the same as one by one', () => {
    fc.assert(
      fc.property(caseArbitrary, (one) => {
        compare(one);
      }),
      // A case that fails is not shrunk: it has too many rows for that.
      { numRuns: 300, endOnFailure: true },
    );
  });
});

describe('a run over plain rows', () => {
  it('evaluates them in batches', () => {
    const file = `a,b,c\n${'1.50,2,19\n'.repeat(500)}`;
    const { table, ...request } = requestOf(file, { formulas: ['x = a * b * (1 + c / 100)'] });
    assert.ok(table !== undefined);
    const evaluator = createRowsEvaluator(table, { mode: 'decimal', precision: 34 });
    const output = new ByteBuffer();
    evaluator.open({ ...request, start: 0 });
    let rows = 0;
    let batches = 0;
    for (; rows < 500; batches += 1) {
      const plain = evaluator.evaluatePlain(output, 500 - rows, 1e9);
      assert.notEqual(plain, 0);
      rows += plain;
    }
    assert.ok(batches < 10, `${batches} batches`);
    assert.equal(Buffer.from(output.view()).toString(), '3.57\n'.repeat(500));
  });

  it('takes no more of them than it is paid for', () => {
    const { table, ...request } = requestOf('a\n1\n2\n3\n', { formulas: ['x = a + 1'] });
    assert.ok(table !== undefined);
    const evaluator = createRowsEvaluator(table, { mode: 'decimal', precision: 34 });
    const output = new ByteBuffer();
    evaluator.open({ ...request, start: 0 });
    assert.equal(evaluator.evaluatePlain(output, 3, 0), 0);
    assert.equal(evaluator.evaluatePlain(output, 3, 1), 1);
    assert.equal(evaluator.evaluatePlain(output, 3, evaluator.cost + 1), 2);
    assert.equal(Buffer.from(output.view()).toString(), '2\n3\n4\n');
  });
});
