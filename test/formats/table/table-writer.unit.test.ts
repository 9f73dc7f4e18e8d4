import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createTableWriter, formatsOf, type TableResultFormat } from '../../../src/formats/index.ts';
import { cancelledError, type Table } from '../../../src/jobs/index.ts';
import { cancelled, error, sliceOf, tableOf, toOutcome, writeTable, type Row, type Wanted } from './table-slices.ts';

const divided = error('DIV0', 'Division by zero.', 5);
const missing = error('MISSING', 'The cell is empty.');
const ragged = error('COLUMNS', 'This row has 2 cells, the header has 3.');

/** One row for each way to end. */
const rows: readonly Row[] = [
  { bytes: '1,2,3\n', ending: ['2.5', '-1e+30'] },
  { bytes: '1,"0",x\n', ending: ['7', divided] },
  { bytes: ',,\n', ending: [missing, divided] },
  { bytes: '4,5\n', ending: ragged },
];
const twoFormulas = tableOf({ formulas: ['total', 'net'] });

function check(table: Table, format: TableResultFormat, given: readonly Row[], expected: string, wanted: Wanted = {}) {
  assert.equal(writeTable(table, format, [sliceOf(given)], wanted).toString(), expected);
}

suite('rows that succeeded, failed in some formulas, in all, or as a whole', () => {
  test('in CSV', () => {
    check(
      twoFormulas,
      'csv',
      rows,
      [
        'a,b,c,total,net,error',
        '1,2,3,2.5,-1e+30,',
        '1,"0",x,7,,net: DIV0 Division by zero.',
        ',,,,,total: MISSING The cell is empty.; net: DIV0 Division by zero.',
        '4,5,,,,"COLUMNS This row has 2 cells, the header has 3."',
        '',
      ].join('\n'),
    );
  });

  test('in CSV without an error column', () => {
    const table = { ...twoFormulas, errorColumn: undefined };
    check(table, 'csv', rows, 'a,b,c,total,net\n1,2,3,2.5,-1e+30\n1,"0",x,7,\n,,,,\n4,5,,,\n');
  });

  test('in TSV', () => {
    const table = tableOf({ dialect: { delimiter: '\t' }, head: 'a\tb\tc\n', formulas: ['total', 'net'] });
    const given = rows.map((row) => ({ ...row, bytes: String(row.bytes).replaceAll(',', '\t') }));
    check(
      table,
      'tsv',
      given,
      [
        'a\tb\tc\ttotal\tnet\terror',
        '1\t2\t3\t2.5\t-1e+30\t',
        '1\t"0"\tx\t7\t\tnet: DIV0 Division by zero.',
        '\t\t\t\t\ttotal: MISSING The cell is empty.; net: DIV0 Division by zero.',
        '4\t5\t\t\t\tCOLUMNS This row has 2 cells, the header has 3.',
        '',
      ].join('\n'),
    );
  });

  test('in text', () => {
    check(
      twoFormulas,
      'text',
      rows,
      [
        '2.5\t-1e+30',
        '7\tERROR DIV0: Division by zero. (column 5)',
        'ERROR MISSING: The cell is empty.\tERROR DIV0: Division by zero. (column 5)',
        `ERROR COLUMNS: ${ragged.message}\tERROR COLUMNS: ${ragged.message}`,
        '',
      ].join('\n'),
    );
  });

  test('in NDJSON', () => {
    const place = { column: 5, end_column: 6 };
    const expected = [
      { id: '1', request: '1,2,3', results: { total: '2.5', net: '-1e+30' } },
      {
        id: '2',
        request: '1,"0",x',
        results: { total: '7', net: null },
        errors: { net: { code: 'DIV0', message: 'Division by zero.', ...place } },
      },
      {
        id: '3',
        request: ',,',
        results: { total: null, net: null },
        errors: {
          total: { code: 'MISSING', message: 'The cell is empty.' },
          net: { code: 'DIV0', message: 'Division by zero.', ...place },
        },
      },
      {
        id: '4',
        request: '4,5',
        results: { total: null, net: null },
        error: { code: 'COLUMNS', message: ragged.message },
      },
    ].map((value) => `${JSON.stringify(value)}\n`);
    check(twoFormulas, 'ndjson', rows, expected.join(''));
  });

  test('a cancelled row has no results, in every format', () => {
    const slice = cancelled(sliceOf(rows, 7));
    const { code, message } = cancelledError;
    const csv = writeTable(twoFormulas, 'csv', [slice]).toString().split('\n');
    assert.deepEqual(
      csv.slice(1, 4),
      rows.slice(0, 3).map(({ bytes }) => `${String(bytes).trim()},,,${code} ${message}`),
    );
    assert.equal(csv[4], `4,5,,,,${code} ${message}`);
    const text = writeTable(twoFormulas, 'text', [{ ...slice, chunk: undefined }]).toString();
    assert.equal(text, `ERROR ${code}: ${message}\tERROR ${code}: ${message}\n`.repeat(4));
    const [first] = writeTable(twoFormulas, 'ndjson', [slice]).toString().split('\n');
    assert.deepEqual(JSON.parse(first ?? ''), {
      id: '7',
      request: '1,2,3',
      results: { total: null, net: null },
      error: { code, message },
    });
    for (const filter of ['succeeded', 'failed'] as const) {
      assert.equal(writeTable(twoFormulas, 'text', [slice], { filter }).toString(), '');
    }
  });
});

