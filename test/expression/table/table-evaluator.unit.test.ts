import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { numberModes } from '../../../src/expression/index.ts';
import { answersOf, cellsOf, compiledOf, evaluatorOf, refusalOf, rowOf } from './table-case.ts';

const cells = ['853.20', '3', '19', 'DE'];

describe('the formulas of a row', () => {
  it('compute with its cells, exactly', () => {
    const formulas = ['total = price * qty * (1 + vat / 100)'];
    assert.deepEqual(rowOf({ formulas }, cells), ['3045.924']);
    assert.deepEqual(rowOf({ formulas }, ['0.1', '3', '7', 'DE']), ['0.321']);
  });

  it('use one another in any order, and are evaluated so that each has what it uses', () => {
    const formulas = ['total = net * (1 + vat / 100)', 'net = price * qty', 'all = total + net'];
    assert.deepEqual(rowOf({ formulas }, cells), ['3045.924', '2559.6', '5605.524']);
    const compiled = compiledOf({ formulas });
    assert.deepEqual(compiled.kind === 'compiled' && compiled.order, [1, 0, 2]);
  });

  it('pass on the error of a formula that they use, with its first reason, and leave the others alone', () => {
    const formulas = ['a = price / (qty - 3)', 'b = a + 1', 'c = b * 2', 'd = price', 'f = qty > 2 ? d : c'];
    assert.deepEqual(rowOf({ formulas }, cells), [
      'DIV0 7-8 Division by zero.',
      'DIV0 1-2 `a` has no value: Division by zero.',
      'DIV0 1-2 `b` has no value: Division by zero.',
      '853.2',
      '853.2',
    ]);
  });

  it('pass on that a result is empty', () => {
    const formulas = ['a = price', 'b = a + 1', 'c = qty > 2 ? 1 : a', 'd = b + qty'];
    const evaluator = evaluatorOf({ formulas, cells: { missing: 'empty' } });
    assert.deepEqual(answersOf(evaluator, cellsOf(['', '3', '19', 'DE'])), ['', '', '1', '']);
    assert.equal(evaluator.failed, 0);
    assert.deepEqual(answersOf(evaluator, cellsOf(['5', '3', '19', 'DE'])), ['5', '6', '1', '9']);
    assert.deepEqual(answersOf(evaluator, cellsOf(['', 'x', '19', 'DE'])).slice(0, 2), ['', '']);
    assert.equal(evaluator.failed, 1);
  });

  it('read a cell only when evaluation reaches it', () => {
    const formulas = ['a = qty > 0 ? price / qty : 0', 'b = qty > 2 or price > 1', 'c = country == "DE" ? vat : price'];
    assert.deepEqual(
      rowOf({ formulas }, ['abc', '0', '19', 'DE']).map((text) => text.slice(0, 12)),
      ['0', 'NOT_NUMBER 1', '19'],
    );
  });

  it('use Boolean results of others', () => {
    const formulas = ['isLarge = price > 100', 'rate = isLarge and not isCheap ? 1 : 2', 'isCheap = qty > 5'];
    for (const mode of numberModes) {
      const row = mode === 'bigint' ? ['853', '3', '19', 'DE'] : cells;
      assert.deepEqual(rowOf({ formulas, mode }, row), ['true', '1', 'false'], mode);
    }
    assert.match(refusalOf({ formulas: ['a = price > 1', 'b = a + 1'] }), /^TYPE 1 3-4 /);
  });

  it('go on with the value that is printed', () => {
    const thirds = ['a = qty / 7', 'b = a * 7'];
    assert.deepEqual(rowOf({ formulas: thirds, mode: 'rational' }, cells), ['3/7', '3']);
    assert.deepEqual(rowOf({ formulas: thirds }, cells), ['0.4285714285714285714285714285714286', '3']);
    assert.deepEqual(rowOf({ formulas: ['a = 0.123456789', 'b = a * 1000'], precision: 3 }, cells), ['0.123', '123']);
    assert.deepEqual(rowOf({ formulas: ['a = fixed(2 / 3, 2)', 'b = a * 3'] }, cells), ['0.67', '2.01']);
  });

  it('take a result as a result, whose last digits were rounded away', () => {
    const formulas = ['a = 1e40 + price', 'b = isprime(a)', 'c = isprime(1e40)'];
    const [a, b, c] = rowOf({ formulas }, cells);
    assert.deepEqual([a, b?.slice(0, 12), c], ['1e+40', 'RANGE 1-8 is', 'false']);
  });

  it('hand results over between machine numbers and long ones', () => {
    const formulas = [
      'a = price * 2',
      'b = a / 7',
      'c = b * a',
      'd = sqrt(a) > a',
      'f = d ? 1 : a',
      'g = 1e30 + f + a',
    ];
    const line = rowOf({ formulas }, cells);
    assert.deepEqual(line.slice(3), ['false', '1706.4', '1000000000000000000000000003412.8']);
    assert.equal(line[2], rowOf({ formulas: ['x = (price * 2 / 7) * (price * 2)'] }, cells)[0]);
  });

  it('count rows, and forget the row before', () => {
    const evaluator = evaluatorOf({ formulas: ['a = row', 'b = price + a', 'c = b'] });
    assert.deepEqual(answersOf(evaluator, cellsOf(cells), 1), ['1', '854.2', '854.2']);
    const [, second] = answersOf(evaluator, cellsOf(['x', '', '', '']), 2);
    assert.match(second ?? '', /^NOT_NUMBER/);
    assert.deepEqual(answersOf(evaluator, cellsOf(['1', '', '', '']), 9_007_199_254), [
      '9007199254',
      '9007199255',
      '9007199255',
    ]);
  });

  it('have the columns of their errors in UTF-16 units of their own text', () => {
    const header = ['😀', 'größe', 'x'];
    const formulas = ['a = 1 + `😀` / größe', 'b = 10 × (x − 1) ÷ größe', 'c = @3 / größe'];
    assert.deepEqual(rowOf({ header, formulas }, ['1', '0', 'abc']), [
      'DIV0 10-11 Division by zero.',
      'NOT_NUMBER 7-8 `x` is not a number in this row: "abc".',
      'NOT_NUMBER 1-3 `x` is not a number in this row: "abc".',
    ]);
  });

  it('share the budget of one line', () => {
    const hard = Array(300).fill('sin(exp(price))').join('+');
    const formulas = [...Array.from({ length: 30 }, (_, index) => `x${index} = ${hard}`), 'last = price'];
    const evaluator = evaluatorOf({ formulas, precision: 100 });
    const answers = answersOf(evaluator, cellsOf(['1.5', '3', '19', 'DE']));
    const first = answers.findIndex((answer) => answer.startsWith('BUDGET'));
    assert.ok(first > 0);
    assert.ok(answers.slice(first).every((answer) => answer.startsWith('BUDGET')));
    assert.match(answers[first] ?? '', /This row needs more computation than a row is allowed/);
    assert.equal(evaluator.cost, 2_000_000);
    assert.deepEqual(
      answersOf(evaluator, cellsOf(['x', '3', '19', 'DE']))
        .at(-1)
        ?.slice(0, 10),
      'NOT_NUMBER',
    );
    assert.ok(evaluator.cost < 2_000_000);
  });

  it('cost what they do, each row for itself', () => {
    const evaluator = evaluatorOf({ formulas: ['a = price + 1', 'b = price * 2 + 3'] });
    answersOf(evaluator, cellsOf(cells));
    assert.equal(evaluator.cost, 5);
    answersOf(evaluator, cellsOf(cells));
    assert.equal(evaluator.cost, 5);
  });
});

