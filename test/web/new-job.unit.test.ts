/** The pure parts of the page that submits jobs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  applyCompletion,
  completeName,
  findNameStart,
  insertName,
  listNames,
} from '../../web/src/pages/new/complete-name.ts';
import { detectEncoding, detectFormat } from '../../web/src/pages/new/detect-format.ts';
import { expressionOf, nameOfFormula, readFormulas } from '../../web/src/pages/new/formulas.ts';
import { createSample, readSample, sampleBytesMax, sampleText, wholeLines } from '../../web/src/pages/new/sample.ts';
import { readHead } from '../../web/src/pages/new/table-head.ts';
import { defaultTableSettings, isTable, writeQuery } from '../../web/src/pages/new/upload-options.ts';

const encoder = new TextEncoder();

describe('the format of an upload', () => {
  const cases: [fileName: string, sample: string, format: string][] = [
    ['a.csv', '1 + 2', 'csv'],
    ['A.CSV.GZ', '', 'csv'],
    ['a.tsv', '', 'tsv'],
    ['a.jsonl.zst', '', 'ndjson'],
    ['a.txt', '1 + 2\n3 * 4\n', 'lines'],
    ['', '{"request": "1 + 2"}\n', 'ndjson'],
    ['', 'item,price\nbolt,1\n', 'csv'],
    ['', '\uFEFFitem;price\r\nbolt;1\r\n', 'csv'],
    ['', '"a, b",price\nbolt,1\n', 'csv'],
    ['', 'item\tprice\nbolt\t1\n', 'tsv'],
    ['', 'max(a, b)\nmin(1, 2)\n', 'lines'],
    ['', 'max(1, 2)\nmin(1, 2)\n', 'lines'],
    ['', 'gcd(12, 18), 3\nlcm(4, 6), 2\n', 'lines'],
    ['', '1 + 2', 'lines'],
    ['', '', 'lines'],
    ['archive.tar', '1,2\n3,4\n', 'lines'],
  ];
  for (const [fileName, sample, format] of cases) {
    it(`of ${JSON.stringify(fileName)} with ${JSON.stringify(sample)} is ${format}`, () =>
      assert.equal(detectFormat(fileName, sample), format));
  }

  it('is found before the extension of its compression', () => {
    assert.deepEqual(['a.csv.gz', 'a.ZST', 'a.gz.csv', ''].map(detectEncoding), [
      'gzip',
      'zstd',
      'identity',
      'identity',
    ]);
  });
});

describe('the head of a table in the browser', () => {
  const options = { format: 'csv', delimiter: undefined, hasHeader: true } as const;

  it('has the columns and the delimiter that the server would find', () => {
    const bytes = encoder.encode('\uFEFFitem;"unit ""price""";qty\n1;2;3\n');
    assert.deepEqual(readHead(bytes, false, options), {
      kind: 'head',
      columns: ['item', 'unit "price"', 'qty'],
      delimiter: ';',
    });
  });

  it('counts columns without a header', () => {
    const head = readHead(encoder.encode('1,2\n'), true, { ...options, hasHeader: false });
    assert.deepEqual(head.kind === 'head' && head.columns, ['c1', 'c2']);
  });

  it('has the members of the first object', () => {
    const head = readHead(encoder.encode('{"a": 1, "b": {"c": 2}}\n'), true, { ...options, format: 'ndjson' });
    assert.deepEqual(head.kind === 'head' && head.columns, ['a', 'b']);
  });

  it('is none of lines, of nothing, and of half a row', () => {
    assert.equal(readHead(encoder.encode('a,b\n'), true, { ...options, format: 'lines' }).kind, 'none');
    assert.equal(readHead(new Uint8Array(), true, options).kind, 'none');
    assert.equal(readHead(encoder.encode('a,b'), false, options).kind, 'none');
  });

  it('says what is wrong with it', () => {
    const head = readHead(encoder.encode('a,"b\n1,2\n'), true, options);
    assert.match(head.kind === 'fault' ? head.message : '', /quote that is not closed/);
  });
});

describe('completion in formulas', () => {
  const names = listNames(
    {
      columns: ['price', 'unit price', 'e', 'twice', 'twice', 'a`b'],
      functions: [{ name: 'round', signature: 'round(x, digits)' }],
      constants: [{ name: 'e' }],
    },
    ['net', ''],
  );
  const complete = (text: string, caret = text.length) => {
    const start = findNameStart(text, caret);
    return start === undefined ? [] : completeName(start, names).map((completion) => completion.text);
  };

  it('writes names as a formula needs them', () => {
    assert.deepEqual(
      names.map(({ text }) => text),
      ['price', '`unit price`', '`e`', '@4', '@5', '@6', 'net', 'round(', 'e', 'row'],
    );
  });

  it('begins with what goes on as the text does', () =>
    assert.deepEqual(complete('a = pri'), ['price', '`unit price`']));
  it('begins after the =, in the line of the caret', () => {
    assert.deepEqual(complete('pri'), []);
    assert.deepEqual(complete('a = 1\npri'), []);
    assert.deepEqual(complete('a = pri\nb = 1', 7), ['price', '`unit price`']);
  });
  it('is silent where the name is complete, in numbers and in texts', () => {
    assert.deepEqual(complete('a = price'), []);
    assert.deepEqual(complete('a = 1e'), []);
    assert.deepEqual(complete('a = x == "pri'), []);
  });
  it('goes on within backticks, with names of columns only', () =>
    assert.deepEqual(complete('a = `uni'), ['`unit price`']));

  it('replaces what was typed, and no sign comes twice', () => {
    const text = 'a = `uni` * 2';
    const caret = 8;
    const start = findNameStart(text, caret);
    const [first] = start === undefined ? [] : completeName(start, names);
    assert.ok(start !== undefined && first !== undefined);
    assert.deepEqual(applyCompletion(text, caret, start, first), { text: 'a = `unit price` * 2', caret: 16 });
  });

  it('keeps an inserted name apart from the one before', () => {
    assert.deepEqual(insertName('a = b', 5, 'qty'), { text: 'a = b qty', caret: 9 });
    assert.deepEqual(insertName('a = ', 4, 'qty'), { text: 'a = qty', caret: 7 });
  });
});

describe('formulas of the box', () => {
  it('are its lines that are not blank, with their numbers', () => {
    const formulas = readFormulas('a = 1\r\n\n  \nb = 2');
    assert.deepEqual(formulas, [
      { text: 'a = 1', line: 1 },
      { text: 'b = 2', line: 4 },
    ]);
  });
  it('have names and expressions', () => {
    assert.deepEqual(['net = a == 1', '`a = b` = 2', 'x'].map(nameOfFormula), ['net', 'a = b', '']);
    assert.deepEqual(['net = a == 1', '`a = b` = 2'].map(expressionOf), ['a == 1', '2']);
  });
});

describe('the query of an upload', () => {
  const base = {
    format: 'lines',
    mode: 'decimal',
    precision: '34',
    name: ' ',
    formulas: 'a = b',
    table: defaultTableSettings,
  } as const;

  it('of lines has no formulas', () => assert.deepEqual(writeQuery(base), { mode: 'decimal', precision: '34' }));
  it('has a precision only where it means something', () =>
    assert.deepEqual(writeQuery({ ...base, mode: 'bigint', name: ' x ' }), { mode: 'bigint', name: 'x' }));
  it('of a table has what differs from the defaults', () => {
    const table = {
      ...defaultTableSettings,
      delimiter: ';',
      header: 'absent',
      missing: 'zero',
      replaces: true,
    } as const;
    assert.deepEqual(writeQuery({ ...base, format: 'csv', table }), {
      mode: 'decimal',
      precision: '34',
      formula: ['a = b'],
      delimiter: ';',
      header: 'absent',
      missing: 'zero',
      replace: true,
    });
  });
  it('of NDJSON has nothing that means something for cells only', () => {
    const table = { ...defaultTableSettings, delimiter: ';', header: 'absent' } as const;
    const query = writeQuery({ ...base, format: 'ndjson', table });
    assert.deepEqual(Object.keys(query), ['mode', 'precision', 'formula']);
  });
  it('makes a table of NDJSON with formulas, and always of CSV', () => {
    assert.deepEqual(
      (['ndjson', 'csv', 'lines'] as const).map((format) => isTable({ format, formulas: '' })),
      [false, true, false],
    );
    assert.equal(isTable({ format: 'ndjson', formulas: 'a = b' }), true);
  });
});

describe('the sample of an upload', () => {
  it('ends with a whole line unless it is the whole file', () => {
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.equal(text(wholeLines(createSample(encoder.encode('a\nb\nc'), false))), 'a\nb\n');
    assert.equal(text(wholeLines(createSample(encoder.encode('a\nb\nc'), true))), 'a\nb\nc');
    assert.equal(text(wholeLines(createSample(encoder.encode('abc'), false))), 'abc');
  });

  it('is the beginning of a compressed file, read no further than needed', async () => {
    const content = new Blob(['1 + 2\n'.repeat(400_000)]);
    const zipped = await new Response(content.stream().pipeThrough(new CompressionStream('gzip'))).blob();
    const sample = await readSample(zipped, 'gzip');
    assert.ok(sample !== undefined && !sample.isWhole && sample.bytes.length >= sampleBytesMax);
    assert.ok(sample.bytes.length < 2 * sampleBytesMax);
    assert.ok(sample.text.startsWith('1 + 2\n'));
  });

  it('of a short text or file is all of it', async () => {
    assert.deepEqual(sampleText('1').isWhole, true);
    const sample = await readSample(new Blob(['1\n']), 'identity');
    assert.deepEqual([sample?.text, sample?.isWhole], ['1\n', true]);
    assert.equal(await readSample(new Blob(['1\n']), 'zstd'), undefined);
  });

  it('of a file that is not compressed as its name says cannot be read', async () => {
    await assert.rejects(readSample(new Blob(['1 + 2\n']), 'gzip'));
  });
});
