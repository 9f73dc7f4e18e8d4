/** Lists of more jobs than one step of a filter looks at. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { JobFilter, JobStore } from '../../../src/engine/index.ts';
import { visibleJobStates, type VisibleJobState } from '../../../src/jobs/index.ts';
import { withFolder, withStore } from './sqlite-folder.ts';

interface KnownJob {
  readonly id: string;
  readonly tenant: string;
  readonly state: VisibleJobState;
  readonly name: string | undefined;
  readonly createdAt: number;
}

/** Two whole steps and a part of one; each job has a deleted neighbor, which no list counts. */
const count = 12_345;

const jobs: readonly KnownJob[] = Array.from({ length: count }, (_, index) => ({
  id: `01900000-0000-7000-8000-${String(index).padStart(12, '0')}`,
  tenant: ['default', 'often', 'seldom'][index % 101 === 0 ? 2 : index % 2] ?? '',
  state: visibleJobStates[index % 7 < 4 ? index % 7 : 2] ?? 'Completed',
  name: index % 3 === 0 ? undefined : `import ${index}`,
  createdAt: 1_000 + ((index * 7_919) % count),
}));

function writeJobs(directory: string): void {
  const database = new DatabaseSync(join(directory, 'mathmill.db'));
  const insert = database.prepare(
    `INSERT INTO job(id, tenant, state, name, mode, precision, created_at, lease_owner, lease_until)
     VALUES (?, ?, 'Receiving', ?, 'decimal', 34, ?, 'owner', 0)`,
  );
  const change = database.prepare('UPDATE job SET state = ? WHERE id = ?');
  database.exec('BEGIN');
  for (const { id, tenant, state, name, createdAt } of jobs) {
    for (const [key, to] of [
      [id, state],
      [`${id}x`, 'Deleting'],
    ] as const) {
      insert.run(key, tenant, name ?? null, createdAt);
      change.run(to, key);
    }
  }
  database.exec('COMMIT');
  database.close();
}

/** Newest first. */
function findMatching({ tenant, states, name, createdBefore = Infinity }: JobFilter): string[] {
  return jobs
    .filter((job) => tenant === undefined || job.tenant === tenant)
    .filter((job) => states?.includes(job.state) ?? true)
    .filter((job) => name === undefined || job.name?.includes(name) === true)
    .filter((job) => job.createdAt < createdBefore)
    .map(({ id }) => id)
    .toReversed();
}

const filters: readonly JobFilter[] = [
  {},
  { states: ['InProgress', 'Cancelled'] },
  { name: 'import' },
  { name: 'import 1' },
  { name: 'import 12344' },
  { name: 'import 1', states: ['Cancelling'] },
  { name: 'nothing' },
  { createdBefore: 1_010 },
  { createdBefore: 9_000, states: ['Completed'] },
  { createdBefore: 5_000, name: '77' },
  { tenant: 'often' },
  { tenant: 'seldom', states: ['Completed', 'InProgress'] },
  { tenant: 'seldom', name: 'import 1' },
  { tenant: 'default', createdBefore: 5_000, name: '7', states: ['Completed', 'Cancelled'] },
  { tenant: 'nobody', name: 'import' },
];

async function check(store: JobStore, filter: JobFilter): Promise<void> {
  const expected = findMatching(filter);
  const total = expected.length;
  const idsOf = (page: Awaited<ReturnType<JobStore['listJobs']>>) => {
    assert.equal(page.total, total);
    return page.jobs.map(({ id }) => id);
  };
  for (const offset of [0, 1, 4_999, 5_000, 7_000, 12_344, 20_000]) {
    assert.deepEqual(idsOf(await store.listJobs(offset, 31, filter)), expected.slice(offset, offset + 31));
  }
  for (const index of [0, 1, 4_999, 5_000, 9_999, 12_344]) {
    const id = jobs[index]?.id ?? '';
    const after = expected.filter((other) => other < id).slice(0, 31);
    assert.deepEqual(idsOf(await store.listJobsAfter(id, 31, filter)), after);
  }
  assert.deepEqual(idsOf(await store.listJobs(0, count, filter)), expected);
  for (const limit of [1, 31, 5_001, count]) {
    assert.deepEqual(await store.findJobs(filter, limit), expected.toReversed().slice(0, limit));
  }
}

describe('lists of 12,345 jobs', () => {
  it('are those of a look at each job, for every filter, page and cursor', () =>
    withFolder(async (directory) => {
      await withStore(directory, async () => {});
      writeJobs(directory);
      await withStore(directory, async (store) => {
        for (const filter of filters) await check(store, filter);
      });
    }));
});
