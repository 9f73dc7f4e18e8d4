import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gatherWrites } from '../../src/cli/gather-writes.ts';

describe('gathered writes', () => {
  it('are all bytes in order, in few writes', async () => {
    const written: string[] = [];
    const sink = gatherWrites({
      write: async (data) => void written.push(Buffer.from(data).toString()),
    });
    const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`);
    for (const line of lines) await sink.write(line);
    await sink.end();
    assert.equal(written.join(''), lines.join(''));
    assert.ok(written.length < 100, `${written.length} writes`);
  });

  it('come without more input', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const sink = gatherWrites({ write: async (data) => resolve(Buffer.from(data).toString()) });
    await sink.write('1\n');
    await sink.write(Buffer.from('2\n'));
    assert.equal(await promise, '1\n2\n');
    await sink.end();
  });

  it('never overlap', async () => {
    let isWriting = false;
    const sink = gatherWrites({
      async write() {
        assert.ok(!isWriting);
        isWriting = true;
        await new Promise(setImmediate);
        isWriting = false;
      },
    });
    const block = Buffer.alloc(300 * 1024);
    await Promise.all([sink.write(block), sink.write('a'), sink.write(block), sink.end()]);
  });

  it('say what went wrong with an earlier one', async () => {
    const sink = gatherWrites({ write: () => Promise.reject(new Error('the disk is full')) });
    await sink.write('1\n');
    await assert.rejects(sink.end(), /the disk is full/);
    await assert.rejects(sink.write('2\n'), /the disk is full/);
  });
});
