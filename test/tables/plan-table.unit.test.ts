/** The planning of a table by its formulas and options, before its first row is read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formulaBytesMax, formulasMax, totalsMax } from '../../src/jobs/index.ts';
import { faultOf, planOf, type TableWish } from './table-fixture.ts';

const file = 'id,price,qty,vat\n1,2,3,19\n';
const json = '{"id":1,"price":"2.5","qty":3}\n';

describe('a table is planned', () => {
  it('with its head, its dialect, the columns it uses and an order of evaluation', () => {
    const plan = planOf('\ufeffid;price;qty\r\n1;2;3\r\n', {
      formulas: ['gross = net * 1.19', 'net=price * qty'],
      totals: ['qty'],
      decimal: ',',
      group: '.',
      numbers: 'written',
      missing: 'zero',
      missingValues: ['NA'],
      errorColumn: 'problems',
    });
    assert.deepEqual(plan.order, [1, 0]);
    const { program, head, ...table } = plan.table;
    assert.equal(Buffer.from(head).toString(), '\ufeffid;price;qty\r\n');
    assert.deepEqual(table, {
      lineEnd: '\r\n',
      hasHeader: true,
      columns: ['id', 'price', 'qty'],
      replaces: false,
      errorColumn: 'problems',
    });
    assert.deepEqual(program.dialect, {
      format: 'csv',
      delimiter: ';',
      decimal: ',',
      group: '.',
      numbers: 'written',
      missing: 'zero',
      missingValues: ['NA'],
    });
    assert.equal(program.cells, 3);
    assert.deepEqual(
      program.columns.toSorted((left, right) => left.index - right.index),
      [
        { name: 'price', index: 1 },
        { name: 'qty', index: 2 },
      ],
    );
    assert.deepEqual(program.formulas, [
      { name: 'gross', text: 'net * 1.19' },
      { name: 'net', text: 'price * qty' },
    ]);
    assert.deepEqual([program.totals, program.added], [['qty'], []]);
  });

  it('without a header, by the numbers of its columns', () => {
    const { table } = planOf('1,2\n3,4\n', { formulas: ['sum = c1 + @2'], hasHeader: false });
    assert.deepEqual([table.columns, table.hasHeader, table.head.length], [['c1', 'c2'], false, 0]);
  });

  it('in NDJSON, with the names that its rows must not have', () => {
    const { program } = planOf(json, { format: 'ndjson', formulas: ['total = price * `quantité`'] }).table;
    assert.deepEqual(program.columns, [
      { name: 'price', index: 0 },
      { name: 'quantité', index: 1 },
    ]);
    assert.deepEqual([program.cells, program.added], [0, ['total', 'errors']]);
    const quiet: TableWish = { format: 'ndjson', formulas: ['total = price'], errorColumn: undefined };
    assert.deepEqual(planOf(json, quiet).table.program.added, ['total']);
    assert.deepEqual(planOf(json, { ...quiet, replaces: true }).table.program.added, []);
  });

  it('that replaces columns, in whose formula the name is the old column', () => {
    const { table, order } = planOf(file, {
      formulas: ['total = price * qty', 'price = price * 1.1'],
      replaces: true,
      errorColumn: 'vat',
    });
    assert.deepEqual([table.replaces, table.errorColumn, order], [true, 'vat', [1, 0]]);
  });

  it('whatever composition the letters of its names have', () => {
    const { program } = planOf('gro\u0308ße\n1\n', {
      formulas: ['`gr\u00f6ßer` = größe + 1'],
      totals: ['gro\u0308ße'],
    }).table;
    assert.deepEqual([program.columns, program.totals], [[{ name: 'größe', index: 0 }], ['größe']]);
    assert.equal(program.formulas[0]?.name, 'größer');
  });

  it('with short names of the columns that are used by position', () => {
    const long = 'x'.repeat(100_000);
    const { program, ...table } = planOf(`${long},b\n1,2\n`, { formulas: ['sum = @1 + b'] }).table;
    assert.equal(table.columns[0], long);
    assert.ok((program.columns.find(({ index }) => index === 0)?.name.length ?? 0) < 100);
  });

  it('with duplicate and empty names that no formula mentions', () => {
    const { program } = planOf('a,a,,b\n1,2,3,4\n', { formulas: ['c = @2 + @3 + b'] }).table;
    assert.deepEqual(
      program.columns.map(({ index }) => index).toSorted((left, right) => left - right),
      [1, 2, 3],
    );
  });

  it('with as many formulas and bytes as are allowed', () => {
    const formulas = Array.from({ length: formulasMax }, (_, index) => `f${index} = price + ${index}`);
    assert.equal(planOf(file, { formulas }).order.length, formulasMax);
    const prefix = 'f = 1';
    const wide = prefix + ' '.repeat(formulaBytesMax - prefix.length - 2) + '+1';
    assert.equal(planOf(file, { formulas: [wide] }).order.length, 1);
  });
});

describe('a table is refused', () => {
  const cases: readonly [string, TableWish, { parameter: string; formula?: number; message: RegExp; at?: string }][] = [
    ['without formulas', { formulas: [] }, { parameter: 'formula', message: /no formula/ }],
    [
      'with too many formulas',
      { formulas: Array.from({ length: formulasMax + 1 }, (_, index) => `f${index} = 1`) },
      { parameter: 'formula', message: /33 formulas.*32/ },
    ],
    [
      'with formulas that are too long together',
      { formulas: [`f = 1${' '.repeat(formulaBytesMax)}`, 'g = 2'] },
      { parameter: 'formula', message: /8202 bytes together.*8192/ },
    ],
    [
      'with a formula without a name',
      { formulas: ['a = 1', 'price * qty'] },
      { parameter: 'formula', formula: 1, message: /Formula 2/ },
    ],
    [
      'with an unknown name',
      { formulas: ['total = prise * qty'] },
      { parameter: 'formula', formula: 0, message: /Formula `total`.*prise/, at: 'prise' },
    ],
    [
      'with a wrong expression in a name with blanks',
      { formulas: ['net = price', '  `my total`  =  price * (qty'] },
      { parameter: 'formula', formula: 1, message: /Formula `my total`/ },
    ],
    [
      'with two formulas of one name',
      { formulas: ['a = 1', 'b = 2', '`a` = 3'] },
      { parameter: 'formula', formula: 2, message: /Formulas 1 and 3 are both called `a`/ },
    ],
    [
      'with a formula whose name is a column',
      { formulas: ['total = 1', 'price = price * 2'] },
      { parameter: 'formula', formula: 1, message: /column `price` already.*replace/ },
    ],
    [
      'with an error column that is a column',
      { formulas: ['total = 1'], errorColumn: 'vat' },
      { parameter: 'error_column', message: /column `vat` already/ },
    ],
    [
      'with an error column that is a formula',
      { formulas: ['error = 1'] },
      { parameter: 'error_column', message: /`error` is the name of a formula and of the error column/ },
    ],
    [
      'with an error column without a name',
      { formulas: ['a = 1'], errorColumn: '' },
      { parameter: 'error_column', message: /empty name/ },
    ],
    [
      'with an error column of two lines',
      { formulas: ['a = 1'], errorColumn: 'a\nb' },
      { parameter: 'error_column', message: /`a b` cannot be the name/ },
    ],
    [
      'with a long error column',
      { formulas: ['a = 1'], errorColumn: '😀'.repeat(200) },
      { parameter: 'error_column', message: /^`😀{40}…` cannot be/u },
    ],
    [
      'with formulas in a circle',
      { formulas: ['a = b + 1', 'b = c', 'c = a'] },
      { parameter: 'formula', message: /a.*b.*c.*a/ },
    ],
    [
      'with one sign for two things',
      { formulas: ['a = 1'], decimal: ',', group: ',' },
      { parameter: 'group', message: /"," cannot be/ },
    ],
    [
      'with totals of an unknown column',
      { formulas: ['a = 1'], totals: ['price', 'cost'] },
      { parameter: 'total', message: /cost/ },
    ],
    [
      'with totals of a column twice',
      { formulas: ['a = 1'], totals: ['price', 'price'] },
      { parameter: 'total', message: /`price` is named twice/ },
    ],
    [
      'with too many totals',
      { formulas: ['a = 1'], totals: Array.from({ length: totalsMax + 1 }, (_, index) => `x${index}`) },
      { parameter: 'total', message: /17 columns.*16/ },
    ],
    [
      'with an unknown position',
      { formulas: ['a = @5'] },
      { parameter: 'formula', formula: 0, message: /@1 to @4/, at: '@5' },
    ],
  ];
  for (const [name, wish, expected] of cases) {
    it(name, () => {
      const fault = faultOf(file, wish);
      assert.equal(fault.parameter, expected.parameter);
      assert.equal(fault.formula, expected.formula ?? fault.formula);
      assert.match(fault.message, expected.message);
      if (expected.at === undefined) return;
      const formula = wish.formulas?.[fault.formula ?? -1] ?? '';
      assert.equal(formula.slice((fault.column ?? 0) - 1, (fault.endColumn ?? 0) - 1), expected.at);
    });
  }

  it('when it names a column of which there are several, with their positions', () => {
    const { message, formula } = faultOf('a,b,a\n1,2,3\n', { formulas: ['c = 1', 'd = a + b'] });
    assert.equal(formula, 1);
    assert.match(message, /@1.*@3/);
    const replaced = faultOf('a,b,a\n1,2,3\n', { formulas: ['a = 1'], replaces: true });
    assert.match(replaced.message, /@1, @3/);
    const many = faultOf(`${'a,'.repeat(50)}b\n${','.repeat(50)}\n`, { formulas: ['a = 1'], replaces: true });
    assert.match(many.message, /@7, @8, …/);
  });

  it('in NDJSON, when its first row has a new name already, or a formula names a position', () => {
    const wish: TableWish = { format: 'ndjson', formulas: ['price = qty'] };
    assert.match(faultOf(json, wish).message, /`price` already/);
    assert.equal(faultOf('{"errors":1}\n', { format: 'ndjson', formulas: ['a = 1'] }).parameter, 'error_column');
    assert.match(faultOf(json, { format: 'ndjson', formulas: ['a = @1'] }).message, /positions/);
    assert.match(faultOf(json, { format: 'ndjson', formulas: ['a = cost'] }).message, /cost/);
  });

  for (const mode of ['float64', 'decimal', 'rational', 'bigint']) {
    it(`when ${mode} mode has no such function`, () => {
      assert.equal(faultOf(file, { formulas: ['a = nosuch(price)'], mode }).formula, 0);
    });
  }
});