suite('the bytes of a CSV file', () => {
  test('line ends stay, each as it is, and the last one may be missing', () => {
    const table = tableOf({ head: 'a,b,c\r\n', lineEnd: '\r\n' });
    const given = ['1,2,3\r\n', '1,2,3\n', '1,\r,3\r\n', '1,2,3'].map((bytes) => ({ bytes, ending: ['1'] }));
    check(table, 'csv', given, 'a,b,c,total,error\r\n1,2,3,1,\r\n1,2,3,1,\n1,\r,3,1,\r\n1,2,3,1,');
  });

  test('quotes, line breaks within them and quotes that are content stay', () => {
    const given = ['"a ""b""\n,c",2,3\n', '1,x"y"\r\n', '"",""\r\n', '1,"a"b\n', ' "a",b\n', '"1\r\n2",3'];
    const expected = given.map((bytes) => bytes.replace(/(\r?\n|)$/, ',1,$1'));
    const slice = given.map((bytes) => ({ bytes, ending: ['1'] }));
    check(tableOf({ head: 'a,b\n', columns: ['a', 'b'] }), 'csv', slice, `a,b,total,error\n${expected.join('')}`);
  });

  test('a row with a broken quote ends at its first line break', () => {
    const broken = error('QUOTE', 'A quote is never closed.');
    const given: readonly Row[] = [
      { bytes: '1,"x\ny",3\n', ending: ['1'] },
      { bytes: '1,"2,3\n', ending: broken, fault: 'QUOTE' },
      { bytes: '"4…\n', ending: error('TOO_LONG', 'This row is too long.'), fault: 'TOO_LONG' },
      { bytes: '1,2,3\n', ending: ['2'] },
    ];
    check(
      tableOf(),
      'csv',
      given,
      'a,b,c,total,error\n1,"x\ny",3,1,\n1,"2,3,,,QUOTE A quote is never closed.\n"4…,,,,TOO_LONG This row is too long.\n1,2,3,2,\n',
    );
  });

  test('bytes that are not UTF-8 stay, and NDJSON shows them as U+FFFD', () => {
    const latin = Buffer.from('a\xe9,b,c\r\n', 'latin1');
    const slice = sliceOf([
      { bytes: Buffer.from('\xff\x00,"\xe9",3\n', 'latin1'), ending: ['1'] },
      { bytes: Buffer.from('\xe9,\xe9\n', 'latin1'), ending: ragged },
    ]);
    const table = tableOf({ head: latin, lineEnd: '\r\n' });
    assert.equal(
      writeTable(table, 'csv', [slice]).toString('latin1'),
      'a\xe9,b,c,total,error\r\n\xff\0,"\xe9",3,1,\n\xe9,\xe9,,,"COLUMNS This row has 2 cells, the header has 3."\n',
    );
    const [first = ''] = writeTable(table, 'ndjson', [slice]).toString().split('\n');
    assert.equal((JSON.parse(first) as { request: string }).request, '\ufffd\0,"\ufffd",3');
  });

  test('a byte order mark, the line that names the delimiter, and a file without a header', () => {
    const semicolons = { dialect: { delimiter: ';' }, columns: ['a', 'b'] } as const;
    const given = [{ bytes: '1;2\n', ending: ['3'] }];
    check(
      tableOf({ ...semicolons, head: '\ufeffsep=;\na;b\n' }),
      'csv',
      given,
      '\ufeffsep=;\na;b;total;error\n1;2;3;\n',
    );
    check(tableOf({ ...semicolons, head: 'sep=;\n', hasHeader: false }), 'csv', given, 'sep=;\n1;2;3;\n');
    check(tableOf({ ...semicolons, head: '', hasHeader: false }), 'csv', given, '1;2;3;\n');
  });

  test('names of new columns are quoted when they must be', () => {
    const table = tableOf({ formulas: ['a, b', 'say "x"', 'größe'], errorColumn: 'e|r' });
    const given = [{ bytes: '1,2,3\n', ending: ['1', '2', '3'] }];
    check(table, 'csv', given, 'a,b,c,"a, b","say ""x""",größe,e|r\n1,2,3,1,2,3,\n');
  });

  test('rows with too many cells keep them, and an empty row gets as many as the others', () => {
    const wide = error('COLUMNS', 'wide');
    const given: readonly Row[] = [
      { bytes: '1,2,3,4,5\n', ending: wide },
      { bytes: '\r\n', ending: error('EMPTY', 'This row is empty.') },
      { bytes: '\n', ending: error('EMPTY', 'This row is empty.') },
    ];
    check(
      tableOf(),
      'csv',
      given,
      'a,b,c,total,error\n1,2,3,4,5,,COLUMNS wide\n,,,,EMPTY This row is empty.\r\n,,,,EMPTY This row is empty.\n',
    );
    const one = tableOf({ head: 'a\n', columns: ['a'] });
    check(one, 'csv', [{ bytes: '\n', ending: [''] }], 'a,total,error\n,,\n');
  });
});

