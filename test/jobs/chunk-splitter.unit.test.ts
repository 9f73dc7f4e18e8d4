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
  findForeignEncoding,
  operationBytesMax,
  readRecordChunk,
  readStringChunk,
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

  for (const [name, text] of [
    ['UTF-16LE', Buffer.from('1 + 2\r\n', 'utf16le')],
    ['UTF-16LE with a mark', Buffer.from('\ufeff1\n', 'utf16le')],
    ['UTF-16BE', Buffer.from('1 + 2\r\n', 'utf16le').swap16()],
    ['UTF-16BE with a mark', Buffer.from('\ufeff1\n', 'utf16le').swap16()],
    ['UTF-16 with a mark and nothing else', Buffer.of(0xff, 0xfe)],
    ['UTF-32LE', Buffer.of(0x31, 0, 0, 0, 0x0a, 0, 0, 0)],
    ['UTF-32LE with a mark', Buffer.of(0xff, 0xfe, 0, 0, 0x31, 0, 0, 0)],
    ['UTF-32BE', Buffer.of(0, 0, 0, 0x31)],
    ['UTF-32BE with a mark', Buffer.of(0, 0, 0xfe, 0xff, 0, 0, 0, 0x31)],
  ] as const) {
    it(`gives no chunks of ${name}`, () => {
      for (const pieceBytes of [Infinity, 1, 3]) {
        const splitter = createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 });
        assert.deepEqual(feed(splitter, text, pieceBytes), []);
        assert.equal(splitter.foreignEncoding, name.slice(0, 6));
      }
    });
  }

  it('takes NUL bytes that are no sign of another encoding', () => {
    for (const text of ['1\0', '\0a', '1\0a', '12\0a\n', '1\n\0\0']) {
      const splitter = createChunkSplitter({ lineBytesMax: operationBytesMax, isUtf8 });
      assert.deepEqual(lines(feed(splitter, Buffer.from(text), 1)), text.replace(/\n$/, '').split('\n'));
      assert.equal(splitter.foreignEncoding, undefined);
    }
  });

  it('says of a long line with carriage returns what to do', () => {
    const messages = (text: string) => split(text).flatMap((chunk) => chunk.faults.map(({ message }) => message));
    assert.match(messages('1 + 2\r'.repeat(20_000))[0] ?? '', /carriage returns: save the file with LF or CRLF/);
    assert.doesNotMatch(messages('1 + 2 + '.repeat(20_000))[0] ?? '', /carriage/);
  });

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
        fc.pre(findForeignEncoding(bytes) === undefined);
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

describe('JSON strings', () => {
  it('are operations as they stand, or have a fault of their own', () => {
    const operations = ['1 + 2', '', 'π "x" \\', '\ud800', '\0', '9'.repeat(operationBytesMax + 1)];
    const splitter = createChunkSplitter({ lineBytesMax: recordBytesMax, isUtf8, finish: readStringChunk });
    const chunks = feed(splitter, Buffer.from(operations.map((text) => `${JSON.stringify(text)}\n`).join('')), 100);
    const shown = [...operations.slice(0, 3), '\ufffd', '\0', `${'9'.repeat(256)}…`];
    assert.deepEqual(lines(chunks), shown);
    assert.deepEqual(faults(chunks), ['4 ENCODING 1', '6 TOO_LONG 0']);
  });
});

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
    ['two requests', '{"request":"1","request":"2"}', '{"request":"1","request":"2"}', 'SYNTAX'],
    [
      'two requests, one with escapes',
      String.raw`{"request":"1","re\u0071uest":"2"}`,
      String.raw`{"request":"1","re\u0071uest":"2"}`,
      'SYNTAX',
    ],
    ['two equal requests', '{"request":"1" , "request" : "1"}', '{"request":"1" , "request" : "1"}', 'SYNTAX'],
    ['two further members of one name', '{"a":{},"request":"1","a":[]}', '{"a":{},"request":"1","a":[]}', 'SYNTAX'],
    [
      'two requests of which the last is a number',
      '{"request":"1","request":2}',
      '{"request":"1","request":2}',
      'SYNTAX',
    ],
    ['a request in other letters', '{"Request":"1"}', '{"Request":"1"}', 'SYNTAX'],
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

  it('names the member that appears twice, and keeps an id that appears once', () => {
    const long = 'k'.repeat(9_999);
    const chunks = splitRecords(
      [
        '{"custom_id":"a","request":"1","request":"2"}',
        '{"custom_id":"b","custom_id":"c","request":"1"}',
        `{"${long}":0,"${long}":1,"request":"1"}`,
      ].join('\n'),
    );
    assert.deepEqual(
      chunks[0]?.faults.map(({ message }) => message),
      [
        'The member "request" appears more than once. Write it once.',
        'The member "custom_id" appears more than once. Write it once.',
        `The member "${'k'.repeat(256)}…" appears more than once. Write it once.`,
      ],
    );
    assert.deepEqual(chunks[0].customIds, ['a', null, null]);
  });

  it('ignores further members, whatever they hold', () => {
    const records = [
      '{"request":"1","note":"\\"request\\":","tags":["request","custom_id","request"]}',
      '{"meta":{"request":"7","custom_id":"x","request":"8"},"request":"2"}',
      String.raw`{"request":"3","\\":1,"\"":2,"\\\"":3,"request ":4,"":5}`,
      '{"request":"custom_id","custom_id":"request"}',
    ];
    const chunks = splitRecords(records.join('\n'));
    assert.deepEqual(faults(chunks), []);
    assert.deepEqual(lines(chunks), ['1', '2', '3', 'custom_id']);
  });

  it('finds a name that appears twice wherever it stands and however it is written', () => {
    const escape = (text: string) =>
      Array.from(text, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const name = fc.string({ unit: 'grapheme-ascii', maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.jsonValue(), fc.boolean()), { maxLength: 6 }), (members) => {
        const texts = members.map(([key, value, isEscaped]) => {
          const written = isEscaped ? `"${escape(key)}"` : JSON.stringify(key);
          return `${written} : ${JSON.stringify(value)}`;
        });
        const isRepeated = new Set(members.map(([key]) => key)).size < members.length;
        const line = `{${texts.join(' ,\t')}}`;
        const message = splitRecords(line)[0]?.faults[0]?.message ?? '';
        const hasId = members.some(([key]) => key === 'custom_id');
        if (!hasId) assert.equal(message.includes('appears more than once'), isRepeated, line);
      }),
    );
  });

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
