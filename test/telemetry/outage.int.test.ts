/**
 * The permitted cost of an unavailable observability system: bounded memory, one warning, a moment at the stop, and no job.
 * A process that continues to send is tested in standalone.int.test.ts.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { trace, type Span } from '@opentelemetry/api';
import { createTelemetry, type Telemetry, type TelemetrySettings } from '../../src/telemetry/index.ts';
import { createDataDirectory, postJob, startServer, waitForJob } from '../e2e/server-process.ts';
import { startOtlpReceiver, type OtlpReceiver } from './otlp-receiver.ts';

/** By src/telemetry/traces.ts: the queue, and one export in progress. */
const spansKeptMax = 8_192 + 512;
const spansMade = 50_000;
const spansLater = 1_000;
/** By src/telemetry/metrics.ts. */
const exportsMax = 2;
/** By src/telemetry/telemetry.ts, and the delay that a busy machine adds. */
const flushMs = 3_000;
const delayMs = 2_500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let receiver: OtlpReceiver;
let telemetry: Telemetry | undefined;
let warnings: string[];

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  warnings = [];
});

afterEach(async () => {
  await telemetry?.stop();
  telemetry = undefined;
  await receiver.close();
});

const logger = {
  debug() {},
  info() {},
  warn: (_fields: object, message: string) => void warnings.push(message),
  error: (_fields: object, message: string) => void warnings.push(message),
};

function start(settings: Partial<TelemetrySettings>): Telemetry {
  telemetry = createTelemetry(logger, 'standalone', {
    isTelemetryDisabled: false,
    serviceName: 'standalone',
    instanceId: 'mill-1',
    resourceAttributes: {},
    tracesEndpoint: undefined,
    metricsEndpoint: undefined,
    metricIntervalMs: 3_600_000,
    metricTimeoutMs: 10_000,
    tracesSampler: 'always_on',
    tracesSamplerRatio: 1,
    ...settings,
  });
  return telemetry;
}

/** Spans that end at once, with pauses in which they could be sent; only telemetry refers to them from then on. */
async function makeSpans(name: string, count: number): Promise<readonly WeakRef<Span>[]> {
  const tracer = trace.getTracer('test');
  const made: WeakRef<Span>[] = [];
  while (made.length < count) {
    for (let more = 0; more < 500; more += 1) {
      const span = tracer.startSpan(name, { attributes: { number: made.length } });
      span.end();
      made.push(new WeakRef(span));
    }
    await nextTurn();
  }
  return made;
}

async function countKept(spans: readonly WeakRef<Span>[]): Promise<number> {
  // The target of a weak reference that was made or dereferenced stays until the turn is over.
  await nextTurn();
  collectGarbage();
  return spans.filter((span) => span.deref() !== undefined).length;
}

type Kind = 'refuses' | 'hangs' | 'fails';

async function breakReceiver(kind: Kind): Promise<void> {
  if (kind === 'hangs') receiver.behaviour = 'hang';
  else if (kind === 'fails') receiver.behaviour = 500;
  else await receiver.close();
}

/** Another process on the same port. */
async function replaceReceiver(): Promise<void> {
  await receiver.close();
  receiver = await startOtlpReceiver(receiver.port);
}

describe('spans that cannot be sent', () => {
  for (const kind of ['refuses', 'hangs', 'fails'] as const) {
    it(`because the receiver ${kind} take bounded memory, and later ones arrive`, async () => {
      start({ tracesEndpoint: new URL(receiver.tracesEndpoint) });
      await breakReceiver(kind);
      const early = await makeSpans('early', spansMade);
      const kept = await countKept(early);
      assert.ok(kept <= spansKeptMax, `${kept} of ${spansMade} are kept`);
      if (kind !== 'fails') assert.ok(kept > 0, 'nothing waits for the receiver to come back');

      await replaceReceiver();
      while ((await countKept(early)) > 0) await sleep(100);
      await makeSpans('later', spansLater);
      const count = (name: string): number => receiver.spans.filter((span) => span.name === name).length;
      await receiver.until(() => count('later') >= spansLater);
      assert.equal(count('later'), spansLater);
      assert.ok(count('early') <= kept);
      assert.ok(warnings.length <= 1, warnings.join('\n'));
    });
  }
});

