import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { ResultSlice } from '../../src/engine/index.ts';
import { createResultWriter, type ResultFormat } from '../../src/formats/index.ts';
import { cancelledError, encodeErrorLine, tombstone, type LineOutcome } from '../../src/jobs/index.ts';

interface Line {
  readonly request: string;
  readonly customId: string | null;
  readonly outcome: LineOutcome;
}

function sliceOf(firstLine: number, lines: readonly Line[]): ResultSlice {
  const text = lines
    .map(({ outcome }) => (outcome.kind === 'result' ? `${outcome.text}\n` : encodeErrorLine(outcome.error)))
    .join('');
  const failed = lines.filter(({ outcome }) => outcome.kind === 'error').length;
  const hasIds = lines.some(({ customId }) => customId !== null);
  return {
    firstLine,
    count: lines.length,
    fromLine: firstLine,
    toLine: firstLine + lines.length - 1,
    outcomes: { succeeded: lines.length - failed, failed, cancelled: 0, cost: 0, engine: '3', text: Buffer.from(text) },
    chunk: {
      firstLine,
      count: lines.length,
      text: Buffer.from(lines.map(({ request }) => `${request}\n`).join('')),
      faults: [],
      customIds: hasIds ? lines.map(({ customId }) => customId) : undefined,
    },
  };
}

function write(format: ResultFormat, slice: ResultSlice, filter?: 'succeeded' | 'failed', limit?: number): string {
  const writer = createResultWriter(format, { filter, limit });
  return Buffer.concat([writer.head, writer.write(slice)]).toString();
}

/** Reads CSV as RFC 4180 writes it, with LF. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])/y;
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\n') {
      rows.push(row);
      row = [];
    }
    if (cell.lastIndex === text.length) return rows;
  }
  throw new Error(`not CSV: ${text}`);
}

const formulaStarts = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

test('CSV for spreadsheets: an apostrophe goes before texts that begin a formula, and results that are numbers stay', () => {
  const write = (request: string, outcome: LineOutcome) => {
    const writer = createResultWriter('csv', { filter: undefined, limit: undefined, isSpreadsheetSafe: true });
    const slice = sliceOf(1, [{ request, customId: request, outcome }]);
    const [, row] = parseCsv(Buffer.concat([writer.head, writer.write(slice)]).toString());
    return row;
  };
  for (const start of formulaStarts) {
    const text = `${start}1`;
    assert.deepEqual(write(text, { kind: 'result', text: '1' }), ['1', `'${text}`, `'${text}`, '1', '', '', '']);
    const error = { code: 'SYNTAX', message: text.trim(), column: 0, endColumn: 0 };
    const shown = write('1', { kind: 'error', error })?.[5];
    assert.equal(shown, text.trim() === text ? `'${text}` : '1');
  }
  for (const number of ['-5', '0', '-0.25', '1e+21', '-1.5e-7', '12345678901234567890']) {
    assert.equal(write('1', { kind: 'result', text: number })?.[3], number);
  }
  for (const text of ['-1/3', '-Infinity']) assert.equal(write('1', { kind: 'result', text })?.[3], `'${text}`);
  for (const text of ['1/3', 'true', ' =1', "'=1", 'a-b']) {
    assert.deepEqual(write(text, { kind: 'result', text })?.slice(1, 4), [text, text, text]);
  }
});

const requestText = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((text) => text.toWellFormed().replaceAll('\n', ' '));
const special = fc.constantFrom('"', ',', '\\', '\r', '1', '+', ' ', '=', '\t', 'é', '\u2028', '😀');
const spiky = fc.oneof(
  requestText,
  fc.array(special).map((parts) => parts.join('')),
);
const line: fc.Arbitrary<Line> = fc.record({
  request: spiky,
  customId: fc.oneof(fc.constant(null), spiky),
  outcome: fc.oneof(
    fc.constantFrom('1', '-2.5', 'true', '1/3', '1e+400').map((text): LineOutcome => ({ kind: 'result', text })),
    fc
      .record({ message: spiky.map((text) => text.replaceAll('\r', ' ')), column: fc.integer({ min: 0, max: 9 }) })
      .map(({ message, column }): LineOutcome => ({
        kind: 'error',
        error: { code: 'SYNTAX', message, column, endColumn: column === 0 ? 0 : column + 1 },
      })),
  ),
});
interface Selection {
  readonly lines: readonly Line[];
  readonly firstLine: number;
  readonly skipped: number;
  readonly dropped: number;
  readonly filter: 'succeeded' | 'failed' | undefined;
  readonly limit: number | undefined;
}

const selection: fc.Arbitrary<Selection> = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 12 }),
  firstLine: fc.integer({ min: 1, max: 1000 }),
  skipped: fc.nat(11),
  dropped: fc.nat(11),
  filter: fc.constantFrom(undefined, 'succeeded' as const, 'failed' as const),
  limit: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
});

interface Expected extends Line {
  readonly id: number;
}

/** The selected lines by the plainest means. */
function select({ lines, firstLine, skipped, dropped, filter, limit }: Selection): {
  slice: ResultSlice;
  expected: Expected[];
} {
  const from = Math.min(skipped, lines.length - 1);
  const to = Math.max(from, lines.length - 1 - dropped);
  const slice = { ...sliceOf(firstLine, lines), fromLine: firstLine + from, toLine: firstLine + to };
  const expected = lines
    .map((one, index) => ({ ...one, id: firstLine + index }))
    .slice(from, to + 1)
    .filter(({ outcome }) => filter === undefined || (outcome.kind === 'result') === (filter === 'succeeded'))
    .slice(0, limit);
  return { slice, expected };
}

