import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createFileReader, createSecretReader } from '../../../../src/bus/kafka/security/secret-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'mathmill-secrets-'));
after(() => rmSync(folder, { recursive: true }));

describe('files that change while the process runs', () => {
  it('are read each time, and count as unchanged while they are away', () => {
    const file = join(folder, 'certificate');
    writeFileSync(file, 'one');
    const read = createFileReader(file);
    assert.equal(read().toString(), 'one');
    writeFileSync(file, 'two');
    assert.equal(read().toString(), 'two');
    rmSync(file);
    assert.equal(read().toString(), 'two');
  });

  it('must be there once', () => {
    const read = createFileReader(join(folder, 'none'));
    assert.throws(read, /cannot read .*none \(no such file\)/);
  });

  it('end a secret before the line end that an editor adds', () => {
    const file = join(folder, 'password');
    for (const [content, secret] of [
      ['a b', 'a b'],
      ['a\n', 'a'],
      ['a\r\n', 'a'],
      [' a\n\n', ' a\n'],
    ] as const) {
      writeFileSync(file, content);
      assert.equal(createSecretReader({ file })(), secret);
    }
    assert.equal(createSecretReader({ text: 'a\n' })(), 'a\n');
  });
});
