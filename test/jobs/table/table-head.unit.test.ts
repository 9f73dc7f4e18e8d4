import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsMax, headBytesMax, type TableHead } from '../../../src/jobs/index.ts';
import { createSplitter, splitFile, toBytes, type FileOptions } from './table-files.ts';

/** The head, after a check that the cuts do not change it. */
function headOf(file: string | Uint8Array, options: FileOptions = {}): TableHead | undefined {
  const whole = splitFile(file, options);
  assert.equal(whole.headFault, undefined);
  for (let cut = 0; cut <= file.length; cut += 1) assert.deepEqual(splitFile(file, options, [cut]), whole);
  assert.deepEqual(splitFile(file, options, [...toBytes(file).keys()]), whole);
  return whole.head;
}

function faultOf(file: string | Uint8Array, options: FileOptions = {}): string {
  const { head, headFault, chunks } = splitFile(file, options);
  assert.equal(head, undefined);
  assert.deepEqual(chunks, []);
  assert.ok(headFault !== undefined);
  return headFault;
}

describe('delimiter', () => {
  const cases: [string, string, string][] = [
    ['comma', 'a,b', ','],
    ['semicolon', 'a;b', ';'],
    ['TAB', 'a\tb', '\t'],
    ['bar', 'a|b', '|'],
    ['the one that stands most often', 'a;b,c;d', ';'],
    ['outside quotes', '"a,b,c";"d"', ';'],
    ['not by what is in quotes with quotes', '"a"",,,";b;"c"', ';'],
    ['comma before semicolon when both stand as often', 'a;b,c', ','],
    ['TAB before bar', 'a|b\tc', '\t'],
    ['comma when there is none', 'price', ','],
    ['with decimal commas in names', 'price 1,5;price 2,5;x;y', ';'],
    ['of a header with a line break in quotes', '"a\n,,,";b', ';'],
  ];
  for (const [name, header, expected] of cases) {
    it(`is found: ${name}`, () => {
      for (const hasHeader of [true, false]) assert.equal(headOf(`${header}\n1`, { hasHeader })?.delimiter, expected);
    });
  }

  it('is what the request sets', () => {
    assert.deepEqual(headOf('a;b,c\n', { delimiter: ',' })?.columns, ['a;b', 'c']);
  });

  it('decides where the header ends, when its quotes mean other things by then', () => {
    const head = headOf('a;b;c;x|"y;"\nz";d\n1');
    assert.deepEqual(head?.columns, ['a', 'b', 'c', 'x|"y', 'z', 'd']);
  });

  for (const [line, delimiter] of [
    ['sep=;\n', ';'],
    ['SEP=|\r\n', '|'],
    ['Sep=\t\n', '\t'],
    ['\ufeffsep=,\r\n', ','],
  ] as const) {
    it(`is set by the first line ${JSON.stringify(line)}, which stays in the head`, () => {
      const head = headOf(`${line}a${delimiter}b\n1`);
      assert.deepEqual(head?.columns, ['a', 'b']);
      assert.equal(head?.delimiter, delimiter);
      assert.equal(Buffer.from(head?.head ?? []).toString(), `${line}a${delimiter}b\n`);
      assert.equal(Buffer.from(headOf(`${line}1${delimiter}2\n`, { hasHeader: false })?.head ?? []).toString(), line);
    });
  }

  it('is not set by lines that only look similar', () => {
    for (const line of ['sep=:\n', 'sep=;;\n', ' sep=;\n', 'sep=\n', 'sep=;\r1\n']) {
      assert.equal(Buffer.from(headOf(`${line}1\n2\n`)?.head ?? []).toString(), line);
    }
  });

  it('must not be set in two ways', () => {
    assert.match(
      faultOf('sep=;\na;b\n', { delimiter: ',' }),
      /sets the delimiter ";", but the request sets ","\. Set the delimiter of the file, or none/,
    );
    assert.match(faultOf('sep=,\na,b\n', { delimiter: '\t' }), /TAB/);
    assert.deepEqual(headOf('sep=;\na;b\n', { delimiter: ';' })?.columns, ['a', 'b']);
  });
});

