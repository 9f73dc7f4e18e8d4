import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  readRequest,
  readResponse,
  requestTextBytesMax,
  responseTextBytesMax,
  writeRequest,
  writeResponse,
} from '../../../src/bus/kafka/wire-format.ts';
import type { RequestMessage, ResponseMessage } from '../../../src/engine/index.ts';
import { enginePattern, tombstone, unknownEngine, type TableProgram } from '../../../src/jobs/index.ts';
import { programs, totals } from '../../jobs/table/arbitrary-tables.ts';

const lineFeed = '\n';

const lines = fc.array(
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((line) => line.toWellFormed().replaceAll(/[\r\n]/g, ' ')),
  { minLength: 1, maxLength: 512 },
);
const jobIds = fc.oneof(fc.uuid(), fc.stringMatching(/^[\w.:-]{1,128}$/));
const firstLines = fc.integer({ min: 1, max: 2 ** 52 });
const costs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const requests: fc.Arbitrary<RequestMessage> = fc.tuple(jobIds, firstLines, lines).chain(([jobId, firstLine, texts]) =>
  fc.record(
    {
      jobId: fc.constant(jobId),
      firstLine: fc.constant(firstLine),
      count: fc.constant(texts.length),
      text: fc.constant(Buffer.from(texts.map((line) => line + lineFeed).join(''))),
      mode: fc.constantFrom('decimal', 'float64', 'rational', 'bigint'),
      precision: fc.integer({ min: 1, max: 100 }),
      attempt: fc.integer({ min: 1, max: 1_000_000 }),
      costMax: costs,
      faults: fc.array(
        fc.record(
          {
            line: fc.integer({ min: firstLine, max: firstLine + texts.length - 1 }),
            code: fc.constantFrom('ENCODING' as const, 'TOO_LONG' as const, 'SYNTAX' as const, 'EMPTY' as const),
            message: fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed()),
            column: fc.nat(65_536),
            endColumn: fc.nat(65_536),
          },
          { noNullPrototype: true },
        ),
        { maxLength: texts.length },
      ),
    },
    { noNullPrototype: true },
  ),
);

const responses: fc.Arbitrary<ResponseMessage> = fc
  .tuple(
    jobIds,
    firstLines,
    lines,
    costs,
    fc.nat(),
    fc.boolean(),
    fc.stringMatching(enginePattern),
    fc.option(fc.nat(), { nil: undefined }),
  )
  .map(([jobId, firstLine, texts, cost, split, isCancelled, engine, serviceMs]) => {
    const count = texts.length;
    const failed = split % (count + 1);
    const outcomes = isCancelled
      ? { succeeded: 0, failed: 0, cancelled: count, cost, engine: undefined, text: Buffer.alloc(0) }
      : {
          succeeded: count - failed,
          failed,
          ...(failed > 0 && { errors: { DIV0: failed } }),
          cancelled: 0,
          cost,
          engine,
          text: Buffer.from(texts.map((line) => line + lineFeed).join('')),
        };
    return { jobId, firstLine, count, outcomes, ...(serviceMs !== undefined && { serviceMs }) };
  });

const sample: RequestMessage = {
  jobId: 'job-1',
  firstLine: 513,
  count: 2,
  mode: 'decimal',
  precision: 34,
  text: Buffer.from('1 + 2\n\n'),
  faults: [{ line: 514, code: 'EMPTY', message: 'The line is empty.', column: 0, endColumn: 0 }],
  attempt: 1,
  costMax: 1_000,
};
const sampleResponse: ResponseMessage = {
  jobId: 'job-1',
  firstLine: 513,
  count: 2,
  outcomes: {
    succeeded: 1,
    failed: 1,
    errors: { EMPTY: 1 },
    cancelled: 0,
    cost: 7,
    engine: '3',
    text: Buffer.from('3\n!EMPTY 0 0 The line is empty.\n'),
  },
};

