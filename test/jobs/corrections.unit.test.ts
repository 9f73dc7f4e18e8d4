import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  chunkBytesMax,
  chunkLinesMax,
  Corrections,
  correctLines,
  correctRows,
  createChunkSplitter,
  createTableSplitter,
  decodeLines,
  findFailed,
  operationBytesMax,
  readCorrection,
  rowBytesMax,
  settleRow,
  splitRows,
  type Chunk,
  type Dialect,
} from '../../src/jobs/index.ts';

const csv = { format: 'csv', delimiter: ';' } as const satisfies Pick<Dialect, 'format' | 'delimiter'>;
const ndjson = { format: 'ndjson', delimiter: ',' } as const satisfies Pick<Dialect, 'format' | 'delimiter'>;

/** The rows of a file without a header, as intake cuts it. */
function chunksOf(file: string): Chunk[] {
  const splitter = createTableSplitter({ format: 'csv', delimiter: ';', hasHeader: false, isUtf8 });
  return [...splitter.push(Buffer.from(file)), ...splitter.end()];
}

function linesOf(file: string): Chunk[] {
  const splitter = createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 });
  return [...splitter.push(Buffer.from(file)), ...splitter.end()];
}

function textOf(chunks: readonly Chunk[]): string {
  return Buffer.concat(chunks.map(({ text }) => text)).toString();
}

describe('corrections', () => {
  it('are in the order of their lines, whatever order they came in', () => {
    const pairs = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 8_000_000_000 }), fc.string({ unit: 'grapheme' })),
      {
        selector: ([line]) => line,
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 8_000_000_000 }), (given, line) => {
        const corrections = new Corrections();
        for (const [number, request] of given) corrections.add(number, request);
        assert.equal(corrections.seal(), undefined);
        const sorted = given.toSorted(([left], [right]) => left - right);
        assert.deepEqual(
          sorted.map((_, index) => [corrections.lineAt(index), corrections.requestAt(index)]),
          sorted,
        );
        const from = corrections.indexFrom(line);
        assert.equal(from, sorted.filter(([number]) => number < line).length);
        assert.deepEqual(
          [...corrections.within(line, 1_000_000_000)],
          sorted.filter(([number]) => number >= line && number < line + 1_000_000_000),
        );
      }),
    );
  });

  it('name a line that is there twice', () => {
    const corrections = new Corrections();
    for (const line of [5, 9, 2, 9]) corrections.add(line, '');
    assert.equal(corrections.seal(), 9);
    const ascending = new Corrections();
    for (const line of [2, 2]) ascending.add(line, '');
    assert.equal(ascending.seal(), 2);
  });

  it('are read back from any string of characters', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), fc.string({ unit: 'grapheme' }), (line, request) => {
        const text = JSON.stringify({ error: { code: 'X' }, id: String(line), request });
        assert.deepEqual(readCorrection(text), { kind: 'correction', line, request });
        const plain = JSON.stringify({ id: String(line), request });
        assert.deepEqual(readCorrection(plain), { kind: 'correction', line, request });
      }),
    );
  });
});

