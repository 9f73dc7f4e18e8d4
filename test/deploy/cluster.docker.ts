/**
 * The image and the compose file on a real engine: everything comes up, does its work through all three ports, survives the
 * death of containers under load, keeps jobs over a stop, and leaves nothing behind.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkJobs, startUsers } from '../cluster/users.ts';
import { testMainJob } from '../e2e/main-job.ts';
import { postJob, readResults, waitForJob } from '../e2e/server-process.ts';
import { findEngine, image, project, type Engine } from './engine.ts';

const root = resolve(import.meta.dirname, '../..');
/** The base image is taken as it is. */
const ownBytesMax = 250 * 1024 * 1024;
const projectFilter = `label=com.docker.compose.project=${project}`;

let engine: Engine;
let volumesBefore: readonly string[];
before(async () => {
  engine = await findEngine();
  await engine.runWell('make', 'docker-clean');
  volumesBefore = await lines('volume', 'ls', '--quiet');
});
after(async () => {
  await engine.runWell('make', 'docker-clean');
});

interface Container {
  readonly Name: string;
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number;
    readonly CapDrop: readonly string[];
  };
}

async function lines(...args: string[]): Promise<string[]> {
  return (await engine.runWell('docker', ...args)).split('\n').filter((line) => line !== '');
}

async function containers(): Promise<Map<string, Container>> {
  const ids = await lines('ps', '--all', '--quiet', '--filter', projectFilter);
  const inspected = JSON.parse(await engine.runWell('docker', 'inspect', ...ids)) as Container[];
  return new Map(
    inspected.map((container) => [container.Name.replace(`/${project}-`, '').replace(/-1$/, ''), container]),
  );
}

async function start(): Promise<number> {
  const startedAt = performance.now();
  await engine.runWell('make', 'docker-start');
  return (performance.now() - startedAt) / 1_000;
}

