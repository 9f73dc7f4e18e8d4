/** The pure parts of the page that lists jobs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { extentOf, rangeBetween, selectAll, type Selection } from '../../web/src/pages/jobs/selection.ts';

const nothing: Selection = new Set();
const ids = ['a', 'b', 'c', 'd'];

describe('the selection of jobs', () => {
  it('reaches over the pages of the list', () => {
    const selection = selectAll(selectAll(nothing, ['x'], true), ids, true);
    assert.deepEqual([...selection], ['x', ...ids]);
    assert.deepEqual([...selectAll(selection, ids, false)], ['x']);
  });

  it('is a range from the row before, in both directions', () => {
    assert.deepEqual(rangeBetween(ids, 'b', 'd'), ['b', 'c', 'd']);
    assert.deepEqual(rangeBetween(ids, 'd', 'b'), ['b', 'c', 'd']);
    assert.deepEqual(rangeBetween(ids, undefined, 'b'), ['b']);
    assert.deepEqual(rangeBetween(ids, 'gone', 'b'), ['b']);
  });

  it('says how much of a page it has', () => {
    assert.equal(extentOf(nothing, ids), 'none');
    assert.equal(extentOf(new Set(['b', 'x']), ids), 'some');
    assert.equal(extentOf(new Set(ids), ids), 'all');
    assert.equal(extentOf(new Set(['x']), []), 'none');
  });

  it('is what it was when what was chosen is given up again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.uniqueArray(fc.string()), (chosen, others) => {
        const selection = new Set(chosen);
        const added = others.filter((id) => !selection.has(id));
        const changed = selectAll(selectAll(selection, added, true), added, false);
        assert.deepEqual([...changed].sort(), [...selection].sort());
      }),
    );
  });
});
