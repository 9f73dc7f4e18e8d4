import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  chunkBytesMax,
  chunkLinesMax,
  createChunkSplitter,
  customIdLengthMax,
  decodeLines,
  operationBytesMax,
  readRecordChunk,
  recordBytesMax,
  type Chunk,
} from '../../src/jobs/index.ts';

function split(input: string | Uint8Array, pieceBytes = Infinity): Chunk[] {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const splitter = createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 });
  return feed(splitter, bytes, pieceBytes);
}

function splitRecords(input: string): Chunk[] {
  const splitter = createChunkSplitter({ lineBytesMax: recordBytesMax, isUtf8, finish: readRecordChunk });
  return feed(splitter, Buffer.from(input), Infinity);
}

function feed(splitter: ReturnType<typeof createChunkSplitter>, bytes: Uint8Array, pieceBytes: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let position = 0; position < bytes.length; position += pieceBytes) {
    chunks.push(...splitter.push(bytes.subarray(position, position + pieceBytes)));
  }
  chunks.push(...splitter.end());
  assert.equal(splitter.operations, lines(chunks).length);
  assert.equal(splitter.chunks, chunks.length);
  return chunks;
}

function lines(chunks: readonly Chunk[]): string[] {
  return chunks.flatMap((chunk) => decodeLines(chunk.text));
}

function faults(chunks: readonly Chunk[]): string[] {
  return chunks.flatMap((chunk) => chunk.faults.map((fault) => `${fault.line} ${fault.code} ${fault.column}`));
}

describe('chunk splitter', () => {
  const cases: [string, string | Uint8Array, string[]][] = [
    ['nothing', '', []],
    ['one line without an end', '1 + 2', ['1 + 2']],
    ['one line with an end', '1 + 2\n', ['1 + 2']],
    ['one line end', '\n', ['']],
    ['CRLF', '1\r\n2\r\n', ['1', '2']],
    ['CRLF without a last end', '1\r\n2', ['1', '2']],
    ['mixed line ends', '1\n2\r\n3\n', ['1', '2', '3']],
    ['CR inside a line', '1\r2\n', ['1\r2']],
    ['two CR before an LF: one belongs to the end', '1\r\r\n', ['1\r']],
    ['a CR at the very end, as half of a line end', '1\r', ['1']],
    ['blank lines', '\n\n1\n\n', ['', '', '1', '']],
    ['a byte order mark', '\ufeff1\n2', ['1', '2']],
    ['only a byte order mark', '\ufeff', []],
    ['two byte order marks', '\ufeff\ufeff1', ['\ufeff1']],
    ['half a byte order mark', Uint8Array.of(0xef, 0xbb), ['\ufffd']],
    ['a byte order mark later', '1\n\ufeff2', ['1', '\ufeff2']],
    ['NUL bytes', '1\u00002\n', ['1\u00002']],
    ['no ASCII', '1 × 2\nπ ÷ 𝟐\n', ['1 × 2', 'π ÷ 𝟐']],
  ];
  for (const [name, input, expected] of cases) {
    it(`takes ${name}`, () => {
      for (const pieceBytes of [Infinity, 1, 2, 3]) assert.deepEqual(lines(split(input, pieceBytes)), expected);
    });
  }

  it('closes a chunk at 512 lines', () => {
    const chunks = split('1\n'.repeat(chunkLinesMax * 2 + 1));
    assert.deepEqual(
      chunks.map((chunk) => [chunk.firstLine, chunk.count]),
      [
        [1, 512],
        [513, 512],
        [1025, 1],
      ],
    );
  });

  it('closes a chunk at 128 KiB', () => {
    const line = `${'9'.repeat(40_000)}\n`;
    const chunks = split(line.repeat(10));
    assert.deepEqual(
      chunks.map((chunk) => [chunk.firstLine, chunk.count]),
      [
        [1, 4],
        [5, 4],
        [9, 2],
      ],
    );
    assert.ok(chunks.every((chunk) => chunk.text.length < chunkBytesMax + operationBytesMax));
  });

  it('takes a line of exactly the limit and refuses one byte more', () => {
    for (const end of ['\n', '\r\n', '']) {
      const fits = split(`1\n${'9'.repeat(operationBytesMax)}${end}`);
      assert.deepEqual(faults(fits), []);
      assert.equal(lines(fits)[1]?.length, operationBytesMax);
      const tooLong = split(`1\n${'9'.repeat(operationBytesMax + 1)}${end}`);
      assert.deepEqual(faults(tooLong), ['2 TOO_LONG 0']);
      assert.equal(lines(tooLong)[1], `${'9'.repeat(256)}…`);
    }
  });

  it('passes over an endless line in bounded memory and goes on after it', () => {
    const splitter = createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 });
    const block = Buffer.alloc(1024 * 1024, '9');
    assert.deepEqual(splitter.push(Buffer.from('1\n')), []);
    for (let index = 0; index < 100; index += 1) assert.deepEqual(splitter.push(block), []);
    const chunks = [...splitter.push(Buffer.from('\n2\n')), ...splitter.end()];
    assert.deepEqual(lines(chunks), ['1', `${'9'.repeat(256)}…`, '2']);
    assert.deepEqual(faults(chunks), ['2 TOO_LONG 0']);
  });

  it('cuts an overlong line between characters', () => {
    const chunks = split(`ab${'𝟐'.repeat(operationBytesMax)}\n1`);
    assert.deepEqual(faults(chunks), ['1 TOO_LONG 0']);
    assert.equal(lines(chunks)[0], `ab${'𝟐'.repeat(63)}…`);
  });

  const encodings: [string, number[], string, number][] = [
    ['a byte that never occurs', [0x31, 0xff, 0x32], '1\ufffd2', 2],
    ['a lone continuation', [0x80], '\ufffd', 1],
    ['an overlong form', [0x31, 0xc0, 0xaf], '1\ufffd\ufffd', 2],
    ['a surrogate', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd', 1],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd', 1],
    ['a cut sequence', [0xcf, 0x80, 0xe2, 0x88], 'π\ufffd', 2],
    ['a bad byte after a pair', [0xf0, 0x9d, 0x9f, 0x90, 0xfe], '𝟐\ufffd', 3],
  ];
  for (const [name, bytes, readable, column] of encodings) {
    it(`gives a line its own ENCODING fault: ${name}`, () => {
      const input = Buffer.concat([Buffer.from('1\n'), Buffer.from(bytes), Buffer.from('\n3\n')]);
      const chunks = split(input);
      assert.deepEqual(lines(chunks), ['1', readable, '3']);
      assert.deepEqual(faults(chunks), [`2 ENCODING ${column}`]);
    });
  }

  it('property: any bytes in any pieces give the lines that a plain reading gives', () => {
    const byte = fc.constantFrom(0x0a, 0x0d, 0x31, 0x2b, 0x20, 0xcf, 0x80, 0xef, 0xbb, 0xbf, 0xff, 0x00);
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (values, pieceBytes) => {
        const bytes = Uint8Array.from(values);
        const chunks = split(bytes, pieceBytes);
        assert.deepEqual(lines(chunks), plainLines(bytes));
        const bad = plainLines(bytes).flatMap((line, index) => (line.includes('\ufffd') ? [index + 1] : []));
        assert.deepEqual(
          chunks.flatMap((chunk) => chunk.faults.map((fault) => fault.line)),
          bad,
        );
      }),
    );
  });
});

