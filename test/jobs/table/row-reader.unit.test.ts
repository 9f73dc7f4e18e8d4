import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  cellKind,
  createRowReader,
  nextRowEnd,
  splitRows,
  type LineFault,
  type RowReader,
  type RowRun,
  type RowSyntax,
} from '../../../src/jobs/index.ts';
import { latin1 } from './table-files.ts';

const csv: RowSyntax = { format: 'csv', delimiter: ',' };
const ndjson: RowSyntax = { format: 'ndjson', delimiter: ',' };

function runOf(text: string, faults: readonly LineFault[] = []): RowRun & { count: number } {
  return { text: Buffer.from(text), firstLine: 1, count: 0, faults };
}

function faultAt(line: number, code: LineFault['code']): LineFault {
  return { line, code, message: 'Found by intake.', column: 0, endColumn: 0 };
}

function read(reader: RowReader, run: RowRun): RowReader {
  reader.open(run);
  assert.ok(reader.next());
  return reader;
}

/** Content and kind of each cell. */
function cellsOf({ cells }: RowReader): [string, number][] {
  return Array.from({ length: cells.count }, (_, index) => [
    latin1(cells.bytes.subarray(cells.starts[index], cells.ends[index])),
    cells.kinds[index] ?? -1,
  ]);
}

