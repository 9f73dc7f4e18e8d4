import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  chunkBytesMax,
  chunkLinesMax,
  findForeignEncoding,
  openQuoteBytesMax,
  rowBytesMax,
} from '../../../src/jobs/index.ts';
import {
  createSplitter,
  faultsOf,
  joinFile,
  latin1,
  readRows,
  splitFile,
  toBytes,
  type FileOptions,
} from './table-files.ts';

const ndjson = { format: 'ndjson' } as const;
const noHeader = { hasHeader: false } as const;

/** Rows as texts, after a check that the cuts change nothing and no byte is lost. */
function rowsOf(file: string | Uint8Array, options: FileOptions = {}): string[] {
  const whole = splitFile(file, options);
  const { length } = toBytes(file);
  for (const size of [1, 2, 3, 7]) {
    const cuts = Array.from({ length: Math.floor(length / size) }, (_, index) => (index + 1) * size);
    assert.deepEqual(splitFile(file, options, cuts), whole);
  }
  if (whole.headFault === undefined && whole.head !== undefined)
    assert.deepEqual(joinFile(whole), Buffer.from(toBytes(file)));
  return readRows(whole).map(({ text, fault }) => (fault === undefined ? text : `${fault}: ${text}`));
}

describe('rows of CSV', () => {
  const cases: [string, string, string[]][] = [
    ['nothing', '', []],
    ['a header only', 'a,b\n', []],
    ['a header without an end', 'a,b', []],
    ['LF', 'a,b\n1,2\n3,4\n', ['1,2\n', '3,4\n']],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n', ['1,2\r\n', '3,4\r\n']],
    ['mixed line ends', 'a,b\n1,2\r\n3,4\n', ['1,2\r\n', '3,4\n']],
    ['a last row without an end', 'a,b\n1,2', ['1,2']],
    ['a lone CR, which is content', 'a,b\n1\r,2\n3,4\r', ['1\r,2\n', '3,4\r']],
    ['line breaks in quotes', 'a,b\n1,"x\ny\r\nz"\n3,4\n', ['1,"x\ny\r\nz"\n', '3,4\n']],
    ['delimiters and doubled quotes in quotes', 'a,b\n"1,""\n",2\n', ['"1,""\n",2\n']],
    ['a quote within a cell, which is text', 'a,b\n5" x,2\n3,4\n', ['5" x,2\n', '3,4\n']],
    ['a blank before a quote, which is text', 'a,b\n1, "x\n3,4\n', ['1, "x\n', '3,4\n']],
    ['an empty row among columns', 'a,b\n\n1,2\n', ['EMPTY: \n', '1,2\n']],
    ['an empty row of one column', 'a\n\n1\n', ['\n', '1\n']],
    ['ragged rows', 'a,b\n1\n1,2,3\n1,2\n', ['COLUMNS: 1\n', 'COLUMNS: 1,2,3\n', '1,2\n']],
    ['text after a closing quote', 'a,b\n"1"x,2\n3,4\n', ['QUOTE: "1"x,2\n', '3,4\n']],
    ['a line break after text after a closing quote', 'a,b\n1,"2"x\n3,4\n', ['QUOTE: 1,"2"x\n', '3,4\n']],
    ['NUL bytes', 'a,b\n\u0000,"\u0000"\n', ['\u0000,"\u0000"\n']],
    ['empty cells in quotes', 'a,b\n"",""\n', ['"",""\n']],
    ['a quote that is closed by the end', 'a,b\n1,"2"', ['1,"2"']],
    ['a byte order mark and a separator line', '\ufeffsep=;\r\na;b\n1,5;2\n', ['1,5;2\n']],
  ];
  for (const [name, file, expected] of cases) {
    it(`takes ${name}`, () => assert.deepEqual(rowsOf(file), expected));
  }

  it('takes bytes that are not UTF-8 as they are', () => {
    const file = Buffer.from('gr\xf6\xdfe,b\n\xff,"\x80\n\xc3"\n', 'latin1');
    assert.deepEqual(rowsOf(file), ['\xff,"\x80\n\xc3"\n']);
    assert.deepEqual(splitFile(file).head?.columns, ['gr\ufffd\ufffde', 'b']);
  });

  it('takes 10,000 columns', () => {
    const row = `${Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? index : `"${index},"`)).join(',')}\n`;
    const rows = readRows(splitFile(`${row}${row}${row}`));
    assert.deepEqual(faultsOf(rows), []);
    assert.equal(rows[1]?.cells.length, 10_000);
    assert.equal(rows[1]?.cells[9_999], '9999,');
  });

  it('ends the scan of TAB rows at TABs', () => {
    assert.deepEqual(rowsOf('a,b\tc\n1\t"2\n3"\n', { delimiter: '\t' }), ['1\t"2\n3"\n']);
  });

  it('gives no chunks of UTF-16 and UTF-32', () => {
    for (const file of [Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), Buffer.from('a,b\n', 'utf16le').swap16()]) {
      const splitter = createSplitter();
      assert.deepEqual([...splitter.push(file), ...splitter.end()], []);
      assert.equal(splitter.foreignEncoding, 'UTF-16');
      assert.equal(splitter.head, undefined);
    }
  });

  it('has rows from the first line without a header', () => {
    assert.deepEqual(rowsOf('1,2\n3,4\n', noHeader), ['1,2\n', '3,4\n']);
    assert.deepEqual(rowsOf('sep=|\n1|2', noHeader), ['1|2']);
    assert.deepEqual(splitFile('\ufeff1;2\n', noHeader).head?.columns, ['c1', 'c2']);
  });
});

