import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import { chunkBytesMax, rowBytesMax, type Chunk } from '../../../src/jobs/index.ts';
import { RowChunkSplitter } from '../../../src/jobs/table/table-splitter.ts';
import { readRows } from './table-files.ts';

const mebibyte = 1024 * 1024;
const pieceBytes = mebibyte - 1;
/** Each byte once, and twice more at most to read on after broken quotes, besides 1 MiB and one scan of 64 KiB in vain. */
const scansMax = (sent: number) => 3 * sent + mebibyte + 2 * 64 * 1024;
/** Twice a chunk, a row and a block of input. */
const bufferMax = 2 * (chunkBytesMax + rowBytesMax + 64 * 1024);

interface Split {
  readonly splitter: RowChunkSplitter;
  readonly faults: Map<string, number>;
  readonly textBytes: number;
  readonly sent: number;
}

/** Splits a header and then `size` bytes or a little more of `shape` over and over; keeps no chunk. */
function split(shape: string, size: number): Split {
  const block = Buffer.alloc(pieceBytes + 2 * shape.length, shape);
  const splitter = new RowChunkSplitter({ format: 'csv', delimiter: ',', hasHeader: true, isUtf8 });
  const faults = new Map<string, number>();
  let textBytes = 0;
  const take = (chunks: readonly Chunk[]) => {
    for (const chunk of chunks) {
      textBytes += chunk.text.length;
      for (const { code } of chunk.faults) faults.set(code, (faults.get(code) ?? 0) + 1);
    }
  };
  take(splitter.push(Buffer.from('a,b\n')));
  let sent = 0;
  for (; sent < size; sent += pieceBytes) {
    const offset = sent % shape.length;
    take(splitter.push(block.subarray(offset, offset + pieceBytes)));
  }
  take(splitter.end());
  return { splitter, faults, textBytes, sent };
}

function checkBounds({ splitter, sent }: Split): void {
  assert.ok(splitter.bytesScanned <= scansMax(sent), `${splitter.bytesScanned} bytes scanned of ${sent}`);
  assert.ok(splitter.bufferBytes <= bufferMax, `${splitter.bufferBytes} bytes of buffer`);
  assert.ok(splitter.rows > 0);
}

describe('files of quotes', () => {
  const shapes: [string, string][] = [
    ['nothing but quotes', '"'],
    ['a quote on each line', '"\n'],
    ['a quote that opens and one that closes on the next line', 'a","\n'],
    ['a quote that opens, and 20,000 doubled ones', `1,"\n${'""'.repeat(20_000)}`],
    ['cells in quotes that begin and end in another row', ',"\n",'],
    ['pairs of quotes', '""\n'],
    ['quotes that are never closed, on long lines', `"${'x'.repeat(60_000)}\n`],
    ['quotes that are never closed, on short lines', '1,"x\n'],
    ['a closing quote followed by text, on each line', '1,"x\n"y'],
    ['a quote that is closed just before its row is too long', `"\n${'x'.repeat(65_000)}",\n`],
    ['doubled quotes over lines', '"""\n'],
    ['many quotes on one line, then a line break', `${'"x",'.repeat(20_000)}"\n`],
  ];
  for (const [name, shape] of shapes) {
    it(`are scanned in linear time and bounded memory: ${name}`, () => {
      checkBounds(split(shape, 10 * mebibyte));
    });
  }

  it('keep their bytes, and the faults of their rows', () => {
    const shape = '1,"x\n';
    const file = split(shape, 100 * mebibyte);
    checkBounds(file);
    assert.equal(file.textBytes, file.sent);
    assert.equal(file.splitter.rows, Math.ceil(file.sent / shape.length));
    assert.deepEqual([...file.faults], [['QUOTE', file.splitter.rows]]);
  });
});

describe('the credit for reading on after broken quotes', () => {
  // Each line opens a quote that nothing closes within 64 KiB, so each scan beyond it is in vain.
  const hostile = Buffer.from(`a,b\n${'1,"x\n'.repeat(60_000)}`);
  const calm = '1,"x\ny"\n'.repeat(20_000);

  function splitInPieces(bytes: Uint8Array, size: number) {
    const splitter = new RowChunkSplitter({ format: 'csv', delimiter: ',', hasHeader: true, isUtf8 });
    const chunks: Chunk[] = [];
    for (let start = 0; start < bytes.length; start += size)
      chunks.push(...splitter.push(bytes.subarray(start, start + size)));
    chunks.push(...splitter.end());
    return { splitter, head: splitter.head, headFault: splitter.headFault, chunks };
  }

  it('is used up at the same place whatever the cuts', () => {
    const bytes = Buffer.concat([hostile, Buffer.from(calm)]);
    const whole = splitInPieces(bytes, bytes.length);
    for (const size of [997, 64 * 1024, 65_537]) {
      const pieces = splitInPieces(bytes, size);
      assert.deepEqual(pieces.chunks, whole.chunks);
      assert.equal(pieces.splitter.bytesScanned, whole.splitter.bytesScanned);
    }
  });

  it('lets quotes span lines again where the file is in order', () => {
    const rows = readRows(splitInPieces(Buffer.concat([hostile, Buffer.from(`1,2\n${calm}`)]), 1024 * 1024));
    const sound = rows.slice(-10_000);
    assert.ok(sound.every(({ text, fault }) => text === '1,"x\ny"\n' && fault === undefined));
  });
});
