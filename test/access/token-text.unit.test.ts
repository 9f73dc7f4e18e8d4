import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTokenText, hashSecret, isSecretOf, parseToken, writeToken } from '../../src/access/token-text.ts';

describe('the text of a token', () => {
  it('has a fixed prefix, an id, and a secret of 256 random bits with a checksum', () => {
    const texts = Array.from({ length: 2_000 }, () => createTokenText());
    for (const text of texts) {
      assert.match(writeToken(text), /^mm_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
      assert.deepEqual(parseToken(writeToken(text)), text);
    }
    assert.equal(new Set(texts.map(({ id }) => id)).size, texts.length);
    assert.equal(new Set(texts.map(({ secret }) => secret)).size, texts.length);
  });

  it('is no token with any one character changed, missing, doubled or swapped with the next', () => {
    const token = writeToken({ id: '3hJx0PqLm2Za', secret: 'x4T'.repeat(14).padEnd(43, 'Q') });
    assert.notEqual(parseToken(token), undefined);
    for (let at = 0; at < token.length; at += 1) {
      const [before, here = '', after] = [token.slice(0, at), token[at], token.slice(at + 1)];
      const other = here === 'a' ? 'b' : 'a';
      for (const wrong of [before + other + after, before + after, before + here + here + after]) {
        assert.equal(parseToken(wrong), undefined, wrong);
      }
      const swapped = before + (after[0] ?? '') + here + after.slice(1);
      if (swapped !== token) assert.equal(parseToken(swapped), undefined, swapped);
    }
    for (const wrong of ['', 'mm_', ` ${token}`, `${token}\n`, token.toLowerCase(), `Bearer ${token}`]) {
      assert.equal(parseToken(wrong), undefined, wrong);
    }
  });

  it('is kept as the SHA-256 of its secret', () => {
    const hash = hashSecret('abc');
    assert.equal(hash.toString('hex'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(isSecretOf('abc', hash), true);
    assert.equal(isSecretOf('abd', hash), false);
    assert.equal(isSecretOf('abc', new Uint8Array(3)), false);
  });
});