describe('a quote that is never closed', () => {
  const cases: [string, string, string[]][] = [
    ['at the end of the file', 'a,b\n1,"x\n2,3\n', ['QUOTE: 1,"x\n', '2,3\n']],
    ['with CRLF', 'a,b\r\n1,"x\r\n2,3\r\n', ['QUOTE: 1,"x\r\n', '2,3\r\n']],
    ['in the last row', 'a,b\n1,2\n3,"x', ['1,2\n', 'QUOTE: 3,"x']],
    ['in the last row with a line end', 'a,b\n1,2\n3,"x\n', ['1,2\n', 'QUOTE: 3,"x\n']],
    ['in each row', 'a,b\n1,"x\n2,"y\n3,"z', ['QUOTE: 1,"x\n', 'QUOTE: 2,"y\n', 'QUOTE: 3,"z']],
    ['before rows with quotes', 'a,b\n1,"x\n2,"y"\n3,"z"\n', ['QUOTE: 1,"x\n', '2,"y"\n', '3,"z"\n']],
    ['before a row that begins with one', 'a,b\n1,"x\n"2",3\n', ['QUOTE: 1,"x\n', '"2",3\n']],
    ['that escapes another', 'a,b\n1,"x""\n2,3\n', ['QUOTE: 1,"x""\n', '2,3\n']],
    ['alone', 'a,b\n"\n1,2\n', ['QUOTE: "\n', '1,2\n']],
    ['that a later cell closes, which nobody can tell', 'a,b\n1,"x\n2,y"\n3,4\n', ['1,"x\n2,y"\n', '3,4\n']],
    [
      'with a CR after the quote that seems to close it',
      'a,b\n1,"x\n"\r2,3\n4,5',
      ['QUOTE: 1,"x\n', 'QUOTE: "\r2,3\n', '4,5'],
    ],
  ];
  for (const [name, file, expected] of cases) {
    it(`costs one row: ${name}`, () => assert.deepEqual(rowsOf(file), expected));
  }

  it('ends its row at the first line break after 64 KiB', () => {
    const after = '22,33\n'.repeat(20_000);
    const { chunks, ...file } = splitFile(`a,b\n1,"x\n${after}`);
    const rows = readRows({ ...file, chunks });
    assert.deepEqual(faultsOf(rows), ['1 QUOTE']);
    assert.equal(rows.length, 20_001);
    assert.match(chunks[0]?.faults[0]?.message ?? '', /not closed.* Close it/);
  });

  it('takes a row with line breaks of exactly 64 KiB and no byte more', () => {
    for (const [length, faults] of [
      [openQuoteBytesMax, []],
      [openQuoteBytesMax + 1, ['1 QUOTE']],
    ] as const) {
      const row = `1,"\n${'x'.repeat(length - 6)}"\n`;
      assert.equal(row.length, length);
      for (const end of ['', '2,3\n'])
        assert.deepEqual(faultsOf(readRows(splitFile(`a,b\n${row}${end}`))).slice(0, 1), faults);
    }
  });

  it('lets cells in quotes on one line have more than 64 KiB', () => {
    const row = `${Array.from({ length: 8_000 }, () => '"1234.56"').join(',')}\n`;
    assert.ok(row.length > openQuoteBytesMax);
    assert.deepEqual(faultsOf(readRows(splitFile(`${row}${row}${row}`))), []);
    const cell = 'x'.repeat(2 * openQuoteBytesMax);
    assert.deepEqual(faultsOf(readRows(splitFile(`a,b\n1,"${cell}"\n`))), []);
    assert.deepEqual(faultsOf(readRows(splitFile(`a,b\n1,"${cell}\n2,3\n`))), ['1 QUOTE']);
  });
});