suite('the decimal mark of results', () => {
  const given: readonly Row[] = [
    { bytes: '1,5;2;3\n', ending: ['2.50', '-1.5e-7', '1/3'] },
    { bytes: '1;2;3\n', ending: ['7', divided, 'true'] },
  ];

  test('is that of the table in CSV and text, and a point in JSON', () => {
    const table = tableOf({ dialect: { delimiter: ';', decimal: ',' }, head: 'a;b;c\n', formulas: ['x', 'y', 'z'] });
    check(
      table,
      'csv',
      given,
      'a;b;c;x;y;z;error\n1,5;2;3;2,50;-1,5e-7;1/3;\n1;2;3;7;;true;y: DIV0 Division by zero.\n',
    );
    check(table, 'text', given.slice(0, 1), '2,50\t-1,5e-7\t1/3\n');
    check(table, 'text', given.slice(1), '7\tERROR DIV0: Division by zero. (column 5)\ttrue\n');
    assert.match(writeTable(table, 'ndjson', [sliceOf(given)]).toString(), /"x":"2.50","y":"-1.5e-7","z":"1\/3"/);
  });

  test('puts a result in quotes when it is the delimiter too', () => {
    const table = tableOf({ dialect: { decimal: ',' }, head: 'a,b,c\n', formulas: ['x', 'y', 'z'] });
    check(
      table,
      'csv',
      [{ bytes: '"1,5",2,3\n', ending: ['2.50', '7', '-0.1'] }],
      'a,b,c,x,y,z,error\n"1,5",2,3,"2,50",7,"-0,1",\n',
    );
  });
});