function plainLines(bytes: Uint8Array): string[] {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = Buffer.from(hasMark ? bytes.subarray(3) : bytes).toString('latin1');
  const parts = text.split('\n');
  if (parts.at(-1) === '') parts.pop();
  return parts.map((part) => {
    const content = part.endsWith('\r') ? part.slice(0, -1) : part;
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(content, 'latin1'));
  });
}

describe('NDJSON records', () => {
  it('takes requests with and without ids', () => {
    const chunks = splitRecords(
      '{"custom_id":"a","request":"1 + 2"}\n{"request":"3"}\r\n{"request":"4","custom_id":"ü"}',
    );
    assert.deepEqual(lines(chunks), ['1 + 2', '3', '4']);
    assert.deepEqual(chunks[0]?.customIds, ['a', null, 'ü']);
    assert.deepEqual(faults(chunks), []);
  });

  it('keeps no ids when there are none', () => {
    assert.equal(splitRecords('{"request":"1"}')[0]?.customIds, undefined);
  });

  const refused: [string, string, string, string][] = [
    ['a blank line', '', '', 'EMPTY'],
    ['a line of blanks', '  \t', '  \t', 'EMPTY'],
    ['no JSON', '1 + 2', '1 + 2', 'SYNTAX'],
    ['half a record', '{"request":"1', '{"request":"1', 'SYNTAX'],
    ['an array', '["1"]', '["1"]', 'SYNTAX'],
    ['null', 'null', 'null', 'SYNTAX'],
    ['no request', '{"custom_id":"a"}', '{"custom_id":"a"}', 'SYNTAX'],
    ['a request that is a number', '{"request":1}', '{"request":1}', 'SYNTAX'],
    ['an id that is a number', '{"custom_id":1,"request":"1"}', '{"custom_id":1,"request":"1"}', 'SYNTAX'],
    ['two lines in one request', String.raw`{"request":"1\n2"}`, String.raw`{"request":"1\n2"}`, 'SYNTAX'],
    ['half a surrogate pair', String.raw`{"request":"1\ud800"}`, '1\ufffd', 'ENCODING'],
    ['a prototype key', '{"__proto__":{"request":"1"}}', '{"__proto__":{"request":"1"}}', 'SYNTAX'],
  ];
  for (const [name, line, shown, code] of refused) {
    it(`gives ${name} its own error and its neighbours their places`, () => {
      const chunks = splitRecords(`{"request":"1"}\n${line}\n{"request":"3"}\n`);
      assert.deepEqual(lines(chunks), ['1', shown, '3']);
      assert.deepEqual(
        chunks[0]?.faults.map((fault) => [fault.line, fault.code]),
        [[2, code]],
      );
    });
  }

  it('bounds requests and ids', () => {
    const request = '9'.repeat(operationBytesMax + 1);
    const id = 'i'.repeat(customIdLengthMax + 1);
    const chunks = splitRecords(
      `${JSON.stringify({ request })}\n${JSON.stringify({ request: '1', custom_id: id })}\n${' '.repeat(recordBytesMax + 1)}\n`,
    );
    assert.deepEqual(
      chunks[0]?.faults.map((fault) => [fault.line, fault.code]),
      [
        [1, 'TOO_LONG'],
        [2, 'SYNTAX'],
        [3, 'TOO_LONG'],
      ],
    );
  });
});