describe('the image', () => {
  it('builds, and is small beside its base', async (test) => {
    await engine.runWell('make', 'docker-build');
    const base = (await engine.runWell('sed', '-n', 's/^FROM \\(node:[^ ]*\\).*/\\1/p', 'Dockerfile')).trim();
    const [own = 0, ofBase = 0] = (await lines('image', 'inspect', '--format', '{{.Size}}', image, base)).map(Number);
    test.diagnostic(`${((own - ofBase) / 1024 ** 2).toFixed(1)} MiB beside the base`);
    assert.ok(own > ofBase && own - ofBase < ownBytesMax);
  });

  it('has production dependencies only, no package manager, and a user without rights', async () => {
    const script = `
      const { existsSync, globSync } = require('node:fs');
      console.log(JSON.stringify({
        user: process.getuid(),
        npm: existsSync('/usr/local/bin/npm'),
        sources: existsSync('src'),
        packages: globSync('node_modules/{[^@.]*,@*/*}'),
      }));`;
    const answer = await engine.runWell('docker', 'run', '--rm', '--read-only', image, 'node', '-e', script);
    const { packages, ...rest } = JSON.parse(answer) as { packages: string[] };
    assert.deepEqual(rest, { user: 1_000, npm: false, sources: false });
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; optional?: boolean }>;
    };
    const needed = Object.entries(lock.packages)
      .filter(([path, { dev, optional }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !optional)
      .map(([path]) => path);
    assert.deepEqual(packages.sort(), needed.sort());
  });

  it('does not serve everybody who can connect unless it is told to', async () => {
    const { code, stderr } = await engine.run(
      'docker',
      'run',
      '--rm',
      '--read-only',
      '--tmpfs',
      '/data:uid=1000',
      image,
    );
    assert.equal(code, 2);
    assert.match(stderr, /set AUTHENTICATION=tokens .*, or AUTHENTICATION=none/);
  });

  it('runs standalone by default', async () => {
    const name = `${project}-standalone`;
    const hardening = ['--read-only', '--tmpfs', '/data:uid=1000', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--init'];
    await engine.runWell(
      'docker',
      'run',
      '--detach',
      '--rm',
      '--name',
      name,
      '--publish',
      '127.0.0.1::8080',
      '--env',
      'AUTHENTICATION=none',
      ...hardening,
      image,
    );
    try {
      const url = `http://${(await engine.runWell('docker', 'port', name, '8080')).trim()}`;
      await untilAnswers(`${url}/health/ready`);
      await engine.runWell('docker', 'exec', name, 'node', '/app/healthcheck.mjs');
      const { body } = await postJob(url, '0.1 + 0.2');
      await waitForJob(url, body.id);
      assert.equal(await readResults(url, body.id), '0.3\n');
    } finally {
      await engine.runWell('docker', 'stop', name);
    }
  });
});

describe('the cluster', () => {
  it('comes up healthy, all of it', async (test) => {
    test.diagnostic(`${(await start()).toFixed(0)} s until all was healthy`);
    const all = await containers();
    const oneShots = new Set(['init-replica-set', 'init-topics', 'make-secrets']);
    assert.equal(all.size, 17);
    for (const [name, { State }] of all) {
      const wanted = oneShots.has(name) ? 'exited 0 undefined' : 'running 0 healthy';
      assert.equal(`${State.Status} ${State.ExitCode} ${State.Health?.Status}`, wanted, name);
    }
  });

  it('is as hardened as its file says', async () => {
    for (const [name, { Config, HostConfig }] of await containers()) {
      assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/, name);
      assert.ok(HostConfig.ReadonlyRootfs, name);
      assert.deepEqual(HostConfig.CapDrop, ['ALL'], name);
      for (const limit of [HostConfig.Memory, HostConfig.NanoCpus, HostConfig.PidsLimit]) assert.ok(limit > 0, name);
    }
    const attempt = ['node', '-e', 'require("node:fs").writeFileSync("/app/planted", "")'];
    const { code, stderr } = await engine.run('docker', 'compose', 'exec', '-T', 'client-application-1', ...attempt);
    assert.notEqual(code, 0);
    assert.match(stderr, /EROFS/);
  });

  it('keeps its secrets', async () => {
    const read = async (service: string, path: string) =>
      await engine.run('docker', 'compose', 'exec', '-T', service, 'cat', path);
    const password = (await read('mongo-1', '/data/configdb/application-password')).stdout;
    assert.match(password, /^[0-9a-f]{48}$/);
    const ids = await lines('ps', '--all', '--quiet', '--filter', projectFilter);
    const inspected = await engine.runWell('docker', 'inspect', ...ids);
    const logs = await engine.run('docker', 'compose', 'logs', '--no-log-prefix');
    for (const text of [inspected, logs.stdout, logs.stderr]) assert.ok(!text.includes(password));
    for (const secret of ['keyfile', 'root-password', 'application-password']) {
      assert.notEqual((await read('client-application-1', `/run/mathmill/${secret}`)).code, 0);
    }
  });

  it('publishes Prometheus and Jaeger', async () => {
    for (const url of [`${engine.prometheusUrl}/-/ready`, `${engine.jaegerUrl}/api/services`]) {
      const response = await fetch(url);
      await response.text();
      assert.equal(response.status, 200, url);
    }
    // 404: nobody takes metrics there. 400 and 415: somebody does, and does not understand these.
    const push = await fetch(`${engine.prometheusUrl}/api/v1/otlp/v1/metrics`, { method: 'POST', body: 'no metrics' });
    await push.text();
    assert.ok([400, 415].includes(push.status), String(push.status));
  });

  it('answers every api target', async () => {
    const api = async (target: string, ...variables: string[]) =>
      await engine.runWell('make', '--silent', `api-${target}`, `API_URL=${engine.urls[1]}`, ...variables);
    const ids: string[] = [];
    for (const kind of ['single', 'multiple', 'error']) {
      const suffix = kind === 'multiple' ? 'operations' : 'operation';
      ids.push((JSON.parse(await api(`create-job-with-${kind}-${suffix}`)) as { id: string }).id);
    }
    const [id = ''] = ids;
    await waitForJob(engine.urls[1] ?? '', id);
    assert.match(await api('get-jobs', 'PAGE=1', 'PAGE_SIZE=2'), /"size": 2/);
    assert.match(await api('get-job', `JOB_ID=${id}`), /"Completed"/);
    assert.match(await api('get-job-operations', `JOB_ID=${id}`, 'PAGE=1', 'PAGE_SIZE=5'), /"7"/);
    assert.match(await api('get-job-operation', `JOB_ID=${id}`, 'OPERATION_ID=1'), /"7"/);
    await api('delete-job', `JOB_ID=${id}`);
    const gone = await engine.run('make', '--silent', 'api-get-job', `API_URL=${engine.urls[0]}`, `JOB_ID=${id}`);
    assert.notEqual(gone.code, 0);
  });
});