describe('cells of a CSV row', () => {
  const { plain, doubledQuotes } = cellKind;
  const cases: [string, [string, number][]][] = [
    [
      '1,2',
      [
        ['1', plain],
        ['2', plain],
      ],
    ],
    [
      ',',
      [
        ['', plain],
        ['', plain],
      ],
    ],
    [
      '"1","2"',
      [
        ['1', plain],
        ['2', plain],
      ],
    ],
    [
      '"",""',
      [
        ['', plain],
        ['', plain],
      ],
    ],
    [
      '"""a""",b',
      [
        ['""a""', doubledQuotes],
        ['b', plain],
      ],
    ],
    [
      '"a,b","c\n"',
      [
        ['a,b', plain],
        ['c\n', plain],
      ],
    ],
    [
      'a"b, "c"',
      [
        ['a"b', plain],
        [' "c"', plain],
      ],
    ],
    [
      '\ra,\rb',
      [
        ['\ra', plain],
        ['\rb', plain],
      ],
    ],
  ];
  for (const [row, expected] of cases) {
    for (const end of ['\n', '\r\n', '']) {
      it(`are found in ${JSON.stringify(row + end)}`, () => {
        const reader = read(createRowReader(csv, 2, []), runOf(row + end));
        assert.deepEqual(cellsOf(reader), expected);
        assert.equal(reader.fault, undefined);
        assert.deepEqual([reader.start, reader.contentEnd, reader.end], [0, row.length, row.length + end.length]);
        assert.equal(reader.next(), false);
      });
    }
  }

  const broken: [string, string[]][] = [
    ['"a"b,2', ['"a"b', '2']],
    ['"a" ,2', ['"a" ', '2']],
    ['"a""b"c"d,2', ['"a""b"c"d', '2']],
    ['1,"a"\r', ['1', '"a"\r']],
    ['"a"b,"c', ['"a"b', '"c']],
  ];
  for (const [row, expected] of broken) {
    it(`are raw where quoting is broken: ${JSON.stringify(row)}`, () => {
      const reader = read(createRowReader(csv, 2, []), runOf(row));
      assert.deepEqual(
        cellsOf(reader).map(([text]) => text),
        expected,
      );
      assert.equal(reader.fault?.code, 'QUOTE');
      assert.match(reader.fault?.message ?? '', /^Cell [12] has text after its closing quote\. Write each quote/);
    });
  }

  it('are counted, and kept as far as the table has columns', () => {
    const reader = createRowReader(csv, 2, []);
    for (const [row, count, message] of [
      ['1', 1, 'This row has 1 cell, but the table has 2 columns.'],
      ['1,2,3', 3, 'This row has 3 cells, but the table has 2 columns.'],
      ['1,2,"x",', 4, 'This row has 4 cells, but the table has 2 columns.'],
    ] as const) {
      read(reader, runOf(`${row}\r\n`));
      assert.equal(reader.cells.count, count);
      assert.deepEqual(reader.fault, { code: 'COLUMNS', message, column: 0, endColumn: 0 });
      assert.deepEqual(cellsOf(reader)[0], ['1', plain]);
    }
  });

  it('are none in an empty row, unless the table has one column', () => {
    for (const end of ['\n', '\r\n']) {
      assert.equal(read(createRowReader(csv, 2, []), runOf(end)).fault?.message, 'This row is empty.');
      const single = read(createRowReader(csv, 1, []), runOf(end));
      assert.deepEqual([single.fault, cellsOf(single)], [undefined, [['', plain]]]);
    }
  });

  it('end at the first line feed where intake says so', () => {
    for (const code of ['QUOTE', 'TOO_LONG'] as const) {
      const run = runOf('1,2\n3,"4,5\r\n6,"7\n8"\n', [faultAt(2, code)]);
      const reader = createRowReader(csv, 2, []);
      reader.open(run);
      const rows: string[] = [];
      while (reader.next())
        rows.push(`${reader.row} ${JSON.stringify(cellsOf(reader).map(([text]) => text))} ${reader.fault?.code}`);
      assert.deepEqual(rows, ['1 ["1","2"] undefined', `2 ["3","\\"4,5"] ${code}`, '3 ["6","7\\n8"] undefined']);
      assert.equal(reader.fault, undefined);
      assert.deepEqual(
        splitRows({ ...run, count: 3 }, csv).map(({ end }) => end),
        [4, 12, 20],
      );
    }
  });

  it('are read from the middle of a chunk', () => {
    const run = { ...runOf('1,2\n3,4\n', [faultAt(8, 'QUOTE')]), firstLine: 8, start: 4 };
    const reader = read(createRowReader(csv, 2, []), run);
    assert.deepEqual([reader.row, reader.start, reader.fault?.message], [8, 4, 'Found by intake.']);
  });

  it('property: the reader, the walk over row ends and a plain reading agree', () => {
    const text = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', '1'), maxLength: 30 });
    fc.assert(
      fc.property(text, (text) => {
        const bytes = Buffer.from(text);
        const reader = createRowReader(csv, 3, []);
        reader.open(runOf(text));
        for (let start = 0; start < bytes.length; start = reader.end) {
          assert.ok(reader.next());
          assert.equal(reader.start, start);
          assert.equal(reader.end, nextRowEnd(bytes, start, csv, false));
        }
        assert.equal(reader.next(), false);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('members of an NDJSON row', () => {
  const used = ['price', 'größe', 'a b'].map((name, index) => ({ name, index }));
  const { plain, absent, jsonNumber, jsonEscapes, jsonOther } = cellKind;

  it('are those that are used, with the text of numbers as it is written', () => {
    const row = '{"x":1, "price" : 12.50e0 ,"gr\\u00f6ße":"1\\t", "a b":[1]}';
    const reader = read(createRowReader(ndjson, 0, used), runOf(`${row}\r\n`));
    assert.deepEqual(cellsOf(reader), [
      ['12.50e0', jsonNumber],
      ['1\\t', jsonEscapes],
      ['[1]', jsonOther],
    ]);
    assert.deepEqual([reader.closing, reader.members, reader.fault], [Buffer.byteLength(row) - 1, 4, undefined]);
    assert.equal(reader.end, Buffer.byteLength(row) + 2);
  });

  it('are found by name in NFC', () => {
    const reader = read(createRowReader(ndjson, 0, used), runOf('{"gro\u0308ße":"x"}'));
    assert.deepEqual(cellsOf(reader)[1], ['x', plain]);
  });

  it('are absent when missing or null, where null has a place', () => {
    const reader = read(createRowReader(ndjson, 0, used), runOf('{"price":null}\n{"a b":""}\n{}'));
    assert.deepEqual(cellsOf(reader), [
      ['null', absent],
      ['', absent],
      ['', absent],
    ]);
    assert.equal(reader.cells.starts[1], 0);
    assert.ok(reader.next());
    assert.deepEqual(cellsOf(reader), [
      ['', absent],
      ['', absent],
      ['', plain],
    ]);
    assert.ok((reader.cells.starts[2] ?? 0) > 0);
    assert.ok(reader.next());
    assert.deepEqual([reader.members, reader.fault], [0, undefined]);
  });

  const faults: [string, string, RegExp][] = [
    ['a used member twice', '{"price":1,"b":2,"price":2}', /^SYNTAX This row has the member "price" twice\./],
    ['a used member twice, once as null', '{"price":null,"price":2}', /^SYNTAX .*"price" twice/],
    ['a used member twice, once with escapes', '{"pric\\u0065":1,"price":2}', /^SYNTAX .*"price" twice/],
    ['a new member that is there already', '{"price":1,"total":2}', /^COLUMNS This row has a member "total" already\./],
    ['no object', '[1]', /^SYNTAX This row is not a JSON object\./],
    ['no JSON', '{"price":1', /^SYNTAX This row is not valid JSON/],
    ['a fault and no JSON', '{"price":1,"price":2', /^SYNTAX This row is not valid JSON/],
    ['nothing', '', /^EMPTY/],
    ['blanks', ' \t\r ', /^EMPTY/],
  ];
  for (const [name, row, expected] of faults) {
    it(`have a fault: ${name}`, () => {
      const reader = createRowReader(ndjson, 0, used, ['total']);
      reader.open(runOf(`{"price":1}\n${row}\n{"price":3}\n`));
      assert.ok(reader.next());
      const before = reader.fault;
      assert.ok(reader.next());
      assert.equal(before, undefined);
      assert.match(`${reader.fault?.code} ${reader.fault?.message}`, expected);
      assert.ok(reader.next());
      assert.deepEqual([reader.fault, cellsOf(reader)[0]?.[0]], [undefined, '3']);
    });
  }

  it('may be there twice when nothing uses them', () => {
    assert.equal(read(createRowReader(ndjson, 0, used), runOf('{"x":1,"x":2}')).fault, undefined);
  });

  it('are not looked for in a row that was too long', () => {
    const reader = read(createRowReader(ndjson, 0, used), runOf('{"price":1,"x":…\n', [faultAt(1, 'TOO_LONG')]));
    assert.deepEqual([reader.fault?.code, reader.closing, cellsOf(reader)[0]], ['TOO_LONG', -1, ['', absent]]);
  });

  it('property: any names are found, however many there are', () => {
    const names = fc.uniqueArray(
      fc.string({ unit: 'grapheme', maxLength: 6 }).map((name) => name.normalize('NFC')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(names, names, (used, others) => {
        const columns = used.map((name, index) => ({ name, index }));
        const row = JSON.stringify(Object.fromEntries(others.map((name, index) => [name, index])));
        const reader = read(createRowReader(ndjson, 0, columns), runOf(row));
        assert.equal(reader.fault, undefined);
        const values = JSON.parse(row) as Record<string, number>;
        const expected = used.map((name) => (Object.hasOwn(values, name) ? String(values[name]) : ''));
        assert.deepEqual(
          cellsOf(reader).map(([text]) => text),
          expected,
        );
      }),
      { numRuns: 500 },
    );
  });
});
