import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  canvasHeightMax,
  createScrollMapping,
  scrollTo,
  strayThumb,
  type ScrollPosition,
} from '../../web/src/parts/results-table/scroll-mapping.ts';

const rowHeight = 28;
const viewHeight = 600;
const step = { viewHeight, isGesture: false };
const extents = fc.record({
  rows: fc.integer({ min: 1, max: 50_000_000 }),
  rowHeight: fc.integer({ min: 18, max: 60 }),
  viewHeight: fc.integer({ min: 50, max: 3_000 }),
});

describe('the mapping between rows and the canvas', () => {
  it('is the identity while the canvas is as high as the rows', () => {
    const mapping = createScrollMapping({ rows: 100_000, rowHeight, viewHeight });
    assert.equal(mapping.canvasHeight, 2_800_000);
    for (const value of [0, 1, 12_345.5, mapping.offsetMax]) {
      assert.equal(mapping.thumbOf(value), value);
      assert.equal(mapping.offsetOf(value), value);
    }
  });

  it('leaves nothing to scroll when all rows are seen', () => {
    const mapping = createScrollMapping({ rows: 3, rowHeight, viewHeight });
    assert.deepEqual([mapping.canvasHeight, mapping.offsetMax, mapping.thumbMax], [84, 0, 0]);
    assert.equal(mapping.offsetOf(0), 0);
  });

  it('has a canvas below the limits of browsers, whose ends are the ends of the rows', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        const mapping = createScrollMapping(extent);
        assert.ok(mapping.canvasHeight <= canvasHeightMax);
        assert.equal(mapping.thumbOf(0), 0);
        assert.equal(mapping.offsetOf(0), 0);
        assert.equal(mapping.thumbOf(mapping.offsetMax), mapping.thumbMax);
        assert.equal(mapping.offsetOf(mapping.thumbMax), mapping.offsetMax);
      }),
    );
  });

  it('goes forth and back to the same place, in order', () => {
    fc.assert(
      fc.property(extents, fc.double({ min: 0, max: 1, noNaN: true }), (extent, share) => {
        const mapping = createScrollMapping(extent);
        const offset = share * mapping.offsetMax;
        assert.ok(Math.abs(mapping.offsetOf(mapping.thumbOf(offset)) - offset) < 1e-3);
        assert.ok(mapping.thumbOf(Math.min(mapping.offsetMax, offset + 1_000)) >= mapping.thumbOf(offset));
      }),
    );
  });
});

describe('scrolling', () => {
  const mapping = createScrollMapping({ rows: 10_000_000, rowHeight, viewHeight });

  /** A browser that takes scrollTop as it is given, within the canvas. */
  function settle(position: ScrollPosition): ScrollPosition {
    const thumb = strayThumb(mapping, position, false);
    return thumb === undefined ? position : { ...position, thumb: Math.round(thumb * 3) / 3 };
  }
  const at = (row: number): ScrollPosition => settle({ offset: row * rowHeight, thumb: -1 });

  it('moves by the pixels of a notch, anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 9_999_000 }), fc.constantFrom(-100, 100, 53, -53), (row, notch) => {
        const start = at(row);
        const moved = scrollTo(mapping, start, start.thumb + notch, step);
        assert.ok(Math.abs(moved.offset - start.offset - notch) < 1e-6);
      }),
    );
  });

  it('does not drift over a thousand notches with rests between', () => {
    let position = at(5_000_000);
    for (let notch = 0; notch < 1_000; notch++)
      position = settle(scrollTo(mapping, position, position.thumb + 100, step));
    assert.ok(Math.abs(position.offset - 5_000_000 * rowHeight - 100_000) < 1e-3);
  });

  it('reaches both ends by notches without rest, without a leap', () => {
    let position = at(300);
    let steps = 0;
    while (position.offset > 0) {
      const moved = scrollTo(mapping, position, Math.max(0, position.thumb - 100), step);
      assert.ok(position.offset - moved.offset <= 100 + 1e-6);
      position = moved;
      steps++;
    }
    assert.equal(steps, 84);
  });

  it('never leaps, however long one scrolls without a rest', () => {
    let position = at(1_000_000);
    for (let notch = 0; notch < 20_000; notch++) {
      const moved = scrollTo(mapping, position, Math.max(0, position.thumb - 1_000), step);
      assert.ok(Math.abs(position.offset - moved.offset - 1_000) < 1 || moved.offset === 0);
      const stray = strayThumb(mapping, moved, true);
      position = stray === undefined ? moved : { ...moved, thumb: stray };
    }
  });

  it('maps a drag of the thumb in proportion', () => {
    const moved = scrollTo(mapping, { offset: 0, thumb: 0 }, mapping.thumbMax / 2, step);
    assert.ok(Math.abs(moved.offset - mapping.offsetMax / 2) < 1);
  });

  it('takes what a wheel has made for its pixels, however many a busy browser joins', () => {
    const start = at(5_000_000);
    const moved = scrollTo(mapping, start, start.thumb + 5_000, { viewHeight, isGesture: true });
    assert.ok(Math.abs(moved.offset - start.offset - 5_000) < 1e-6);
  });

  it('is at the last row when the thumb is at its end, though the browser rounds', () => {
    const start = at(9_999_900);
    const moved = scrollTo(mapping, start, mapping.thumbMax - 0.4, step);
    assert.ok(mapping.offsetMax - moved.offset < 1);
  });
});
