import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiateFormat } from '../../src/http/negotiation.ts';

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
    assert.equal(negotiateFormat(accept), format));
}