const program: TableProgram = {
  dialect: {
    format: 'csv',
    delimiter: ';',
    decimal: ',',
    group: undefined,
    numbers: 'strict',
    missing: 'error',
    missingValues: ['NA'],
  },
  cells: 2,
  columns: [{ name: 'a', index: 0 }],
  formulas: [{ name: 'twice', text: 'a * 2' }],
  totals: [],
  added: [],
};
/** Two rows: one with a line break in quotes, and one without a line end whose quote is never closed. */
const sampleRows: RequestMessage = {
  ...sample,
  text: Buffer.from('1;"two\r\nlines"\r\n2;"\xff', 'latin1'),
  faults: [{ line: 514, code: 'QUOTE', message: 'This quote is never closed.', column: 0, endColumn: 0 }],
  table: program,
};
const sampleTotals: ResponseMessage = {
  ...sampleResponse,
  outcomes: { ...sampleResponse.outcomes, totals: [{ count: 1, sum: '3', min: '3', max: '3' }] },
};

/** A value with some fields of its head changed; undefined leaves a field out. */
function withFields(value: Buffer, fields: object): Buffer {
  const end = value.indexOf(lineFeed);
  const head = { ...(JSON.parse(value.subarray(0, end).toString()) as object), ...fields };
  return Buffer.concat([Buffer.from(JSON.stringify(head)), value.subarray(end)]);
}

function refusalOf(value: Uint8Array | null | undefined): string {
  const read = readRequest(value);
  return read.kind === 'refused' ? read.reason : read.kind;
}

function responseRefusalOf(value: Uint8Array | null | undefined): string {
  const read = readResponse(value);
  return read.kind === 'refused' ? read.reason : read.kind;
}

