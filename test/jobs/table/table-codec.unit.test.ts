import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeTable,
  encodeTable,
  readProgramFields,
  readTotalsFields,
  toProgramFields,
  toTotalsFields,
  type ColumnTotals,
  type Table,
} from '../../../src/jobs/index.ts';
import { programs, tables, totals } from './arbitrary-tables.ts';

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const sample: Table = {
  program: {
    dialect: {
      format: 'csv',
      delimiter: ';',
      decimal: ',',
      group: '.',
      numbers: 'written',
      missing: 'zero',
      missingValues: ['NA'],
    },
    cells: 2,
    columns: [{ name: 'größe', index: 1 }],
    formulas: [{ name: 'total', text: 'größe * 2' }],
    totals: ['größe'],
    added: [],
  },
  head: new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0x3b, 0xff, 0x0a]),
  lineEnd: '\n',
  hasHeader: true,
  columns: ['a', '\ufffd'],
  replaces: false,
  errorColumn: 'error',
};

/** The fields of the sample, as JSON has them, with one of them changed. */
function changed(path: readonly string[], value: unknown): string {
  const root = JSON.parse(encodeTable(sample)) as Record<string, unknown>;
  let holder = root;
  for (const field of path.slice(0, -1)) holder = holder[field] as Record<string, unknown>;
  holder[path.at(-1) ?? ''] = value;
  return JSON.stringify(root);
}

describe('a table as JSON', () => {
  it('reads as it was written, whatever it is', () => {
    fc.assert(fc.property(tables, (table) => assert.deepEqual(decodeTable(encodeTable(table)), table)));
    fc.assert(
      fc.property(programs, (program) =>
        assert.deepEqual(readProgramFields(throughJson(toProgramFields(program))), program),
      ),
    );
    fc.assert(
      fc.property(totals, (list) => assert.deepEqual(readTotalsFields(throughJson(toTotalsFields(list))), list)),
    );
  });

  it('keeps a header of 256 KiB, whatever its bytes', () => {
    const head = Uint8Array.from({ length: 256 * 1024 }, (_, index) => index % 251);
    assert.deepEqual(decodeTable(encodeTable({ ...sample, head }))?.head, head);
  });

  it('writes equal totals as equal texts, whatever the order of their fields', () => {
    const one: ColumnTotals = { count: 1, sum: '2', min: '3', max: '4' };
    const other: ColumnTotals = { max: '4', min: '3', sum: '2', count: 1 };
    assert.equal(JSON.stringify(toTotalsFields([one])), JSON.stringify(toTotalsFields([other])));
  });

  it('is nothing rather than half of one, whatever else the text is', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.equal(decodeTable(text), undefined)));
    fc.assert(fc.property(fc.json(), (text) => assert.equal(decodeTable(text), undefined)));
    fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(readProgramFields(value), undefined)));
  });

  const wrong: readonly (readonly [readonly string[], readonly unknown[]])[] = [
    [['head'], [undefined, 1, '*', 'AAAAA', 'A'.repeat(600_000)]],
    [['line_end'], [undefined, '', '\r', 1]],
    [['has_header'], [undefined, 'true', 1, null]],
    [['replaces'], [undefined, 0]],
    [['error_column'], [null, 1]],
    [['columns'], [undefined, {}, [1], Array.from({ length: 16_385 }, () => '')]],
    [['program'], [undefined, null, [], 1]],
    [
      ['program', 'cells'],
      [undefined, -1, 1.5, '2', 16_385],
    ],
    [
      ['program', 'columns'],
      [undefined, [{ name: 'a' }], [{ name: 1, index: 0 }], [{ name: 'a', index: -1 }], [[]]],
    ],
    [
      ['program', 'formulas'],
      [undefined, [], [{ name: 'a' }], Array.from({ length: 33 }, () => ({ name: '', text: '' }))],
    ],
    [
      ['program', 'totals'],
      [undefined, [1], Array.from({ length: 17 }, () => '')],
    ],
    [
      ['program', 'added'],
      [undefined, [1], 'a'],
    ],
    [
      ['program', 'dialect'],
      [undefined, null, []],
    ],
    [
      ['program', 'dialect', 'format'],
      [undefined, 'tsv', 1],
    ],
    [
      ['program', 'dialect', 'delimiter'],
      [undefined, ':', ''],
    ],
    [
      ['program', 'dialect', 'decimal'],
      [undefined, ';'],
    ],
    [
      ['program', 'dialect', 'group'],
      [null, '_'],
    ],
    [
      ['program', 'dialect', 'numbers'],
      [undefined, 'loose'],
    ],
    [
      ['program', 'dialect', 'missing'],
      [undefined, 'ignore'],
    ],
    [
      ['program', 'dialect', 'missing_values'],
      [undefined, 'NA', [1]],
    ],
  ];
  for (const [path, values] of wrong) {
    it(`with a wrong ${path.join('.')} is none`, () => {
      for (const value of values) assert.equal(decodeTable(changed(path, value)), undefined, JSON.stringify(value));
    });
  }

  it('has no totals that are no numbers', () => {
    const one = { count: 1, sum: '1', min: '1', max: '1' };
    assert.deepEqual(readTotalsFields([one]), [one]);
    const bad = ['', '-', '.', 'e5', '1/0', '1/-2', '1/2/3', '0x1', 'Infinity', '1e12345678901', ' 1', '1\n', 1, null];
    for (const sum of bad) {
      assert.equal(readTotalsFields([{ ...one, sum }]), undefined, JSON.stringify(sum));
      assert.equal(readTotalsFields([{ ...one, max: sum }]), undefined, JSON.stringify(sum));
    }
    for (const count of [undefined, -1, 1.5, '1', 2 ** 53])
      assert.equal(readTotalsFields([{ ...one, count }]), undefined);
    assert.equal(readTotalsFields(Array.from({ length: 49 }, () => one)), undefined);
    assert.equal(readTotalsFields({}), undefined);
  });
});