describe('names of columns', () => {
  const cases: [string, string, string[]][] = [
    ['as they stand', 'id,Unit Price (EUR),@x', ['id', 'Unit Price (EUR)', '@x']],
    ['without quotes', '"id","a ""b"", c",x', ['id', 'a "b", c', 'x']],
    ['without outer blanks', ' id ,\t"b" ,"  c "', ['id', '"b"', 'c']],
    ['without a byte order mark', '\ufeff"id",b', ['id', 'b']],
    ['in NFC', 'gro\u0308\u00dfe', ['gr\u00f6\u00dfe']],
    ['empty and twice', 'a,,a,', ['a', '', 'a', '']],
    ['one empty name', '', ['']],
    ['with a line break', '"a\nb",c', ['a\nb', 'c']],
    ['with a quote that is text', '5" wide,b', ['5" wide', 'b']],
  ];
  for (const [name, header, expected] of cases) {
    it(`are taken ${name}`, () => {
      for (const end of ['\n', '\r\n']) {
        const head = headOf(`${header}${end}1`, { delimiter: ',' });
        assert.deepEqual(head?.columns, expected);
        assert.equal(head?.lineEnd, end);
        assert.equal(Buffer.from(head?.head ?? []).toString(), `${header}${end}`);
      }
    });
  }

  it('are c1 to cN without a header', () => {
    const head = headOf('1,"2,3",\r\n4,5,6', { hasHeader: false });
    assert.deepEqual(head, {
      format: 'csv',
      delimiter: ',',
      head: new Uint8Array(0),
      lineEnd: '\n',
      hasHeader: false,
      columns: ['c1', 'c2', 'c3'],
    });
  });

  it('are those of the first row that is an object, in NDJSON', () => {
    const names = (file: string) => headOf(file, { format: 'ndjson' })?.columns;
    assert.deepEqual(names('{"a":1,"b c":{"d":2},"a":3,"\\u00e9":4,"e\u0301":5}'), ['a', 'b c', '\u00e9']);
    assert.deepEqual(names('\nnull\n[1]\n{"a"\n \r\n{"b":1}\r\n{"c":2}\n'), ['b']);
    assert.deepEqual(names('{}\n'), []);
  });
});

describe('a head that cannot be taken', () => {
  it('has a quote that is never closed, or text after a closing quote', () => {
    assert.match(faultOf('a,"b\n1,2\n'), /The header has a quote that is not closed\. Close it/);
    assert.match(faultOf('1,"b\n1,2\n', { hasHeader: false }), /The first row has a quote/);
    assert.match(faultOf('a,"b"c,d\n'), /closing quote of cell 2\./);
    assert.match(faultOf(`a,"b${'\n1,2'.repeat(100_000)}`), /not closed/);
  });

  it('has more than 256 KiB', () => {
    const fits = `${'x'.repeat(headBytesMax - 1)}\n`;
    assert.equal(splitFile(`${fits}1\n`).head?.columns.length, 1);
    assert.match(faultOf(`x${fits}1\n`), /The header is longer than 262144 bytes\.$/);
    assert.match(faultOf('x'.repeat(headBytesMax + 1)), /longer than/);
    assert.match(
      faultOf('1,2\r'.repeat(headBytesMax), { hasHeader: false }),
      /carriage returns: save the file with LF/,
    );
  });

  it('has more than 16,384 columns', () => {
    assert.equal(splitFile(`${','.repeat(columnsMax - 1)}\n`).head?.columns.length, columnsMax);
    assert.match(faultOf(`${','.repeat(columnsMax)}\n`), /The header has 16385 columns; a table may have 16384\./);
    const members = Array.from({ length: columnsMax + 1 }, (_, index) => `"${index}":1`);
    assert.match(faultOf(`{${members.join(',')}}\n`, { format: 'ndjson' }), /16385 members/);
  });

  it('is one line for all that CR alone ends lines', () => {
    assert.match(faultOf('a,b\r1,2\r3,4\r'), /no line feed.*save the file with LF or CRLF/);
  });

  it('is no JSON object', () => {
    const options = { format: 'ndjson' } as const;
    assert.match(faultOf('1\n[2]\n', options), /No line of the file is a JSON object/);
    assert.match(faultOf('{"a":1', options), /No line of the file/);
    assert.match(faultOf('1\n'.repeat(headBytesMax), options), /no JSON object in the first 262144 bytes/);
    assert.match(faultOf(`{"a":"${'x'.repeat(headBytesMax)}"}\n`, options), /in the first 262144 bytes/);
  });

  it('is nothing at all', () => {
    for (const file of ['', '\ufeff', 'sep=;\n', 'sep=;', '\ufeffsep=;\r\n']) {
      assert.deepEqual(splitFile(file), { head: undefined, headFault: undefined, chunks: [] });
    }
    for (const file of ['', '\ufeff']) {
      assert.deepEqual(splitFile(file, { format: 'ndjson' }), { head: undefined, headFault: undefined, chunks: [] });
    }
  });

  it('is known as soon as it is read', () => {
    const splitter = createSplitter();
    splitter.push(Buffer.from('id,price'));
    const before = splitter.head;
    splitter.push(Buffer.from(',qty\n'));
    assert.equal(before, undefined);
    assert.deepEqual(splitter.head?.columns, ['id', 'price', 'qty']);
    const broken = createSplitter();
    broken.push(Buffer.from('id,"price"x\n'));
    assert.match(broken.headFault ?? '', /cell 2/);
    assert.deepEqual([...broken.push(Buffer.from('1,2\n')), ...broken.end()], []);
  });
});