describe('wire format', () => {
  it('reads every request as it was written', () => {
    const replies = fc.option(fc.nat(59), { nil: undefined });
    fc.assert(
      fc.property(requests, replies, (request, reply) => {
        const read = readRequest(writeRequest(request, reply));
        assert.ok(read.kind === 'read');
        assert.equal(read.replyPartition, reply);
        assert.deepEqual({ ...read.message, text: Buffer.from(read.message.text) }, request);
      }),
    );
  });

  it('reads every response as it was written', () => {
    fc.assert(
      fc.property(responses, (response) => {
        const read = readResponse(writeResponse(response));
        assert.ok(read.kind === 'read');
        const { outcomes } = read.message;
        assert.deepEqual({ ...read.message, outcomes: { ...outcomes, text: Buffer.from(outcomes.text) } }, response);
      }),
    );
  });

  it('is one line of JSON and the text as it is', () => {
    assert.equal(
      writeRequest(sample, 7).toString(),
      '{"version":1,"job_id":"job-1","first_line":513,"count":2,"mode":"decimal","precision":34,"attempt":1,' +
        '"cost_max":1000,"faults":[{"line":514,"code":"EMPTY","message":"The line is empty.","column":0,' +
        '"end_column":0}],"reply_partition":7}\n1 + 2\n\n',
    );
    assert.equal(
      writeResponse(sampleResponse).toString(),
      '{"version":1,"job_id":"job-1","first_line":513,"count":2,"succeeded":1,"failed":1,"cancelled":0,"cost":7,' +
        '"engine":"3","errors":{"EMPTY":1}}\n3\n!EMPTY 0 0 The line is empty.\n',
    );
  });

  it('gives a table another version, so that who knows lines only refuses it', () => {
    assert.equal(
      writeRequest({ ...sampleRows, faults: [], text: Buffer.from('1;2\n3;4\n') }, undefined).toString(),
      '{"version":2,"job_id":"job-1","first_line":513,"count":2,"mode":"decimal","precision":34,"attempt":1,' +
        '"cost_max":1000,"faults":[],"table":{"dialect":{"format":"csv","delimiter":";","decimal":",",' +
        '"numbers":"strict","missing":"error","missing_values":["NA"]},"cells":2,"columns":[{"name":"a","index":0}],' +
        '"formulas":[{"name":"twice","text":"a * 2"}],"totals":[],"added":[]}}\n1;2\n3;4\n',
    );
    assert.equal(
      writeResponse(sampleTotals).toString(),
      '{"version":2,"job_id":"job-1","first_line":513,"count":2,"succeeded":1,"failed":1,"cancelled":0,"cost":7,' +
        '"engine":"3","errors":{"EMPTY":1},"totals":[{"count":1,"sum":"3","min":"3","max":"3"}]}\n3\n!EMPTY 0 0 The line is empty.\n',
    );
  });

  it('counts the errors of a server that does not', () => {
    const value = writeResponse({ ...sampleResponse, outcomes: { ...sampleResponse.outcomes, errors: undefined } });
    assert.ok(!value.includes('"errors"'));
    const read = readResponse(value);
    assert.ok(read.kind === 'read');
    assert.deepEqual(read.message.outcomes.errors, { EMPTY: 1 });
  });

  it('reads rows of a table as they were written', () => {
    fc.assert(
      fc.property(programs, (table) => {
        const { delimiter, format } = table.dialect;
        const row = format === 'csv' ? `"a${lineFeed}b"${delimiter}1\r\n` : '{"a": 1}\n';
        const request = { ...sample, text: Buffer.from(row + row), table };
        const read = readRequest(writeRequest(request, 1));
        assert.ok(read.kind === 'read');
        assert.deepEqual({ ...read.message, text: Buffer.from(read.message.text) }, request);
      }),
    );
    const read = readRequest(writeRequest(sampleRows, undefined));
    assert.ok(read.kind === 'read');
    assert.deepEqual({ ...read.message, text: Buffer.from(read.message.text) }, sampleRows);
  });

  it('reads totals as they were written', () => {
    fc.assert(
      fc.property(totals, (list) => {
        const response = { ...sampleResponse, outcomes: { ...sampleResponse.outcomes, totals: list } };
        const read = readResponse(writeResponse(response));
        assert.ok(read.kind === 'read');
        const { outcomes } = read.message;
        assert.deepEqual({ ...read.message, outcomes: { ...outcomes, text: Buffer.from(outcomes.text) } }, response);
      }),
    );
  });

  it('takes a row of 1 MiB, and totals of 20,000 digits in all columns', () => {
    const row = `1;${'x'.repeat(1024 * 1024 - 3)}\n`;
    const long = { ...sampleRows, faults: [], count: 2, text: Buffer.from(`1;2\n${row}`) };
    assert.equal(refusalOf(writeRequest(long, undefined)), 'read');
    const digits = '7'.repeat(20_000);
    const column = { count: 512, sum: `${digits}/${digits}`, min: digits, max: digits };
    const wide = { ...sampleTotals.outcomes, totals: Array.from({ length: 48 }, () => column) };
    assert.equal(responseRefusalOf(writeResponse({ ...sampleTotals, outcomes: wide })), 'read');
  });

  it('refuses what would be rows in one version and lines in the other', () => {
    const rows = writeRequest(sampleRows, undefined);
    assert.equal(refusalOf(withFields(rows, { version: 1 })), 'field');
    assert.equal(refusalOf(withFields(rows, { table: undefined })), 'field');
    assert.equal(refusalOf(withFields(rows, { table: { ...program, formulas: [] } })), 'field');
    assert.equal(refusalOf(withFields(writeRequest(sample, undefined), { version: 2 })), 'field');
    const response = writeResponse(sampleTotals);
    assert.equal(responseRefusalOf(withFields(response, { version: 1 })), 'field');
    assert.equal(responseRefusalOf(withFields(response, { totals: undefined })), 'field');
    assert.equal(responseRefusalOf(withFields(response, { totals: [{ count: 1, sum: '1; DROP' }] })), 'field');
    assert.equal(responseRefusalOf(withFields(writeResponse(sampleResponse), { version: 2 })), 'field');
  });

  it('refuses rows that are more or fewer than it says', () => {
    const rows = writeRequest(sampleRows, undefined);
    assert.equal(refusalOf(withFields(rows, { count: 3 })), 'text');
    assert.equal(refusalOf(withFields(rows, { count: 1, faults: [] })), 'text');
    assert.equal(refusalOf(Buffer.concat([rows, Buffer.from('\n3;4')])), 'text');
    assert.equal(refusalOf(writeRequest({ ...sampleRows, text: Buffer.alloc(0) }, undefined)), 'text');
  });

  it('hands out a text in memory of its own', () => {
    const batch = Buffer.concat([Buffer.alloc(100), writeRequest(sample, undefined)]);
    const read = readRequest(batch.subarray(100));
    assert.ok(read.kind === 'read');
    assert.equal(read.message.text.buffer.byteLength, sample.text.length);
  });

  it('refuses whatever else the bytes are, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(readRequest(bytes).kind, 'refused');
        assert.equal(readResponse(bytes).kind, 'refused');
      }),
    );
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        assert.equal(readRequest(Buffer.from(`${json}\n${text}`)).kind, 'refused');
        assert.equal(readResponse(Buffer.from(`${json}\n${text}`)).kind, 'refused');
      }),
    );
  });

  it('refuses every half of a message', () => {
    for (const [value, read] of [
      [writeRequest(sample, 3), readRequest],
      [writeResponse(sampleResponse), readResponse],
      [writeResponse(sampleTotals), readResponse],
    ] as const) {
      for (let length = 0; length < value.length; length += 1) {
        assert.equal(read(value.subarray(0, length)).kind, 'refused', `the first ${length} bytes`);
      }
      for (let start = 1; start < value.length; start += 1) {
        assert.equal(read(value.subarray(start)).kind, 'refused', `from byte ${start}`);
      }
    }
  });

  it('keeps its promises under any one changed byte', () => {
    const value = writeRequest(sample, 3);
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(value);
        changed[at] = byte;
        const read = readRequest(changed);
        if (read.kind === 'refused') return;
        const { count, text, firstLine, faults } = read.message;
        assert.equal(Buffer.from(text).toString().split(lineFeed).length - 1, count);
        assert.ok(faults.every(({ line }) => line >= firstLine && line < firstLine + count));
      }),
      { numRuns: 2_000 },
    );
  });

  it('names the reason', () => {
    const value = writeRequest(sample, undefined);
    assert.equal(refusalOf(undefined), 'tombstone');
    assert.equal(refusalOf(null), 'tombstone');
    assert.equal(refusalOf(Buffer.alloc(0)), 'empty');
    assert.equal(refusalOf(Buffer.from('no head')), 'head');
    assert.equal(refusalOf(Buffer.from('[1]\n1\n')), 'head');
    assert.equal(refusalOf(Buffer.from('{"version":1\n1\n')), 'head');
    assert.equal(refusalOf(Buffer.from([0x7b, 0xff, 0x7d, 0x0a])), 'head');
    assert.equal(refusalOf(Buffer.concat([Buffer.alloc(5 * 1024 * 1024, ' '), Buffer.from(lineFeed)])), 'head');
    assert.equal(refusalOf(withFields(value, { version: 3 })), 'version');
    assert.equal(refusalOf(withFields(value, { version: '1' })), 'version');
    assert.equal(refusalOf(withFields(value, { version: undefined })), 'version');
    assert.equal(refusalOf(withFields(value, { count: 3 })), 'text');
    assert.equal(refusalOf(withFields(value, { count: 1, faults: [] })), 'text');
    assert.equal(refusalOf(Buffer.concat([value, Buffer.from('more')])), 'text');
    assert.equal(refusalOf(Buffer.concat([value.subarray(0, -2), Buffer.from([0xff, 0x0a, 0x0a])])), 'text');
    assert.equal(refusalOf(Buffer.concat([value, Buffer.alloc(requestTextBytesMax)])), 'text');
    const response = writeResponse(sampleResponse);
    assert.equal(responseRefusalOf(Buffer.concat([response, Buffer.alloc(responseTextBytesMax)])), 'text');
    assert.equal(responseRefusalOf(withFields(response, { cancelled: 2, succeeded: 0, failed: 0 })), 'text');
    assert.equal(responseRefusalOf(value), 'field');
    assert.equal(refusalOf(response), 'field');
  });

  const badFields: Readonly<Record<string, readonly unknown[]>> = {
    job_id: [undefined, null, 1, '', 'a b', 'line\nfeed', 'x'.repeat(129)],
    first_line: [undefined, 0, -1, 1.5, '1', 2 ** 53, Number.MAX_SAFE_INTEGER],
    count: [undefined, 0, -1, 513, 1.5, '2', null],
    mode: [undefined, '', 'Decimal', '__proto__', 1, 'x'.repeat(33)],
    precision: [undefined, 0, 101, 1.5, null],
    attempt: [undefined, 0, -1, 1.5, 1e9],
    cost_max: [undefined, -1, 0.5, 2 ** 53, '1'],
    faults: [
      undefined,
      {},
      [null],
      [1],
      [{}],
      [{ line: 512, code: 'EMPTY', message: '', column: 0, end_column: 0 }],
      [{ line: 515, code: 'EMPTY', message: '', column: 0, end_column: 0 }],
      [{ line: 513, code: 'BUDGET', message: '', column: 0, end_column: 0 }],
      [{ line: 513, code: 'EMPTY', message: 'x'.repeat(5_000), column: 0, end_column: 0 }],
      [{ line: 513, code: 'EMPTY', message: '', column: -1, end_column: 0 }],
      [{ line: 513, code: 'EMPTY', message: '', column: 0 }],
      Array.from({ length: 3 }, () => ({ line: 513, code: 'EMPTY', message: '', column: 0, end_column: 0 })),
    ],
    reply_partition: [null, -1, 1.5, '7', 1e9],
  };
  for (const [field, values] of Object.entries(badFields)) {
    it(`refuses a bad ${field}`, () => {
      for (const bad of values) {
        assert.equal(refusalOf(withFields(writeRequest(sample, 3), { [field]: bad })), 'field', JSON.stringify(bad));
      }
    });
  }

  it('refuses counts that do not fit', () => {
    const value = writeResponse(sampleResponse);
    for (const fields of [
      { succeeded: 2 },
      { failed: 0 },
      { succeeded: -1, failed: 3 },
      { succeeded: undefined },
      { cancelled: 1, failed: 0 },
      { cancelled: undefined },
      { cost: -1 },
      { errors: { EMPTY: 2 } },
      { errors: {} },
      { errors: { empty: 1 } },
      { errors: [1] },
      { errors: null },
      { cost: undefined },
    ]) {
      assert.equal(responseRefusalOf(withFields(value, fields)), 'field', JSON.stringify(fields));
    }
  });

  it('takes a response of a server that does not name its engine, and a tombstone, which has none', () => {
    const older = withFields(writeResponse(sampleResponse), { engine: undefined });
    assert.ok(!older.toString().includes('engine'));
    const read = readResponse(older);
    assert.ok(read.kind === 'read');
    assert.equal(read.message.outcomes.engine, unknownEngine);
    const cancelled = writeResponse({ ...sampleResponse, outcomes: tombstone(2) });
    assert.ok(!cancelled.toString().includes('engine'));
    const tombstoneRead = readResponse(cancelled);
    assert.ok(tombstoneRead.kind === 'read');
    assert.equal(tombstoneRead.message.outcomes.engine, undefined);
  });

  it('refuses an engine whose version has no form of one', () => {
    for (const engine of [null, 3, '', 'a b', 'x'.repeat(33), ['3']]) {
      assert.equal(responseRefusalOf(withFields(writeResponse(sampleResponse), { engine })), 'field');
    }
  });

  it('ignores fields that it does not know', () => {
    const response = readResponse(withFields(writeResponse(sampleResponse), { of_tomorrow: [1] }));
    assert.deepEqual(response, readResponse(writeResponse(sampleResponse)));
    const request = readRequest(withFields(writeRequest(sample, 3), { of_tomorrow: [1] }));
    assert.deepEqual(request, readRequest(writeRequest(sample, 3)));
  });

  it('says nothing of a text in a refusal', () => {
    const read = readRequest(Buffer.from('{"version":1,"job_id":"secret words","count":1}\nsecret\n'));
    assert.ok(read.kind === 'refused');
    assert.ok(!read.detail.includes('secret'));
  });
});
