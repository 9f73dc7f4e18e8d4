import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  drawnRows,
  drawnRowsMax,
  offsetShowing,
  rowAfterKey,
  wholeRows,
} from '../../web/src/parts/results-table/visible-rows.ts';

const extent = { rows: 10_000_000, rowHeight: 28, viewHeight: 560 };

describe('rows that are drawn', () => {
  it('cover the view, and a few more', () => {
    assert.deepEqual(drawnRows(0, extent), { first: 0, end: 29 });
    assert.deepEqual(drawnRows(28_000, extent), { first: 996, end: 1_025 });
    assert.deepEqual(drawnRows(28 * 9_999_980, extent), { first: 9_999_976, end: 10_000_000 });
  });

  it('are none where there are none', () => {
    assert.deepEqual(drawnRows(0, { ...extent, rows: 0 }), { first: 0, end: 0 });
  });

  it('are never more than the bound, whatever the layout says', () => {
    const numbers = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(numbers, numbers, (offset, viewHeight) => {
        const { first, end } = drawnRows(offset, { ...extent, viewHeight });
        assert.ok(end - first <= drawnRowsMax && first >= 0 && end <= extent.rows);
      }),
    );
  });
});

describe('rows that are seen whole', () => {
  it('leave out those that are cut by an edge', () => {
    assert.deepEqual(wholeRows(0, extent), { first: 0, end: 20 });
    assert.deepEqual(wholeRows(14, extent), { first: 1, end: 20 });
  });

  it('are at least one in a view that is lower than a row', () => {
    assert.deepEqual(wholeRows(14, { ...extent, viewHeight: 10 }), { first: 1, end: 2 });
  });
});

describe('showing a row', () => {
  it('moves no further than it must', () => {
    assert.equal(offsetShowing(5, 0, extent), 0);
    assert.equal(offsetShowing(20, 0, extent), 28);
    assert.equal(offsetShowing(3, 280, extent), 84);
  });
});

describe('keys', () => {
  it('lead to rows, and not past the ends', () => {
    assert.equal(rowAfterKey('ArrowDown', 4, 20, 100), 5);
    assert.equal(rowAfterKey('ArrowUp', 0, 20, 100), 0);
    assert.equal(rowAfterKey('PageDown', 90, 20, 100), 99);
    assert.equal(rowAfterKey('PageUp', 90, 20, 100), 70);
    assert.equal(rowAfterKey('Home', 90, 20, 100), 0);
    assert.equal(rowAfterKey('End', 0, 20, 10_000_000), 9_999_999);
    assert.equal(rowAfterKey('a', 0, 20, 100), undefined);
  });
});