describe('columns with totals', () => {
  const totals = ['price', 'vat', 'country', '@2'];

  it('have their numbers written out as they are, where they have one', () => {
    const evaluator = evaluatorOf({ formulas: ['a = price'], totals, cells: { decimal: ',', group: '.' } });
    const whole = '12345678901234567890123456789012345678901234567890';
    assert.deepEqual(answersOf(evaluator, cellsOf(['1.853,20', `${whole},12`, '-0,50', 'DE'])), [
      '1853.2',
      '1853.2',
      '-0.5',
      '',
      `${whole}.12`,
    ]);
  });

  it('do not count what is missing, though it is read as zero', () => {
    const evaluator = evaluatorOf({ formulas: ['a = price + 1'], totals: ['price'], cells: { missing: 'zero' } });
    assert.deepEqual(answersOf(evaluator, cellsOf(['', '3', '19', 'DE'])), ['1', '']);
    assert.equal(evaluator.hasText(1), false);
    assert.deepEqual(answersOf(evaluator, cellsOf(['0', '3', '19', 'DE'])), ['1', '0']);
    assert.equal(evaluator.hasText(1), true);
  });

  it('need not be used by a formula', () => {
    assert.deepEqual(rowOf({ formulas: ['a = 1'], totals }, cells), ['1', '853.2', '19', '', '3']);
  });

  it('are refused by a name that is no column of its own', () => {
    const formulas = ['net = price'];
    const table = { formulas, header: ['price', 'qty', 'qty'] };
    assert.equal(
      refusalOf({ ...table, totals: ['price', 'prize'] }),
      'UNKNOWN total 1 0-0 There is no column `prize`; did you mean `price`?',
    );
    assert.equal(
      refusalOf({ ...table, totals: ['qty'] }),
      'UNKNOWN total 0 0-0 There are several columns `qty`: write @2 or @3.',
    );
    assert.equal(refusalOf({ ...table, totals: ['@4'] }).slice(0, 36), 'UNKNOWN total 0 0-0 There is no colu');
    assert.equal(
      refusalOf({ ...table, totals: ['net'] }),
      'UNKNOWN total 0 0-0 `net` is a formula, and totals of formulas are always kept.',
    );
  });
});

