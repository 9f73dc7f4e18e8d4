import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobIds } from '../../src/engine/job-ids.ts';
import { readIdTime } from '../../src/jobs/index.ts';
import { newJobId } from '../../src/wiring.ts';

/** A UUIDv7 of this time. */
function idAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

describe('ids of jobs', () => {
  it('grow while the clock stands still or goes back', () => {
    const clock = [1_000, 1_000, 500, 400, 5_000];
    const ids = createJobIds((earliestMs) => idAt(Math.max(clock.shift() ?? 0, earliestMs)));
    const made = Array.from({ length: 3 }, () => ids.next());
    assert.deepEqual(made, made.toSorted());
    assert.equal(new Set(made).size, 3);
  });

  it('begin above an id that was kept, and follow the clock once it has caught up', () => {
    const future = Date.now() + 3_600_000;
    const ids = createJobIds(newJobId);
    ids.startAfter(idAt(future));
    ids.startAfter(idAt(1));
    const made = [ids.next(), ids.next(), ids.next()];
    assert.deepEqual(made, made.toSorted());
    assert.ok((made[0] ?? '') > idAt(future));
    assert.ok((readIdTime(made[2] ?? '') ?? Infinity) <= future + 3);
  });

  it('are those of the clock otherwise', () => {
    const before = Date.now();
    const time = readIdTime(createJobIds(newJobId).next()) ?? 0;
    assert.ok(time >= before && time <= Date.now());
  });
});
