import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JobBody } from '../../src/http/schemas/index.ts';
import { createCorrections, correctionsMax, replaceText } from '../../web/src/pages/job/corrections.ts';
import {
  contentTypeOf,
  formulaName,
  headerOf,
  isTableJob,
  uploadQueryOf,
} from '../../web/src/pages/job/job-options.ts';
import { nameCells } from '../../web/src/pages/job/results/row-cells.ts';
import { readLines } from '../../web/src/pages/job/read-lines.ts';
import { placeFault } from '../../web/src/parts/fault-place.ts';
import { formatDuration, formatShare } from '../../web/src/parts/formats.ts';
import { splitText } from '../../web/src/parts/literal-text.ts';
import { createRateMeter } from '../../web/src/parts/progress-rate.ts';

describe('a text in pieces', () => {
  it('is the text when the pieces are put together', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(
          splitText(text)
            .map((piece) => piece.text)
            .join(''),
          text,
        );
      }),
    );
  });

  it('has what cannot be seen apart, with its code', () => {
    assert.deepEqual(splitText('1 +\u202E 2'), [{ text: '1 +' }, { text: '\u202E', code: 'U+202E' }, { text: ' 2' }]);
    assert.deepEqual(splitText('\u0000\uD800'), [
      { text: '\u0000', code: 'U+0000' },
      { text: '\uD800', code: 'U+D800' },
    ]);
    assert.deepEqual(splitText('<script> 😀 é'), [{ text: '<script> 😀 é' }]);
    assert.deepEqual(splitText(''), []);
  });
});

describe('the place of an error', () => {
  it('divides the text', () => {
    const place = placeFault('1 / 0 + 2', 3, 4);
    assert.deepEqual([place?.before, place?.fault, place?.after], ['1 ', '/', ' 0 + 2']);
  });

  it('may be behind the text, and is none outside of it', () => {
    assert.deepEqual(placeFault('1 +', 4, 4)?.fault, '');
    assert.equal(placeFault('1 +', 5), undefined);
    assert.equal(placeFault('1 +', undefined), undefined);
  });

  it('leaves out what is far away', () => {
    const place = placeFault('1'.repeat(60_000), 30_000, 30_001);
    assert.deepEqual([place?.before.length, place?.isCutBefore, place?.isCutAfter], [120, true, true]);
  });
});

describe('formats', () => {
  it('say neither that all is done before it is, nor that nothing is once something is', () => {
    assert.equal(formatShare(999_999, 1_000_000), '99.9%');
    assert.equal(formatShare(1, 1_000_000), '0.1%');
    assert.equal(formatShare(1_000_000, 1_000_000), '100%');
    assert.equal(formatShare(0, 0), '0%');
  });

  it('give a duration in its two largest units', () => {
    assert.equal(formatDuration(4.26), '4.3 sec');
    assert.equal(formatDuration(125), '2 min 5 sec');
    assert.equal(formatDuration(120), '2 min');
    assert.equal(formatDuration(93_784), '1 day 2 hr');
  });
});

describe('the rate of a job', () => {
  it('is that of the last seconds', () => {
    const meter = createRateMeter();
    assert.equal(meter.perSecond, undefined);
    for (let second = 0; second <= 20; second++)
      meter.add({ atMs: second * 1_000, count: second < 10 ? second * 10 : 100 + (second - 10) * 1_000 });
    assert.equal(meter.perSecond, 1_000);
    assert.equal(meter.secondsLeft(20_100), 10);
    assert.equal(meter.points.length, 20);
  });

  it('begins again when the count falls', () => {
    const meter = createRateMeter();
    meter.add({ atMs: 0, count: 0 });
    meter.add({ atMs: 5_000, count: 50 });
    meter.add({ atMs: 6_000, count: 0 });
    assert.equal(meter.perSecond, undefined);
  });
});

