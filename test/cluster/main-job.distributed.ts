/** The cluster does with jobs what one machine does, through any of its addresses, and gives the very same bytes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { numberModes } from '../../src/expression/index.ts';
import { testMainJob } from '../e2e/main-job.ts';
import { createDataDirectory, postJob, startServer, waitForJob, type ServerProcess } from '../e2e/server-process.ts';
import { hostileCorpus } from '../expression/properties/hostile-corpus.ts';
import { createRandom } from '../simulation/world.ts';
import { startCluster, type Cluster } from './cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster();
});
after(async () => {
  await cluster.stop();
});

for (const index of [0, 1, 2]) testMainJob(`client-application-${index + 1}`, () => cluster.urls[index] ?? '');

describe('one job, seen through all addresses', () => {
  it('is the same job at once', async () => {
    const { body } = await postJob(cluster.urls[0] ?? '', '1 + 2\n'.repeat(5_000));
    const views = await Promise.all(cluster.urls.map((url) => waitForJob(url, body.id)));
    for (const view of views) assert.deepEqual(view, views[0]);
    const gone = await fetch(`${cluster.urls[1]}/api/jobs/${body.id}`, { method: 'DELETE' });
    assert.equal(gone.status, 204);
    for (const url of cluster.urls) {
      const answer = await fetch(`${url}/api/jobs/${body.id}`);
      await answer.body?.cancel();
      assert.equal(answer.status, 404);
    }
  });

  it('gives uploads with one idempotency key, through all addresses at the same time, one job', async () => {
    const body = '1 + 2\n'.repeat(20_000);
    const answers = await Promise.all(
      [...cluster.urls, ...cluster.urls].map((url) => postJob(url, body, { 'idempotency-key': 'all-addresses' })),
    );
    const created = answers.filter(({ status }) => status === 201);
    assert.ok(created.length >= 1);
    assert.equal(new Set(created.map((answer) => answer.body.id)).size, 1);
    assert.ok(answers.every(({ status }) => status === 201 || status === 409));
  });
});

/** Lines of all kinds, good and bad, as bytes. */
function createMixedFile(lines: number): Buffer {
  const random = createRandom(20_261_125);
  const below = (bound: number): number => Math.floor(random() * bound);
  const corpus = hostileCorpus.filter(({ bytes }) => bytes.length <= 60 && !bytes.includes(0x0a));
  const makers: readonly (() => string | Uint8Array)[] = [
    () => `${below(10)} + ${below(10)} + ${below(10)} - ${below(10)} * ${below(10)}`,
    () => `${below(1_000)}.${below(100)} * ${below(100)} / ${below(50)}`,
    () => `(${below(100)} - ${below(100)}) ^ ${below(9)}`,
    () => `sqrt(${below(1_000)}) + sin(${below(100)})`,
    () => `max(${below(9)}, ${below(9)}, 1/3) > ${below(9)} ? ${below(9)}! : -${below(9)}`,
    () => corpus[below(corpus.length)]?.bytes ?? '',
  ];
  const parts: (string | Uint8Array)[] = [];
  for (let line = 0; line < lines; line += 1) parts.push(makers[below(makers.length)]?.() ?? '', '\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

describe('a file of 200,000 mixed lines', () => {
  const file = createMixedFile(200_000);
  const data = createDataDirectory();
  let standalone: ServerProcess;
  before(async () => {
    standalone = await startServer(join(data.path, 'data'));
  });
  after(async () => {
    await standalone.stop();
    data.remove();
  });

  async function evaluate(url: string, mode: string): Promise<Buffer> {
    const response = await fetch(`${url}/api/jobs?mode=${mode}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: file,
    });
    assert.equal(response.status, 201);
    const { id } = (await response.json()) as { id: string };
    assert.equal((await waitForJob(url, id)).operations, 200_000);
    const results = await fetch(`${url}/api/jobs/${id}/results?format=ndjson`);
    return Buffer.from(await results.arrayBuffer());
  }

  for (const [index, mode] of numberModes.entries()) {
    it(`has byte for byte the same results on one machine and on the cluster in ${mode} mode`, async () => {
      const [alone, together] = await Promise.all([
        evaluate(standalone.url, mode),
        evaluate(cluster.urls[index % 3] ?? '', mode),
      ]);
      assert.equal(alone.filter((byte) => byte === 0x0a).length, 200_000);
      assert.ok(alone.equals(together));
    });
  }
});