suite('result formats', () => {
  test('text holds one line for each selected operation', () => {
    fc.assert(
      fc.property(selection, (chosen) => {
        const { slice, expected } = select(chosen);
        const lines = expected.map(({ outcome }) => {
          if (outcome.kind === 'result') return `${outcome.text}\n`;
          const { code, message, column } = outcome.error;
          return `ERROR ${code}: ${message}${column === 0 ? '' : ` (column ${column})`}\n`;
        });
        assert.equal(write('text', slice, chosen.filter, chosen.limit), lines.join(''));
      }),
    );
  });

  test('what is written as CSV is read back exactly', () => {
    fc.assert(
      fc.property(selection, (chosen) => {
        const { slice, expected } = select(chosen);
        const [head, ...rows] = parseCsv(write('csv', slice, chosen.filter, chosen.limit));
        assert.deepEqual(head, ['id', 'custom_id', 'request', 'result', 'error_code', 'error_message', 'error_column']);
        const wanted = expected.map(({ id, customId, request, outcome }) => {
          const start = [String(id), customId ?? '', request];
          if (outcome.kind === 'result') return [...start, outcome.text, '', '', ''];
          const { code, message, column } = outcome.error;
          return [...start, '', code, message, column === 0 ? '' : String(column)];
        });
        assert.deepEqual(rows, wanted);
      }),
    );
  });

  test('what is written as NDJSON is read back exactly', () => {
    fc.assert(
      fc.property(selection, (chosen) => {
        const { slice, expected } = select(chosen);
        const lines = write('ndjson', slice, chosen.filter, chosen.limit).split('\n');
        assert.equal(lines.pop(), '');
        const wanted = expected.map(({ id, customId, request, outcome }) => {
          const start = { id: String(id), ...(customId === null ? {} : { custom_id: customId }), request };
          if (outcome.kind === 'result') return { ...start, result: outcome.text };
          const { code, message, column, endColumn } = outcome.error;
          return {
            ...start,
            error: column === 0 ? { code, message } : { code, message, column, end_column: endColumn },
          };
        });
        assert.deepEqual(
          lines.map((text) => JSON.parse(text) as unknown),
          wanted,
        );
      }),
    );
  });

  test('a chunk of results alone goes out as text without a copy', () => {
    const slice = sliceOf(1, [
      { request: '1', customId: null, outcome: { kind: 'result', text: '1' } },
      { request: '2', customId: null, outcome: { kind: 'result', text: '2' } },
    ]);
    const writer = createResultWriter('text', { filter: undefined, limit: undefined });
    assert.equal(writer.write(slice), slice.outcomes.text);
    assert.equal(writer.needsRequests, false);
  });

  test('a limit goes on over slices', () => {
    const slice = sliceOf(1, [
      { request: '1', customId: null, outcome: { kind: 'result', text: '1' } },
      { request: '2', customId: null, outcome: { kind: 'result', text: '2' } },
    ]);
    const writer = createResultWriter('text', { filter: 'succeeded', limit: 3 });
    const written = [writer.write(slice), writer.write(slice)].map((bytes) => Buffer.from(bytes).toString());
    assert.deepEqual(written, ['1\n2\n', '1\n']);
    assert.equal(writer.isDone, true);
  });

  test('cancelled lines are errors of their own, and neither succeeded nor failed', () => {
    const whole = sliceOf(7, [
      { request: '1 + 1', customId: 'a', outcome: { kind: 'result', text: '2' } },
      { request: '2 + 2', customId: null, outcome: { kind: 'result', text: '4' } },
    ]);
    const slice = { ...whole, outcomes: tombstone(2) };
    const { message } = cancelledError;
    assert.equal(write('text', slice), `ERROR CANCELLED: ${message}\n`.repeat(2));
    assert.equal(write('csv', { ...slice, fromLine: 8 }).split('\n')[1], `8,,2 + 2,,CANCELLED,${message},`);
    assert.deepEqual(JSON.parse(write('ndjson', slice, undefined, 1)), {
      id: '7',
      custom_id: 'a',
      request: '1 + 1',
      error: { code: 'CANCELLED', message },
    });
    for (const filter of ['succeeded', 'failed'] as const) assert.equal(write('text', slice, filter), '');
  });
});