suite('replaced columns', () => {
  const replacing = tableOf({
    head: 'a,total,b,error\n',
    columns: ['a', 'total', 'b', 'error'],
    formulas: ['net', 'total'],
    replaces: true,
  });

  test('cells are replaced in place, those of an earlier run and its errors too', () => {
    check(
      replacing,
      'csv',
      [
        { bytes: '"1",old,2,\r\n', ending: ['5', '6'] },
        { bytes: '1,"o,l""d",2,"total: DIV0"\n', ending: ['5', '6'] },
        { bytes: '1,old,2,', ending: ['5', divided] },
      ],
      'a,total,b,error,net\n"1",6,2,,5\r\n1,6,2,,5\n1,,2,total: DIV0 Division by zero.,5',
    );
  });

  test('a row that is rejected keeps its cells, but not its old error', () => {
    const wide = error('COLUMNS', 'This row, here');
    check(
      replacing,
      'csv',
      [
        { bytes: '1,2,3,4,5\n', ending: wide },
        { bytes: '1,2\n', ending: wide },
        { bytes: '\n', ending: wide },
      ],
      [
        'a,total,b,error,net',
        '1,2,3,"COLUMNS This row, here",5,',
        '1,2,,"COLUMNS This row, here",',
        ',,,"COLUMNS This row, here",',
        '',
      ].join('\n'),
    );
  });

  test('without the wish nothing is replaced', () => {
    check(
      { ...replacing, replaces: false, errorColumn: undefined },
      'csv',
      [{ bytes: '1,2,3,4\n', ending: ['5', '6'] }],
      'a,total,b,error,net,total\n1,2,3,4,5,6\n',
    );
  });
});

suite('rows whose formulas all have results', () => {
  // Bytes are copied where no cell can need an apostrophe. Where one begins with a minus, other code looks closer.
  test('are the same for spreadsheets, where nothing needs an apostrophe', () => {
    const cell = fc.constantFrom('', '7', '-7', 'x y', '"q"', '"a,b;c"', '"say ""so"""', '"two\nlines"', 'é');
    const result = fc.constantFrom('', '5', '-0.25', '1e+30', '12345.678', '2/3', 'true');
    const names = fc.shuffledSubarray(['a', 'b', 'c', 'x', 'y'], { minLength: 1 });
    const lineEnd = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(
        names,
        fc.constantFrom(',', ';'),
        fc.constantFrom('.', ','),
        fc.constantFrom(undefined, 'error', 'b'),
        fc.array(fc.tuple(fc.tuple(cell, cell, cell), fc.array(result, { minLength: 5, maxLength: 5 }), lineEnd)),
        (formulas, delimiter, decimal, errorName, given) => {
          const errorColumn = errorName !== undefined && formulas.includes(errorName) ? 'error' : errorName;
          const head = `${['a', 'b', 'c'].join(delimiter)}\n`;
          const table = tableOf({ dialect: { delimiter, decimal }, head, formulas, errorColumn, replaces: true });
          const slice = sliceOf(
            given.map(([cells, results, end]) => ({
              bytes: cells.join(delimiter) + end,
              ending: results.slice(0, formulas.length),
            })),
          );
          const plain = writeTable(table, 'csv', [slice]).toString();
          assert.equal(plain, writeTable(table, 'csv', [slice], { isSpreadsheetSafe: true }).toString());
        },
      ),
    );
  });
});

suite('CSV for spreadsheets', () => {
  const safe = { isSpreadsheetSafe: true };

  test('no cell is run as a formula: own ones, names, results, errors', () => {
    const table = tableOf({ head: '=a,"+b",c\n', formulas: ['@x'], errorColumn: '-e' });
    const given: readonly Row[] = [
      { bytes: '=1,"@x ""y""",-5\n', ending: ['-1/3'] },
      { bytes: '＝1,-1.5e-7,\t1\r\n', ending: ['-2.5'] },
      { bytes: "'=1, =1,-x\n", ending: error('=X', 'y') },
    ];
    check(
      table,
      'csv',
      given,
      `'=a,"'+b",c,'@x,'-e\n'=1,"'@x ""y""",-5,'-1/3,\n'＝1,-1.5e-7,'\t1,-2.5,\r\n'=1, =1,'-x,,'=X y\n`,
      safe,
    );
  });

  test('plain numbers are those of the table', () => {
    const table = tableOf({ dialect: { delimiter: ';', decimal: ',' }, head: '\ufeffsep=;\r\n-a;b;c\n' });
    const given = [{ bytes: '-1,5;-1.5;-"x\n', ending: ['-0.5'] }];
    check(table, 'csv', given, `\ufeffsep=;\r\n'-a;b;c;total;error\n-1,5;'-1.5;'-"x;-0,5;\n`, safe);
  });
});