describe('corrections', () => {
  it('are written in line order, as one JSON object per line', () => {
    const corrections = createCorrections();
    assert.equal(corrections.set(20, '1 / "3"\n', '1 / 0'), true);
    corrections.set(3, '1 + \uD800', '1 +');
    corrections.set(5, '2', '1');
    corrections.set(5, '1', '1');
    const body = corrections.write().join('');
    assert.equal(body, '{"id":"3","request":"1 + \\ud800"}\n{"id":"20","request":"1 / \\"3\\"\\n"}\n');
    assert.equal(corrections.size, 2);
    assert.equal(corrections.get(5), undefined);
  });

  it('never count fewer bytes than they take', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50_000_000), fc.string({ unit: 'binary' }))), (given) => {
        const corrections = createCorrections();
        for (const [line, text] of given) corrections.set(line, text, `${text}.`);
        const body = new TextEncoder().encode(corrections.write().join(''));
        assert.ok(body.length <= corrections.bytes);
        for (const [line] of given) corrections.remove(line);
        assert.equal(corrections.bytes, 0);
      }),
    );
  });

  it('have a bound', () => {
    const corrections = createCorrections();
    const text = '1'.repeat(30_000_000);
    assert.equal(corrections.set(1, text, ''), true);
    assert.equal(corrections.set(2, text, ''), true);
    assert.equal(corrections.set(3, text, ''), false);
    assert.equal(corrections.size, 2);
    assert.equal(correctionsMax, 1_000_000);
  });

  it('replace texts, not patterns', () => {
    assert.equal(replaceText('a.b.c', '.', '$&'), 'a$&b$&c');
    assert.equal(replaceText('abc', '', 'x'), 'abc');
  });
});

describe('lines of a response', () => {
  it('are whole, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.integer({ min: 1, max: 9 }),
        async (texts, size) => {
          const lines = texts.map((text) => text.replaceAll('\n', ''));
          const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
          const body = new ReadableStream<Uint8Array>({
            start: (controller) => {
              for (let start = 0; start < bytes.length; start += size)
                controller.enqueue(bytes.slice(start, start + size));
              controller.close();
            },
          });
          const read: string[] = [];
          for await (const batch of readLines(body)) read.push(...batch);
          // The decoder drops a byte order mark at the beginning, as every reader of a text does.
          assert.deepEqual(read.join('\n').replace(/^\uFEFF/u, ''), lines.join('\n').replace(/^\uFEFF/u, ''));
        },
      ),
    );
  });
});

describe('submitting a job again', () => {
  const job: JobBody = {
    id: 'a',
    status: 'Completed',
    mode: 'decimal',
    precision: 20,
    operations: 2,
    completed: 2,
    succeeded: 1,
    failed: 1,
    cancelled: 0,
    error_counts: { DIV0: 1 },
    engine: ['3'],
    created_at: '2026-11-30T12:00:00.000Z',
  };
  const table: JobBody = {
    ...job,
    formulas: ['total = price * qty', '`a = b` = 1'],
    columns: ['price', 'qty', 'a;b', ' c'],
    dialect: {
      format: 'csv',
      delimiter: ';',
      header: 'present',
      decimal: ',',
      group: ' ',
      numbers: 'strict',
      missing: 'error',
      missing_values: ['NA', '-'],
    },
    totals: {
      total: { count: 0, sum: '0', min: null, max: null, mean: null },
      price: { count: 0, sum: '0', min: null, max: null, mean: null },
    },
  };

  it('of lines sends them as NDJSON, with the mode', () => {
    assert.equal(contentTypeOf(job), 'application/x-ndjson');
    assert.equal(uploadQueryOf(job, job, 'a b').toString(), 'mode=decimal&precision=20&name=a+b');
    assert.equal(uploadQueryOf(job, { mode: 'bigint', precision: 20 }, '').toString(), 'mode=bigint');
  });

  it('of a table sends its options and its header', () => {
    assert.equal(contentTypeOf(table), 'text/csv');
    assert.equal(headerOf(table), 'price;qty;"a;b";" c"\n');
    const query = uploadQueryOf(table, table, '');
    assert.deepEqual(query.getAll('formula'), table.formulas);
    assert.deepEqual(query.getAll('total'), ['price']);
    assert.deepEqual([query.get('group'), query.get('missing_values')], ['space', 'NA,-']);
  });

  it('names the cells of a row', () => {
    assert.ok(isTableJob(table));
    assert.deepEqual(nameCells(table, '1,5; 2 ;"a;""b"";\nc";'), [
      { name: 'price', text: '1,5' },
      { name: 'qty', text: '2' },
      { name: 'a;b', text: 'a;"b";\nc' },
      { name: ' c', text: '' },
    ]);
    assert.deepEqual(nameCells(table, '1;2'), []);
    assert.deepEqual(nameCells(table, '1;"2'), []);
  });

  it('knows the names of formulas', () => {
    assert.equal(formulaName('total = price * qty'), 'total');
    assert.equal(formulaName('`a = b`=1'), 'a = b');
    assert.equal(formulaName('x = a == b'), 'x');
  });
});
