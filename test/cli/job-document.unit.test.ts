import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatJob, formatJobs, formatJobsWithin, type JobDocument } from '../../src/cli/job-document.ts';
import { displayWidth } from '../../src/cli/text.ts';

const job: JobDocument = {
  id: '01997a3c-0000-7000-8000-000000000000',
  name: 'the nightly run of everything, 計算\u001b[2J',
  status: 'InProgress',
  mode: 'decimal',
  precision: 34,
  operations: 50_000_000,
  completed: 12_345_678,
  succeeded: 12_345_678,
  failed: 999_999,
  cancelled: 0,
  created_at: '2026-01-01T00:00:00.000Z',
};
const now = Date.parse('2026-01-01T00:59:30.000Z');

describe('jobs on a terminal', () => {
  const jobs = [job, { ...job, status: 'Cancelling' }, { ...job, status: 'Completed', name: 'short' }];

  it('fit 80 cells, with their ids whole', () => {
    const lines = formatJobsWithin(80, jobs, now).split('\n');
    assert.match(lines[0] ?? '', /^ID +STATUS +LINES +FAILED +AGE {2}NAME$/);
    for (const line of lines) assert.ok(displayWidth(line) <= 80, line);
    for (const line of lines.slice(1)) assert.ok(line.startsWith(job.id));
    assert.match(lines[1] ?? '', / 24\.6 % +50M +1M +59 min {2}the .*…$/);
  });

  it('use the room of a wider one', () => {
    const lines = formatJobsWithin(200, jobs, now).split('\n');
    assert.ok(lines[1]?.endsWith('the nightly run of everything, 計算\\u001b[2J'));
  });

  it('are whole elsewhere', () => {
    assert.match(formatJobs(jobs), /InProgress +50,000,000 +12,345,678 +999,999 +2026-01-01T00:00:00\.000Z {2}the/);
  });
});

describe('a job on a terminal', () => {
  it('shows its errors, the most frequent first', () => {
    const shown = formatJob({ ...job, error_counts: { DIV0: 1_000, SYNTAX: 998_998, 'X\u001b[2J': 1 } });
    assert.match(shown, /^errors +998,998 SYNTAX, 1,000 DIV0, 1 X\\u001b\[2J$/m);
  });

  it('shows none where there are none, or where the server does not count them', () => {
    for (const error_counts of [undefined, {}]) assert.doesNotMatch(formatJob({ ...job, error_counts }), /^errors/m);
  });
});