suite('NDJSON of a CSV table', () => {
  test('bare numbers, where a result is one', () => {
    const results = ['2.50', '-1e+30', '1/3', 'true', '', '0', '007', '12345678901234567890.5'];
    const table = tableOf({ formulas: results.map((_, index) => `f${index}`) });
    const given = [
      { bytes: '1,2,3\n', ending: results },
      { bytes: '1,2,3\n', ending: [divided, ...results.slice(1)] },
    ];
    const lines = writeTable(table, 'ndjson', [sliceOf(given)], { hasBareNumbers: true })
      .toString()
      .split('\n');
    const rest = '"f1":-1e+30,"f2":"1/3","f3":true,"f4":null,"f5":0,"f6":"007","f7":12345678901234567890.5}';
    assert.equal(lines[0], `{"id":"1","request":"1,2,3","results":{"f0":2.50,${rest}}`);
    assert.ok(lines[1]?.startsWith(`{"id":"2","request":"1,2,3","results":{"f0":null,${rest},"errors":{"f0":`));
  });

  test('rows with anything in them are read back', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((row) => row.toWellFormed().replaceAll(/["\n]/g, ''));
    const spiky = fc
      .array(fc.constantFrom('\\', '\0', '\u001f', '\u007f', '\t', 'é', '😀', '/', ' '))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(fc.oneof(text, spiky), { minLength: 1, maxLength: 5 }), (texts) => {
        const given = texts.map((row) => ({ bytes: `${row}\n`, ending: ['1'] }));
        const lines = writeTable(tableOf(), 'ndjson', [sliceOf(given)])
          .toString()
          .trimEnd()
          .split('\n');
        const requests = lines.map((line) => (JSON.parse(line) as { request: string }).request);
        assert.deepEqual(
          requests,
          texts.map((row) => row.replace(/\r$/, '')),
        );
      }),
    );
  });
});

const cell = fc.oneof(
  fc.constantFrom('', '1', '2.50', 'x"y', '"a,b"', '"say ""x"""', '"two\nlines"', '"\r\n"', ' ', '\0', '=1', '\r'),
  fc.uint8Array({ maxLength: 6 }).map((bytes) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/[",\r\n]/g, '.'),
  ),
);
const ending = fc.oneof(
  fc.tuple(fc.constantFrom('1', '2.5', '', 'true'), fc.constantFrom('1', '-0.1', divided, missing)),
  fc.constantFrom(error('COLUMNS', 'x, y'), error('EMPTY', 'A "quoted" word.')),
);
const row = fc
  .record({ cells: fc.tuple(cell, cell, cell), lineEnd: fc.constantFrom('\n', '\r\n'), ending })
  // A carriage return before the line end would be part of it.
  .map(({ cells, lineEnd, ...rest }) => ({ content: cells.join(',').replace(/\r$/, ''), lineEnd, ...rest }));

/** The expected addition to a row, by the plainest means. */
function addedTo(given: Row['ending']): string {
  const outcome = toOutcome(given);
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  if (outcome.kind === 'error') return `,,,${quoted(`${outcome.error.code} ${outcome.error.message}`)}`;
  const results = outcome.cells.map((one) => (one.kind === 'result' ? one.text : ''));
  const errors = outcome.cells.flatMap((one, index) =>
    one.kind === 'error' ? [`${['x', 'y'][index]}: ${one.error.code} ${one.error.message}`] : [],
  );
  return `,${[...results, quoted(errors.join('; '))].join(',')}`;
}

suite('any CSV file', () => {
  const table = tableOf({ formulas: ['x', 'y'] });
  const file = fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 12 }), hasLastEnd: fc.boolean() });

  test('without the added cells, the results are the upload, byte for byte', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 1, max: 12 }), ({ rows: content, hasLastEnd }, cut) => {
        const ends = content.map(({ lineEnd }, index) => (index < content.length - 1 || hasLastEnd ? lineEnd : ''));
        const given = content.map((one, index) => ({
          bytes: Buffer.from(one.content + (ends[index] ?? ''), 'latin1'),
          ending: one.ending,
        }));
        const slices = [sliceOf(given.slice(0, cut)), sliceOf(given.slice(cut), cut + 1)].filter(
          ({ count }) => count > 0,
        );
        let written = writeTable(table, 'csv', slices).toString('latin1');
        let upload = '';
        written = written.slice('a,b,c,x,y,error\n'.length);
        for (const [index, one] of content.entries()) {
          const added = addedTo(one.ending);
          assert.equal(written.slice(one.content.length, one.content.length + added.length), added);
          const end = ends[index] ?? '';
          const rest = written.slice(one.content.length + added.length);
          assert.ok(rest.startsWith(end));
          upload += written.slice(0, one.content.length) + end;
          written = rest.slice(end.length);
        }
        assert.equal(written, '');
        assert.deepEqual(Buffer.from(upload, 'latin1'), Buffer.concat(given.map(({ bytes }) => bytes)));
      }),
    );
  });

  test('a part of the rows is that part of all of them, in every format', () => {
    const part = fc.record({
      rows: fc.array(row, { minLength: 1, maxLength: 12 }),
      skipped: fc.nat(11),
      dropped: fc.nat(11),
      filter: fc.constantFrom(undefined, 'succeeded' as const, 'failed' as const),
      limit: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      format: fc.constantFrom('csv' as const, 'text' as const, 'ndjson' as const),
    });
    fc.assert(
      fc.property(part, ({ rows: content, skipped, dropped, filter, limit, format }) => {
        const given = content.map((one) => ({
          bytes: Buffer.from(one.content + one.lineEnd, 'latin1'),
          ending: one.ending,
        }));
        const from = Math.min(skipped, given.length - 1) + 1;
        const to = Math.max(from, given.length - dropped);
        const slice = { ...sliceOf(given), fromLine: from, toLine: to };
        const { head } = createTableWriter(table, format, { filter: undefined, limit: undefined }, plain);
        const single = given.map((one, index) => writeTable(table, format, [sliceOf([one], index + 1)]));
        const wanted = single
          .map((bytes, index) => ({ bytes: bytes.subarray(head.length), isFailed: isFailed(given[index]) }))
          .slice(from - 1, to)
          .filter((one) => filter === undefined || one.isFailed === (filter === 'failed'))
          .slice(0, limit)
          .map(({ bytes }) => bytes);
        const selection = { ...(filter && { filter }), ...(limit && { limit }) };
        assert.deepEqual(writeTable(table, format, [slice], selection), Buffer.concat([head, ...wanted]));
      }),
    );
  });
});

