/** The test of a big table for every Mathmill, on one machine or on a cluster: each runs it against its own address. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { createDataDirectory, waitForJob } from '../e2e/server-process.ts';
import { priceFormulas, type PriceTable } from './price-rows.ts';

export interface TableJob {
  readonly status: string;
  readonly operations: number;
  readonly succeeded: number;
  readonly totals: Readonly<Record<string, { readonly count: number; readonly sum: string | null }>>;
}

export function testTableJob(name: string, urlOf: () => string, rows: number, table: PriceTable): void {
  it(`takes a table of ${rows} rows from curl: every result right, every other byte as it was (${name})`, async () => {
    const folder = createDataDirectory();
    try {
      const file = join(folder.path, 'rows.csv');
      writeFileSync(file, table.input);
      const queries = priceFormulas.flatMap((formula) => ['--url-query', `formula=${formula}`]);
      const headers = ['-H', 'Content-Type: text/csv'];
      const created = execFileSync('curl', [
        '-s',
        '--data-binary',
        `@${file}`,
        ...headers,
        ...queries,
        `${urlOf()}/api/jobs`,
      ]);
      const { id } = JSON.parse(created.toString()) as { readonly id: string };
      const job = (await waitForJob(urlOf(), id)) as unknown as TableJob;
      assert.deepEqual([job.status, job.operations, job.succeeded], ['Completed', rows, rows]);
      for (const column of ['net', 'total'] as const) {
        assert.deepEqual([job.totals[column]?.count, job.totals[column]?.sum], [rows, table.sums[column]]);
      }
      const results = await fetch(`${urlOf()}/api/jobs/${id}/results`);
      assert.equal(results.headers.get('mathmill-lines'), String(rows));
      assertSameBytes(Buffer.from(await results.arrayBuffer()), table.output);
    } finally {
      folder.remove();
    }
  });
}

/** Shows the first line that differs, rather than millions of bytes. */
export function assertSameBytes(actual: Buffer, expected: Buffer): void {
  if (actual.equals(expected)) return;
  const [left, right] = [actual.toString('latin1').split('\n'), expected.toString('latin1').split('\n')];
  const index = right.findIndex((line, at) => line !== left[at]);
  assert.fail(`line ${index + 1} is ${JSON.stringify(left[index])} and not ${JSON.stringify(right[index])}`);
}