describe('a corrected chunk', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, ''));

  it('of lines is what an upload of the corrected file would be', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 30 }),
        fc.dictionary(fc.nat({ max: 29 }).map(String), line),
        (lines, changes) => {
          const [chunk] = linesOf(`${lines.join('\n')}\n`);
          assert.ok(chunk !== undefined);
          const requests = new Map(Object.entries(changes).map(([index, text]) => [Number(index) + 1, text]));
          const corrected = lines.map((text, index) => requests.get(index + 1) ?? text);
          assert.deepEqual(correctLines(chunk, requests), linesOf(`${corrected.join('\n')}\n`));
        },
      ),
    );
  });

  it('of rows is what an upload of the corrected file would be', () => {
    const cell = fc.constantFrom('1', 'x', '', '"a;b"', '"a""b"', '"a\nb"', 'ü', ' ');
    const row = fc.array(cell, { minLength: 2, maxLength: 3 }).map((cells) => cells.join(';'));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.dictionary(fc.nat({ max: 19 }).map(String), fc.oneof(row, fc.constant('"open'))),
        fc.constantFrom('\n', '\r\n'),
        (rows, changes, lineEnd) => {
          const [chunk] = chunksOf(rows.join(lineEnd) + lineEnd);
          assert.ok(chunk !== undefined);
          const requests = new Map(Object.entries(changes).map(([index, text]) => [Number(index) + 1, text]));
          const corrected = rows.map((text, index) => requests.get(index + 1) ?? text);
          const [result, ...more] = correctRows(chunk, requests, csv, '\n');
          assert.equal(more.length, 0);
          assert.equal(Buffer.from(result?.text ?? []).toString(), corrected.join(lineEnd) + lineEnd);
          const shown = splitRows(result ?? chunk, csv).map(({ start, contentEnd }) =>
            Buffer.from(result?.text.subarray(start, contentEnd) ?? []).toString(),
          );
          assert.deepEqual(shown, corrected);
        },
      ),
    );
  });

  it('loses the fault of a line that is corrected, and keeps those of others', () => {
    const [chunk] = linesOf(`1\n${'2'.repeat(operationBytesMax + 1)}\n${'3'.repeat(operationBytesMax + 1)}\n4\n`);
    assert.ok(chunk !== undefined);
    const [corrected] = correctLines(chunk, new Map([[2, '22']]));
    assert.deepEqual(
      corrected?.faults.map(({ line: number, code }) => [number, code]),
      [[3, 'TOO_LONG']],
    );
    assert.deepEqual(decodeLines(corrected?.text ?? new Uint8Array()).slice(0, 2), ['1', '22']);
  });

  it('that grows past the bounds of a chunk becomes several, without a gap', () => {
    const [chunk] = linesOf('1\n'.repeat(chunkLinesMax));
    assert.ok(chunk !== undefined);
    const requests = new Map(Array.from({ length: 100 }, (_, index) => [index * 5 + 1, '7'.repeat(10_000)]));
    const chunks = correctLines(chunk, requests);
    let next = 1;
    for (const { firstLine, count, text } of chunks) {
      assert.equal(firstLine, next);
      next += count;
      assert.ok(text.length < chunkBytesMax + 10_001);
    }
    assert.equal(next, chunkLinesMax + 1);
    assert.equal(decodeLines(Buffer.from(textOf(chunks))).length, chunkLinesMax);
  });
});

describe('a row that comes by itself', () => {
  const cases: [string, 'one' | 'several', string | undefined][] = [
    ['a;b', 'one', undefined],
    ['a;b\n', 'one', undefined],
    ['a;b\r\n', 'one', undefined],
    ['', 'one', undefined],
    ['"a\nb";c', 'one', undefined],
    ['"a', 'one', 'QUOTE'],
    ['"a\nb', 'several', undefined],
    ['a\nb', 'several', undefined],
    ['\n\n', 'several', undefined],
    ['"a";b\nc', 'several', undefined],
    ['a"b\nc', 'several', undefined],
    ['x'.repeat(rowBytesMax), 'one', 'TOO_LONG'],
  ];
  for (const [text, kind, code] of cases) {
    it(`${JSON.stringify(text.slice(0, 20))} is ${kind}${code === undefined ? '' : `, with ${code}`}`, () => {
      const row = settleRow(Buffer.from(text), csv, 7);
      assert.deepEqual([row.isOne, row.fault?.code, row.fault?.line], [kind === 'one', code, code && 7]);
      assert.ok(row.content.length < rowBytesMax);
    });
  }

  it('of NDJSON has no line break', () => {
    assert.equal(settleRow(Buffer.from('{"a":\n1}'), ndjson, 1).isOne, false);
    assert.equal(settleRow(Buffer.from('{"a":"\\n"}\n'), ndjson, 1).isOne, true);
  });
});

describe('failed outcomes', () => {
  it('are found by their mark', () => {
    assert.deepEqual([...findFailed(Buffer.from('1\n!DIV0 1 2 x\n!\t!A 0 0 b\n\n!X 0 0 c\n'))], [1, 2, 4]);
    assert.deepEqual([...findFailed(new Uint8Array(0))], []);
  });
});
