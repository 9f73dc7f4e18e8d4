import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addEngine,
  enginesMax,
  foldChunks,
  emptyFold,
  joinEngines,
  noEngines,
  unknownEngine,
} from '../../src/jobs/index.ts';

const engines = fc.array(fc.oneof(fc.nat(20).map(String), fc.constant(unknownEngine)), { maxLength: 30 });

describe('a set of engines', () => {
  it('is in order of the versions, which are numbers', () => {
    assert.deepEqual(joinEngines(noEngines, ['10', '9', unknownEngine, '100', '9']), ['9', '10', '100', 'unknown']);
    assert.deepEqual(addEngine(['9'], undefined), ['9']);
  });

  it('comes out the same in whatever order it is collected, also where it is full', () => {
    fc.assert(
      fc.property(engines, engines, (left, right) => {
        const [leftSet, rightSet] = [joinEngines(noEngines, left), joinEngines(noEngines, right)];
        const together = joinEngines(noEngines, [...left, ...right]);
        assert.deepEqual(joinEngines(leftSet, rightSet), together);
        assert.deepEqual(joinEngines(rightSet, leftSet), together);
        assert.ok(together.length <= enginesMax);
      }),
    );
  });

  it('names the newest where there are more than it may hold', () => {
    const all = Array.from({ length: 12 }, (_, index) => String(index + 1));
    assert.deepEqual(joinEngines(noEngines, all), ['5', '6', '7', '8', '9', '10', '11', '12']);
  });
});

describe('a fold', () => {
  const counts = { succeeded: 1, failed: 0, cancelled: 0, cost: 2 };

  it('collects the engines of the chunks that it passes, and of no others', () => {
    const chunks = [
      { firstLine: 1, count: 1, ...counts, engine: '4' },
      { firstLine: 2, count: 1, ...counts, cancelled: 1, engine: undefined },
      { firstLine: 3, count: 1, ...counts, engine: '3' },
      { firstLine: 5, count: 1, ...counts, engine: '5' },
    ];
    assert.deepEqual(foldChunks(emptyFold, chunks).engines, ['3', '4']);
  });
});