describe('rows that are too long', () => {
  for (const end of ['\n', '\r\n']) {
    it(`take 1 MiB with their line end, ${JSON.stringify(end)}`, () => {
      const fits = splitFile(`a\n${'x'.repeat(rowBytesMax - end.length)}${end}1${end}`);
      assert.deepEqual(faultsOf(readRows(fits)), []);
      const tooLong = splitFile(`a\n0${end}${'x'.repeat(rowBytesMax - end.length + 1)}${end}1${end}`);
      const rows = readRows(tooLong);
      assert.deepEqual(faultsOf(rows), ['2 TOO_LONG']);
      assert.deepEqual(
        rows.map((row) => Buffer.from(row.text, 'latin1').toString()),
        [`0${end}`, `${'x'.repeat(256)}…${end}`, `1${end}`],
      );
    });
  }

  it('are kept up to a character boundary, and their quotes swallow nothing', () => {
    const long = `"${'é'.repeat(rowBytesMax)}\n`;
    for (const cuts of [
      [],
      [2],
      [rowBytesMax + 100],
      [2 * rowBytesMax + 3],
      [2 * rowBytesMax + 4, 2 * rowBytesMax + 5],
    ]) {
      const file = splitFile(`a\n${long}"1"\n2`, {}, cuts);
      assert.deepEqual(faultsOf(readRows(file)), ['1 TOO_LONG']);
      assert.equal(Buffer.from(joinFile(file)).toString(), `a\n"${'é'.repeat(127)}…\n"1"\n2`);
    }
  });

  it('are passed over in bounded memory, and may end the file', () => {
    const splitter = createSplitter();
    splitter.push(Buffer.from('a,b\n1,2\n'));
    for (let index = 0; index < 20; index += 1) assert.deepEqual(splitter.push(Buffer.alloc(1024 * 1024, 'x')), []);
    const [chunk] = splitter.end();
    assert.equal(latin1(chunk?.text ?? Buffer.of()).slice(0, 6), '1,2\nxx');
    assert.deepEqual(
      chunk?.faults.map(({ line, code }) => `${line} ${code}`),
      ['2 TOO_LONG'],
    );
    assert.equal(chunk?.count, 2);
  });

  it('come out the same whatever the cuts', () => {
    const file = Buffer.from(
      `a,b\n1,2\r\n${'x'.repeat(rowBytesMax + 70_000)}\r\n3,"4\n5"\n${'y"'.repeat(rowBytesMax)}\n6,7`,
    );
    const whole = splitFile(file);
    assert.deepEqual(faultsOf(readRows(whole)), ['2 TOO_LONG', '4 TOO_LONG']);
    const place = fc.nat({ max: file.length });
    const nearEnds = fc.nat({ max: 8 }).map((offset) => rowBytesMax + 70_000 + 5 + offset);
    fc.assert(
      fc.property(fc.array(fc.oneof(place, nearEnds), { maxLength: 8 }), (cuts) => {
        assert.deepEqual(
          splitFile(
            file,
            {},
            cuts.sort((left, right) => left - right),
          ),
          whole,
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('chunks of rows', () => {
  it('are closed at 512 rows and at 128 KiB', () => {
    const counts = (file: string) => splitFile(file).chunks.map((chunk) => chunk.count);
    assert.deepEqual(counts(`a\n${'1\n'.repeat(2 * chunkLinesMax + 1)}`), [512, 512, 1]);
    const row = `"${'9'.repeat(40_000)}"\n`;
    assert.deepEqual(counts(`a\n${row.repeat(10)}`), [4, 4, 2]);
    assert.ok(
      splitFile(`a\n${row.repeat(10)}`).chunks.every((chunk) => chunk.text.length < chunkBytesMax + row.length),
    );
  });

  it('are given early by flush, and splitting goes on', () => {
    const splitter = createSplitter();
    assert.deepEqual(splitter.flush(), []);
    splitter.push(Buffer.from('a,b\n1,2\n3,4\n5,'));
    assert.equal(splitter.rows, 2);
    const [early] = splitter.flush();
    assert.equal(latin1(early?.text ?? Buffer.of()), '1,2\n3,4\n');
    assert.deepEqual(splitter.flush(), []);
    const [rest] = [...splitter.push(Buffer.from('6\n')), ...splitter.end()];
    assert.deepEqual([rest?.firstLine, rest?.count, latin1(rest?.text ?? Buffer.of())], [3, 1, '5,6\n']);
  });

  it('keep their faults with their rows', () => {
    const rows = `${'1,2\n'.repeat(600)}3,"4\n${'5,6\n'.repeat(600)}`;
    const { chunks } = splitFile(`a,b\n${rows}`);
    assert.deepEqual(
      chunks.map((chunk) => chunk.faults.map(({ line }) => line)),
      [[], [601], []],
    );
  });
});

describe('rows of NDJSON', () => {
  it('are lines', () => {
    const file = '{"a":1,"b":"x\\"\\n"}\n\r\n[1]\n{"a":"\r"}\r\n{"c":3';
    assert.deepEqual(rowsOf(file, ndjson), [
      '{"a":1,"b":"x\\"\\n"}\n',
      'EMPTY: \r\n',
      'SYNTAX: [1]\n',
      'SYNTAX: {"a":"\r"}\r\n',
      'SYNTAX: {"c":3',
    ]);
  });

  it('keep a byte order mark in the head', () => {
    assert.deepEqual(rowsOf('\ufeff{"a":1}\n', ndjson), ['{"a":1}\n']);
    assert.deepEqual(splitFile('\ufeff{"a":1}\n', ndjson).head?.columns, ['a']);
  });

  it('have ENCODING when they are not UTF-8, and keep their bytes', () => {
    const file = Buffer.from('{"a":1}\n{"a":"\xe9"}\n{"a":2}\n', 'latin1');
    assert.deepEqual(rowsOf(file, ndjson), ['{"a":1}\n', 'ENCODING: {"a":"\xe9"}\n', '{"a":2}\n']);
  });

  it('may have 1 MiB', () => {
    const fits = `{"a":"${'x'.repeat(rowBytesMax - 9)}"}\n`;
    const file = `{"a":1}\n${fits}{"b":"${'x'.repeat(rowBytesMax)}"}\n{"a":2}\n`;
    assert.deepEqual(faultsOf(readRows(splitFile(file, ndjson))), ['3 TOO_LONG']);
  });
});

describe('properties of the splitter', () => {
  const byte = fc.constantFrom(...Array.from('",\n\r;1a|\t ', (character) => character.charCodeAt(0)), 0xef, 0xff, 0);
  const piece = fc.oneof(
    byte.map((value) => [value]),
    fc
      .constantFrom('"\n', '\n"', '""', '","', '\r\n', '1,2\n', '"x",', 'sep=;\n', '\ufeff')
      .map((text) => [...Buffer.from(text)]),
  );
  const file = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.flat()));
  const options = fc.record<FileOptions>({
    delimiter: fc.constantFrom(undefined, ',', ';'),
    hasHeader: fc.boolean(),
  });

  it('any file at any cut gives the same rows and chunks, and the same bytes again', () => {
    fc.assert(
      fc.property(file, options, (bytes, options) => {
        fc.pre(findForeignEncoding(bytes) === undefined);
        const whole = splitFile(bytes, options);
        readRows(whole);
        if (whole.head !== undefined) assert.deepEqual(joinFile(whole), bytes);
        for (let cut = 0; cut <= bytes.length; cut += 1) assert.deepEqual(splitFile(bytes, options, [cut]), whole);
        const everywhere = Array.from(bytes, (_, index) => index);
        assert.deepEqual(splitFile(bytes, options, everywhere), whole);
      }),
      { numRuns: 500 },
    );
  });

  it('a large file with broken quotes at random cuts gives the same rows and chunks', () => {
    const lines = fc.array(fc.constantFrom('1,2', '"a","b"', '"x\ny",2', '3,"z', '""",', '","', '", "', '"a"b,2', ''), {
      minLength: 100,
      maxLength: 400,
    });
    const large = fc.tuple(lines, fc.integer({ min: 1, max: 60 }), fc.constantFrom('\n', '\r\n'));
    fc.assert(
      fc.property(
        large,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        ([lines, times, end], places) => {
          const bytes = Buffer.from(`a,b${end}${lines.join(end).repeat(times)}`);
          const cuts = places.map((place) => Math.floor(place * bytes.length)).sort((left, right) => left - right);
          const whole = splitFile(bytes);
          readRows(whole);
          assert.deepEqual(joinFile(whole), bytes);
          assert.deepEqual(splitFile(bytes, {}, cuts), whole);
        },
      ),
      { numRuns: 100 },
    );
  });
});
