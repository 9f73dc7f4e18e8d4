/** The telemetry that a real `mathmill serve` sends to a real receiver of OTLP, and its work without one. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readPackageVersion } from '../../src/package-version.ts';
import { createDataDirectory, postJob, startServer, waitForJob, type ServerProcess } from '../e2e/server-process.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedPoint } from './otlp-receiver.ts';

const lines = 10_000;
const chunks = Math.ceil((lines + 3) / 512);
const upload = `${'1 + 2\n'.repeat(lines)}1 / 0\n\nfoo\n`;

let receiver: OtlpReceiver;
let data: ReturnType<typeof createDataDirectory>;
let server: ServerProcess | undefined;

beforeEach(async () => {
  data = createDataDirectory();
  receiver = await startOtlpReceiver();
});

afterEach(async () => {
  await server?.kill();
  server = undefined;
  await receiver.close();
  data.remove();
});

async function start(environment: Record<string, string>): Promise<ServerProcess> {
  server = await startServer(join(data.path, 'data'), {
    INSTANCE_ID: 'mill-1',
    EVALUATOR_THREADS: '1',
    ...environment,
  });
  return server;
}

function metricsOn(intervalMs = 60_000): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.metricsEndpoint,
    OTEL_METRIC_EXPORT_INTERVAL: String(intervalMs),
  };
}

function tracesOn(sampler: string, ratio = '1'): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesEndpoint,
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  };
}

async function runJob(url: string, text = upload): Promise<void> {
  const { status, body } = await postJob(url, text);
  assert.equal(status, 201);
  const job = await waitForJob(url, body.id);
  assert.equal(job.completed, job.operations);
}

function valuesOf(points: readonly ReceivedPoint[], attribute: string): Record<string, number> {
  return Object.fromEntries(points.map(({ attributes, value }) => [attributes[attribute], value]));
}

describe('metrics', () => {
  it('are exact, and the last of them come at the stop', async () => {
    const mill = await start(metricsOn());
    await runJob(mill.url);
    assert.equal(receiver.requests, 0);
    assert.equal(await mill.stop(), 0);

    assert.deepEqual(valuesOf(receiver.points('mathmill.chunks'), 'state'), {
      accepted: chunks,
      sent: chunks,
      resent: 0,
      recorded: chunks,
      duplicate: 0,
      gone: 0,
    });
    assert.deepEqual(valuesOf(receiver.points('mathmill.operations.evaluated'), 'outcome'), {
      RESULT: lines,
      DIV0: 1,
      EMPTY: 1,
      UNKNOWN: 1,
    });
    assert.deepEqual(valuesOf(receiver.points('mathmill.jobs'), 'state'), {
      accepted: 1,
      taken_over: 0,
      completed: 1,
      cancelled: 0,
    });
    const [duration] = receiver.points('mathmill.job.duration');
    assert.deepEqual([duration?.attributes, duration?.value, duration?.unit], [{ size: 'medium' }, 1, 's']);
    assert.deepEqual(
      receiver.points('mathmill.jobs.last_progress.age').map(({ value }) => value),
      [0],
    );
    assert.equal(receiver.points('mathmill.upload.size')[0]?.value, upload.length);
    assert.equal(receiver.points('mathmill.jobs.active')[0]?.value, 0);
    const uploads = receiver
      .points('http.server.request.duration')
      .filter(({ attributes }) => attributes['http.route'] === '/api/jobs');
    assert.deepEqual(
      uploads.map(({ value, unit, attributes }) => [value, unit, attributes['http.response.status_code']]),
      [[1, 's', '201']],
    );
    const resource = receiver.points('mathmill.jobs')[0]?.resource;
    assert.equal(resource?.['service.name'], 'standalone');
    assert.equal(resource?.['service.instance.id'], 'mill-1');
    assert.equal(resource['service.version'], readPackageVersion());
    assert.match(readPackageVersion(), /^\d+\.\d+\.\d+/);
  });

  it('say what the operator says of the process, its version too', async () => {
    const attributes = 'deployment.environment.name=test,service.version=1.2.3-image';
    const mill = await start({ ...metricsOn(), OTEL_RESOURCE_ATTRIBUTES: attributes });
    assert.equal(await mill.stop(), 0);
    const resource = receiver.points('mathmill.jobs')[0]?.resource;
    assert.equal(resource?.['deployment.environment.name'], 'test');
    assert.equal(resource['service.version'], '1.2.3-image');
  });

  it('come at the interval that was set', async () => {
    await start(metricsOn(1_000));
    await receiver.until(() => receiver.metricTimes.length >= 4);
    const gaps = receiver.metricTimes.slice(1).map((time, index) => time - (receiver.metricTimes[index] ?? 0));
    // A busy machine delays an export, and the next one comes the sooner for it: the mean shows the interval.
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    assert.ok(mean > 700 && mean < 3_000, `${gaps.map(Math.round).join(', ')} ms`);
  });

  it('can be scraped, without any endpoint', async () => {
    const mill = await start({});
    await runJob(mill.url);
    const answer = await fetch(`${mill.url}/metrics`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    assert.match(text, new RegExp(`^mathmill_chunks_total\\{state="recorded"\\} ${chunks}$`, 'm'));
    assert.match(text, /^# TYPE http_server_request_duration_seconds histogram$/m);
    assert.match(text, /^mathmill_ready\{part="store"\} 1\nmathmill_ready\{part="bus"\} 1$/m);
    const space = (name: string): number =>
      Number(new RegExp(`^mathmill_store_${name}_bytes (\\d+)$`, 'm').exec(text)?.[1]);
    assert.ok(space('size') > 20_000 && space('size') < 100_000_000, text);
    assert.ok(space('free') > space('reserved'), text);
    assert.equal(space('reserved'), 64 * 1_024 * 1_024);
    assert.match(text, /^http_server_request_duration_seconds_bucket\{.*http_route="\/api\/jobs".*le="\+Inf"\} 1$/m);
  });
});

describe('traces', () => {
  it('are one from the request to the last outcome', async () => {
    const mill = await start(tracesOn('always_on'));
    await runJob(mill.url);
    assert.equal(await mill.stop(), 0);
    const root = receiver.spans.find(({ name }) => name === 'POST /api/jobs');
    assert.ok(root);
    assert.equal(root.parentSpanId, '');
    const ofTrace = receiver.spans.filter(({ traceId }) => traceId === root.traceId);
    const ids = new Set(ofTrace.map(({ spanId }) => spanId));
    for (const { name, parentSpanId } of ofTrace.filter((span) => span !== root))
      assert.ok(ids.has(parentSpanId), name);
    const count = (name: string): number => ofTrace.filter((span) => span.name === name).length;
    assert.equal(count('receive job'), 1);
    assert.equal(count('evaluate chunk'), chunks);
    assert.ok(count('dispatch chunks') >= 1);
    const links = ofTrace.filter(({ name }) => name === 'record outcomes').flatMap((span) => span.links);
    assert.equal(links.length, chunks);
    assert.ok(links.every(({ spanId }) => ids.has(spanId)));
  });

  it('go on from the caller, if it is traced', async () => {
    const mill = await start(tracesOn('parentbased_always_off'));
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await postJob(mill.url, '1 + 2\n', { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    await postJob(mill.url, '1 + 2\n');
    assert.equal(await mill.stop(), 0);
    assert.deepEqual(new Set(receiver.spans.map((span) => span.traceId)), new Set([traceId]));
    assert.ok(receiver.spans.some(({ name }) => name === 'POST /api/jobs'));
  });

  const ratios = [
    ['0', 0, 0],
    // 400 requests at a tenth: outside of this the chance is below one in a hundred million.
    ['0.1', 9, 80],
    ['1', 400, 400],
  ] as const;
  for (const [ratio, min, max] of ratios) {
    it(`are recorded for a share of ${ratio}`, async () => {
      const mill = await start(tracesOn('parentbased_traceidratio', ratio));
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${mill.url}/api/functions`)));
        await Promise.all(answers.map((answer) => answer.arrayBuffer()));
      }
      assert.equal(await mill.stop(), 0);
      const roots = receiver.spans.filter(({ name }) => name === 'GET /api/functions').length;
      assert.ok(roots >= min && roots <= max, `${roots} of 400`);
    });
  }

  it('are off by default', async () => {
    const mill = await start({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesEndpoint });
    await runJob(mill.url, '1 + 2\n');
    assert.equal(await mill.stop(), 0);
    assert.equal(receiver.requests, 0);
  });

  it('are named in the log', async () => {
    const mill = await start({ ...tracesOn('always_on'), LOG_LEVEL: 'debug' });
    await runJob(mill.url, '1 + 2\n');
    assert.equal(await mill.stop(), 0);
    const root = receiver.spans.find(({ name }) => name === 'POST /api/jobs');
    assert.match(
      mill.output(),
      new RegExp(`"trace_id":"${root?.traceId}","span_id":"${root?.spanId}".*"msg":"request"`),
    );
  });
});

describe('telemetry that is disabled', () => {
  it('sends nothing and offers nothing', async () => {
    const mill = await start({ ...metricsOn(1_000), ...tracesOn('always_on'), OTEL_SDK_DISABLED: 'true' });
    await runJob(mill.url);
    assert.equal((await fetch(`${mill.url}/metrics`)).status, 404);
    assert.equal(await mill.stop(), 0);
    assert.equal(receiver.requests, 0);
  });
});

describe('an outage of the receiver', () => {
  const kinds = ['refuses', 'hangs', 'fails'] as const;
  for (const kind of kinds) {
    it(`that ${kind} touches no job and is told once`, async () => {
      if (kind === 'refuses') await receiver.close();
      if (kind === 'hangs') receiver.behaviour = 'hang';
      if (kind === 'fails') receiver.behaviour = 500;
      const mill = await start({ ...metricsOn(200), ...tracesOn('always_on') });
      const warning = (signal: string): string[] =>
        mill
          .output()
          .split('\n')
          .filter((line) => line.includes(`${signal} cannot be sent`));
      // Jobs go on while sendings fail.
      while (warning('metrics').length === 0) await runJob(mill.url, '1 + 2\n'.repeat(600));
      for (let more = 0; more < 5; more += 1) await runJob(mill.url);
      assert.equal(await mill.stop(), 0);
      assert.equal(warning('metrics').length, 1, mill.output());
      assert.ok(warning('traces').length <= 1, mill.output());
    });
  }

  it('is told when it is over, and loses no count', async () => {
    receiver.behaviour = 500;
    const mill = await start({ ...metricsOn(200), LOG_LEVEL: 'info' });
    await runJob(mill.url);
    await receiver.until(() => receiver.metricTimes.length >= 2);
    receiver.behaviour = 200;
    await receiver.until(() => valuesOf(receiver.points('mathmill.chunks'), 'state')['recorded'] === chunks);
    assert.equal(await mill.stop(), 0);
    assert.match(mill.output(), /metrics arrive again/);
  });
});