for (const index of [0, 1, 2]) testMainJob(`port ${8_080 + index}`, () => engine.urls[index] ?? '');

describe('under load', () => {
  for (const victim of ['client-application-1', 'server-application-2', 'kafka-2']) {
    it(`loses nothing when ${victim} is killed`, async (test) => {
      const users = startUsers({ urls: engine.urls, seed: 20_261_125, count: 3 });
      try {
        const long = await postJob(engine.urls[0] ?? '', '1 + 1\n'.repeat(200_000));
        await users.accept(5);
        await engine.compose('kill', victim);
        await users.accept(15);
        await engine.compose('up', '--detach', '--no-build', '--wait', victim);
        await users.accept(5);
        await users.stop();
        for (const url of engine.urls) await untilAnswers(`${url}/health/ready`);
        await checkJobs(engine.urls, users.accepted);
        const other = engine.urls[1] ?? '';
        assert.equal((await waitForJob(other, long.body.id)).succeeded, 200_000);
        assert.equal(await readResults(other, long.body.id), '2\n'.repeat(200_000));
        test.diagnostic(
          `${users.accepted.length} jobs, ${users.refusals} refusals, slowest answer ${users.slowestMs.toFixed(0)} ms`,
        );
      } finally {
        await users.stop().catch(() => undefined);
      }
    });
  }
});

describe('a stop', () => {
  let id: string;

  it('lets everything end by itself, within its time', async (test) => {
    const { body } = await postJob(engine.urls[2] ?? '', '20 + 22\n1 / 0');
    id = body.id;
    await waitForJob(engine.urls[2] ?? '', id);
    const startedAt = performance.now();
    await engine.compose('stop');
    test.diagnostic(`${((performance.now() - startedAt) / 1_000).toFixed(0)} s until all had ended`);
    // 137 is what was killed when its time was over; 143 is what the signal ended.
    const codes = Array.from(await containers(), ([name, { State }]) => [name, State.ExitCode] as const);
    assert.deepEqual(
      codes.filter(([, code]) => code !== 0 && code !== 143),
      [],
    );
  });

  it('leaves neither containers nor networks', async () => {
    await engine.runWell('make', 'docker-stop');
    assert.deepEqual(await lines('ps', '--all', '--quiet', '--filter', projectFilter), []);
    assert.deepEqual(await lines('network', 'ls', '--quiet', '--filter', projectFilter), []);
  });

  it('keeps jobs and results for the next start', async (test) => {
    test.diagnostic(`${(await start()).toFixed(0)} s until all was healthy again`);
    assert.match(await readResults(engine.urls[0] ?? '', id), /^42\nERROR DIV0/);
    const { body } = await postJob(engine.urls[0] ?? '', '1 + 1');
    await waitForJob(engine.urls[0] ?? '', body.id);
  });

  it('leaves nothing at all when asked to clean', async () => {
    await engine.runWell('make', 'docker-stop');
    const volumes = await lines('volume', 'ls', '--quiet', '--filter', projectFilter);
    assert.equal(volumes.length, 8, volumes.join(', '));
    await engine.runWell('make', 'docker-clean');
    // Volumes without a name too, which images declare and nobody asked for.
    assert.deepEqual(await lines('volume', 'ls', '--quiet'), volumesBefore);
    assert.deepEqual(await lines('image', 'ls', '--quiet', image), []);
  });
});

/** A container that was just started refuses connections; its start has no other sign to wait for from outside. */
async function untilAnswers(url: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const status = await fetch(url).then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
    assert.ok(performance.now() < deadline, `${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
