import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiateEncoding, negotiateFormat } from '../../src/http/negotiation.ts';
import { resultFormats } from '../../src/formats/index.ts';

for (const [accept, format] of [
  [undefined, 'text'],
  ['*/*', 'text'],
  ['text/*', 'text'],
  ['text/csv', 'csv'],
  ['TEXT/CSV; header=present', 'csv'],
  ['application/x-ndjson', 'ndjson'],
  ['application/*', 'ndjson'],
  ['text/plain;q=0.5, text/csv;q=0.8', 'csv'],
  ['text/plain;q=0, */*', 'csv'],
  ['text/*;q=0.1, application/x-ndjson;q=0.2, */*;q=0.9', 'ndjson'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
  ['application/json', undefined],
  ['text/csv;q=0', undefined],
  ['text/csv;q=2', undefined],
  ['', undefined],
] as const) {
  test(`Accept: ${accept ?? '(none)'} gives ${format ?? 'nothing'}`, () =>
    assert.equal(negotiateFormat(accept, resultFormats), format));
}

for (const [accept, encoding] of [
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['zstd', 'zstd'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip, deflate', 'gzip'],
  ['gzip;q=1.0, zstd;q=0.5', 'gzip'],
  ['gzip;q=0.2', 'gzip'],
  ['gzip;q=0, *;q=0.5', 'zstd'],
  ['*', 'zstd'],
  ['*;q=0', undefined],
  ['identity', undefined],
  ['identity;q=0, gzip', 'gzip'],
  ['identity, gzip;q=0.5', undefined],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['identity;q=0.5, gzip', 'gzip'],
  ['br, deflate', undefined],
  ['gzip;q=0, zstd;q=0', undefined],
] as const) {
  test(`Accept-Encoding: ${accept ?? '(none)'} gives ${encoding ?? 'no coding'}`, () =>
    assert.equal(negotiateEncoding(accept), encoding));
}
