/** Tables on the cluster: right through any of its addresses, and the very same bytes as on one machine. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { numberModes } from '../../src/expression/index.ts';
import { createDataDirectory, startServer, waitForJob, type ServerProcess } from '../e2e/server-process.ts';
import { faultFormulas, faultInput, faultRows } from '../tables/every-fault.ts';
import { assertSameBytes, testTableJob } from '../tables/main-job.ts';
import { createPriceTable } from '../tables/price-rows.ts';
import { startCluster, type Cluster } from './cluster.ts';

const rows = 1_000_000;
/** The file with every fault, so often that its rows fill many chunks. */
const repetitions = 500;

let cluster: Cluster;
before(async () => {
  cluster = await startCluster();
});
after(async () => {
  await cluster.stop();
});

describe('a table of 1,000,000 rows', () => {
  const table = createPriceTable(rows, 20_261_130);
  for (const index of [0, 1, 2]) {
    testTableJob(`client-application-${index + 1}`, () => cluster.urls[index] ?? '', rows, table);
  }
});

describe('a table with every fault, many times', () => {
  const headerEnd = faultInput.indexOf(0x0a) + 1;
  const body = Buffer.concat([faultInput.subarray(headerEnd), Buffer.from('\n')]);
  const file = Buffer.concat([faultInput.subarray(0, headerEnd), ...Array.from({ length: repetitions }, () => body)]);
  const data = createDataDirectory();
  let standalone: ServerProcess;
  before(async () => {
    standalone = await startServer(join(data.path, 'data'));
  });
  after(async () => {
    await standalone.stop();
    data.remove();
  });

  async function evaluate(url: string, mode: string) {
    const query = new URLSearchParams({ mode });
    for (const formula of faultFormulas) query.append('formula', formula);
    const response = await fetch(`${url}/api/jobs?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: file,
    });
    const { id } = (await response.json()) as { readonly id: string };
    assert.equal(response.status, 201);
    const job = await waitForJob(url, id);
    assert.equal(job.operations, repetitions * faultRows.length);
    const results = await fetch(`${url}/api/jobs/${id}/results`);
    const { totals } = job as unknown as { readonly totals: unknown };
    return { totals, failed: job.failed, output: Buffer.from(await results.arrayBuffer()) };
  }

  for (const [index, mode] of numberModes.entries()) {
    it(`has the same bytes and totals on one machine and on the cluster in ${mode} mode`, async () => {
      const [alone, together] = await Promise.all([
        evaluate(standalone.url, mode),
        evaluate(cluster.urls[index % 3] ?? '', mode),
      ]);
      assert.deepEqual([together.totals, together.failed], [alone.totals, alone.failed]);
      assertSameBytes(together.output, alone.output);
    });
  }
});
