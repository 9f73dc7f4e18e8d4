/**
 * A real Prometheus with the shipped rules sees a real standalone server die: a page that stays until the server is back.
 * All times of the rules are a tenth of what they are (shorten-rules.ts).
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPrometheus, type Prometheus } from '../../deploy/local-stack/prometheus.ts';
import { startServer, type ServerProcess } from '../e2e/server-process.ts';
import { askUntil, queryPrometheus } from './observability-api.ts';
import { shortenRules } from './shorten-rules.ts';

const divisor = 10;
/** Longer than the look-back of Prometheus for a dead instance would be, if the alert depended on it: as InstanceMissing does. */
const stayMs = 20_000;

const directory = mkdtempSync(join(tmpdir(), 'mathmill-watched-standalone-'));
const shipped = resolve(import.meta.dirname, '../../deploy/prometheus');
let prometheus: Prometheus;
let server: ServerProcess;

function start(): Promise<ServerProcess> {
  return startServer(join(directory, 'data'), {
    INSTANCE_ID: 'mill-1',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: prometheus.metricsEndpoint,
    OTEL_METRIC_EXPORT_INTERVAL: String(30_000 / divisor),
  });
}

async function readState(): Promise<string | undefined> {
  const samples = await queryPrometheus(prometheus.url, 'ALERTS{alertname="StandaloneDown", severity="page"}');
  return (
    samples.map(({ labels }) => labels['alertstate']).find((state) => state === 'firing') ??
    samples[0]?.labels['alertstate']
  );
}

before(async () => {
  mkdirSync(join(directory, 'rules'));
  copyFileSync(join(shipped, 'prometheus.yml'), join(directory, 'prometheus.yml'));
  writeFileSync(join(directory, 'rules/mathmill.yml'), shortenRules(divisor));
  prometheus = await startPrometheus({
    directory: join(directory, 'prometheus'),
    configFile: join(directory, 'prometheus.yml'),
  });
  server = await start();
});

after(async () => {
  await server?.kill();
  await prometheus?.kill();
  rmSync(directory, { recursive: true, force: true });
});

describe('a standalone server', () => {
  it('is no alert while it runs, and the watchdog fires', async () => {
    await askUntil(
      () => queryPrometheus(prometheus.url, 'mathmill:last_push:timestamp_seconds{job="standalone"}'),
      (samples) => samples.length > 0,
    );
    await askUntil(
      () => queryPrometheus(prometheus.url, 'ALERTS{alertname="Watchdog", alertstate="firing"}'),
      (samples) => samples.length === 1,
    );
    assert.equal(await readState(), undefined);
  });

  it('that is killed is a page, which stays', async () => {
    await server.kill();
    await askUntil(readState, (state) => state === 'firing');
    for (const until = Date.now() + stayMs; Date.now() < until; await sleep(1_000))
      assert.equal(await readState(), 'firing');
  });

  it('that is back ends it', async () => {
    server = await start();
    await askUntil(readState, (state) => state === undefined);
  });
});