const plain = { isSpreadsheetSafe: false, hasBareNumbers: false };

function isFailed(row: Row | undefined): boolean {
  const outcome = toOutcome(row?.ending ?? []);
  return outcome.kind === 'error' || outcome.cells.some(({ kind }) => kind === 'error');
}

suite('the writer', () => {
  test('stops at its limit, over slices', () => {
    const writer = createTableWriter(twoFormulas, 'csv', { filter: 'failed', limit: 4 }, plain);
    const sizes = [writer.write(sliceOf(rows)), writer.write(sliceOf(rows, 5)), writer.write(sliceOf(rows, 9))];
    assert.deepEqual(
      sizes.map((bytes) => bytes.toString().split('\n').length - 1),
      [3, 1, 0],
    );
    assert.equal(writer.isDone, true);
  });

  test('passes results alone on without a copy, and needs no rows for them', () => {
    const slice = sliceOf([
      { bytes: '1,2,3\n', ending: ['1', '2'] },
      { bytes: '1,2,3\n', ending: ['3', '4'] },
    ]);
    const writer = createTableWriter(twoFormulas, 'text', { filter: undefined, limit: undefined }, plain);
    assert.equal(writer.needsRequests, false);
    assert.equal(writer.write({ ...slice, chunk: undefined }).buffer, slice.outcomes.text.buffer);
    assert.equal(writeTable(twoFormulas, 'text', [{ ...slice, fromLine: 2 }]).toString(), '3\t4\n');
  });

  test('knows the formats of a table, its own first', () => {
    assert.deepEqual(formatsOf(undefined), ['text', 'csv', 'ndjson']);
    assert.deepEqual(formatsOf(twoFormulas), ['csv', 'ndjson', 'text']);
    assert.deepEqual(formatsOf(tableOf({ dialect: { delimiter: '\t' } })), ['tsv', 'ndjson', 'text']);
    assert.deepEqual(formatsOf(tableOf({ dialect: { format: 'ndjson' } })), ['ndjson', 'text']);
  });
});