describe('the names of formulas', () => {
  it('are refused when they are taken', () => {
    assert.equal(
      refusalOf({ formulas: ['a = 1', 'b = 2', 'a = 3'] }),
      'SYNTAX 2 0-0 Two formulas are called `a`; give one of them another name.',
    );
    assert.equal(
      refusalOf({ formulas: ['price = 1'] }),
      'SYNTAX 0 0-0 There is a column `price` already; use another name, or replace=true to replace its cells.',
    );
    assert.equal(
      refusalOf({ formulas: ['a = 1'], header: ['a', 'a'], replaces: true }),
      'SYNTAX 0 0-0 There are 2 columns `a`, so they cannot be replaced; use another name.',
    );
    const many = Array.from({ length: 33 }, (_, index) => `x${index} = 1`);
    assert.equal(refusalOf({ formulas: many }), 'LIMIT - 0-0 A table takes 1 to 32 formulas, but 33 were given.');
    assert.equal(rowOf({ formulas: many.slice(1) }, cells).length, 32);
  });

  it('mean the column in their own text, and the new value elsewhere, when they replace it', () => {
    const formulas = ['double = price * 2', 'price = price * 1.1'];
    assert.deepEqual(rowOf({ formulas, replaces: true }, ['10', '3', '19', 'DE']), ['22', '11']);
  });

  it('may need backticks, and win over nothing of the language', () => {
    const formulas = ['`net price` = price * 2', 'e = 5', 'x = `net price` + `e`'];
    assert.deepEqual(rowOf({ formulas }, cells), ['1706.4', '5', '1711.4']);
    assert.match(refusalOf({ formulas: ['e = 5', 'x = e'] }), /^SYNTAX 1 1-2 `e` is a column and a constant/);
  });

  it('are refused when they use one another in a circle', () => {
    assert.equal(
      refusalOf({ formulas: ['x = 1', 'a = b + 1', 'b = 2 * c', 'c = x - a'] }),
      'SYNTAX 3 5-6 These formulas use one another in a circle: `a` → `b` → `c` → `a`.',
    );
    assert.equal(
      refusalOf({ formulas: ['a = a + 1'] }),
      'SYNTAX 0 1-2 `a` uses itself, and there is no column of that name.',
    );
  });

  it('can follow one another thirty-two deep', () => {
    const formulas = Array.from({ length: 32 }, (_, index) =>
      index === 31 ? 'x31 = qty' : `x${index} = x${index + 1} + 1`,
    );
    assert.equal(rowOf({ formulas }, cells)[0], '34');
  });
});

describe('objects', () => {
  it('may have members that the first one lacks, in backticks', () => {
    const compiled = compiledOf({
      formulas: ['a = `later` + price', 'b = `later`'],
      header: ['x', 'price'],
      isOpen: true,
    });
    assert.deepEqual(compiled.kind === 'compiled' && compiled.columns.map(({ name }) => name), ['later', 'price']);
  });
});