describe('metrics that nobody takes', () => {
  it('are not sent again and again side by side', async () => {
    receiver.behaviour = 'hang';
    start({ metricsEndpoint: new URL(receiver.metricsEndpoint), metricIntervalMs: 100, tracesSampler: 'always_off' });
    await receiver.until(() => receiver.requests >= 10);
    assert.ok(receiver.openMax <= exportsMax, `${receiver.openMax} at once`);
    assert.deepEqual(warnings, ['metrics cannot be sent, retrying; jobs are not affected']);
  });
});

describe('a stop', () => {
  for (const kind of ['refuses', 'hangs'] as const) {
    it(`waits no longer than ${flushMs / 1_000} s for a receiver that ${kind}`, async () => {
      const { tracesEndpoint, metricsEndpoint } = receiver;
      const stopping = start({ tracesEndpoint: new URL(tracesEndpoint), metricsEndpoint: new URL(metricsEndpoint) });
      await breakReceiver(kind);
      await makeSpans('last', 5_000);
      const before = performance.now();
      await stopping.stop();
      const took = performance.now() - before;
      assert.ok(took < flushMs + delayMs, `${Math.round(took)} ms`);
    });
  }

  it('sends all that waits when there is a receiver', async () => {
    const stopping = start({ tracesEndpoint: new URL(receiver.tracesEndpoint) });
    await makeSpans('last', 2_000);
    await stopping.stop();
    assert.equal(receiver.spans.length, 2_000);
  });

  it('of a whole process ends with the telemetry, whatever connection is still open', async () => {
    receiver.behaviour = 'hang';
    const data = createDataDirectory();
    const mill = await startServer(join(data.path, 'data'), {
      EVALUATOR_THREADS: '1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesEndpoint,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.metricsEndpoint,
      OTEL_TRACES_SAMPLER: 'always_on',
    });
    try {
      await postJob(mill.url, '1 + 2\n');
      const before = performance.now();
      assert.equal(await mill.stop(), 0);
      const took = performance.now() - before;
      // A sending gives up after 10 s by itself.
      assert.ok(took < flushMs + 2 * delayMs, `${Math.round(took)} ms`);
      assert.ok(receiver.requests >= 2, 'the last of both was sent');
    } finally {
      await mill.kill();
      data.remove();
    }
  });
});

describe('a receiver whose host there is not', () => {
  it('touches no job, and is the only thing that is warned of, once for each signal', async () => {
    const data = createDataDirectory();
    const mill = await startServer(join(data.path, 'data'), {
      EVALUATOR_THREADS: '1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://receiver.invalid:4318/v1/traces',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://receiver.invalid:9090/v1/metrics',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_TRACES_SAMPLER: 'always_on',
    });
    const told = (): readonly string[] =>
      Array.from(mill.output().matchAll(/"msg":"([^"]+)"/g), ([, text = '']) => text);
    const isTold = (signal: string): boolean => told().some((text) => text.startsWith(`${signal} cannot be sent`));
    try {
      for (let jobs = 0; jobs < 3 || !isTold('metrics'); jobs += 1) {
        const { body } = await postJob(mill.url, '1 + 2\n'.repeat(1_000));
        const job = await waitForJob(mill.url, body.id);
        assert.equal(job.succeeded, 1_000);
      }
      assert.equal(await mill.stop(), 0);
      // The sending of traces is tried for longer before it is given up.
      assert.equal(told().length, isTold('traces') ? 2 : 1, mill.output());
    } finally {
      await mill.kill();
      data.remove();
    }
  });
});
