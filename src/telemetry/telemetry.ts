/**
 * The telemetry of a process: decided once, at its start. What is turned off is not made, so that it costs nothing: the
 * observers that the parts are given are then the silent ones.
 */
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { silentObserver, type EngineObserver, type Load, type Logger, type Service } from '../engine/index.ts';
import type { MetricsPage, RequestObserver } from '../http/index.ts';
import { readPackageVersion } from '../package-version.ts';
import { observeBus, type MeasurableBus, type UsedTopics } from './bus-metrics.ts';
import type { Application, AttributesOf } from './contract.ts';
import { createEngineMetrics, createEvaluationMetrics, observeLoad } from './engine-metrics.ts';
import { createEngineTraces } from './engine-traces.ts';
import { createRequestObserver } from './http-observer.ts';
import { joinObservers } from './join-observers.ts';
import { startMetrics, type Metrics } from './metrics.ts';
import { observeRuntime } from './runtime-metrics.ts';
import type { TelemetrySettings } from './settings.ts';
import { startTraces } from './traces.ts';

/** What the last export may take at a stop; an endpoint that does not answer holds nobody up for longer. */
const flushMs = 3_000;

type Repair = AttributesOf<'mathmill.evaluator.repairs'>['kind'];

const repairs = {
  threadLost: 'thread_lost',
  processLost: 'process_lost',
  startFailed: 'start_failed',
  lineCondemned: 'line_condemned',
} as const satisfies Record<string, Repair>;

/** `isRejected`: in vain; the message is handled again. */
export type HandlingObserver = (topic: string, seconds: number, isRejected: boolean) => void;

export interface Telemetry extends Service {
  /** For the engine and for the Evaluator. */
  readonly engineObserver: EngineObserver;
  /** For the HTTP server; undefined when nobody would listen. */
  readonly requestObserver: RequestObserver | undefined;
  /** What `GET /metrics` answers; undefined where it is not offered. */
  readonly metricsPage: MetricsPage | undefined;
  /** The evaluator had to repair something. */
  noteRepair(kind: keyof typeof repairs): void;
  observeLoad(read: () => Load): void;
  observeBus(bus: MeasurableBus, topics: UsedTopics): void;
  /** What to tell each message of the bus to that was handled; undefined when nobody would listen. */
  observeHandling(): HandlingObserver | undefined;
}

/** To be made before the parts that it observes, and stopped after them: its stop sends what is left. */
export function createTelemetry(logger: Logger, application: Application, settings: TelemetrySettings): Telemetry {
  if (settings.isTelemetryDisabled) return silentTelemetry;
  // The SDK tells of every failed export; the exporters' own outage log says what is worth saying.
  diag.setLogger(createDiagLogger(logger), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const resource = defaultResource().merge(
    resourceFromAttributes({
      // The operator may say otherwise, such as the version of an image.
      'service.version': readPackageVersion(),
      ...settings.resourceAttributes,
      'service.name': settings.serviceName,
      'service.instance.id': settings.instanceId,
    }),
  );
  const metrics = startMetrics(logger, settings, resource, { isScraped: application === 'standalone' });
  const traces = startTraces(logger, settings, resource);
  const endRuntime = metrics === undefined ? () => {} : observeRuntime(metrics.instruments);
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    const flushed = Promise.allSettled([metrics?.stop(), traces?.stop()]);
    await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, flushMs).unref())]);
    endRuntime();
    diag.disable();
  }

  const engineMetrics = metrics === undefined ? undefined : chooseEngineMetrics(metrics, application);
  const engineTraces = traces === undefined ? undefined : createEngineTraces(traces.tracer);
  return {
    engineObserver: combine(engineMetrics, engineTraces),
    requestObserver:
      metrics === undefined && traces === undefined
        ? undefined
        : createRequestObserver(metrics?.instruments, traces?.tracer),
    metricsPage: metrics?.page,
    ...createParts(metrics),
    async start() {},
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function chooseEngineMetrics({ instruments }: Metrics, application: Application): EngineObserver {
  if (application !== 'server-application') return createEngineMetrics(instruments);
  return { ...silentObserver, ...createEvaluationMetrics(instruments) };
}

function combine(outer: EngineObserver | undefined, inner: EngineObserver | undefined): EngineObserver {
  if (outer === undefined || inner === undefined) return outer ?? inner ?? silentObserver;
  return joinObservers(outer, inner);
}

function createParts(
  metrics: Metrics | undefined,
): Pick<Telemetry, 'noteRepair' | 'observeLoad' | 'observeBus' | 'observeHandling'> {
  if (metrics === undefined) return silentTelemetry;
  const { instruments } = metrics;
  const repaired = instruments.counter('mathmill.evaluator.repairs');
  return {
    noteRepair: (kind) => repaired.add(1, { kind: repairs[kind] }),
    observeLoad: (read) => observeLoad(instruments, read),
    observeBus: (bus, topics) => observeBus(instruments, bus, topics),
    observeHandling() {
      const duration = instruments.histogram('messaging.process.duration');
      return (topic, seconds, isRejected) =>
        duration.record(seconds, {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'process',
          'messaging.destination.name': topic,
          'error.type': isRejected ? 'rejected' : '',
        });
    },
  };
}

const silentTelemetry: Telemetry = {
  engineObserver: silentObserver,
  requestObserver: undefined,
  metricsPage: undefined,
  noteRepair() {},
  observeLoad() {},
  observeBus() {},
  observeHandling: () => undefined,
  async start() {},
  async stop() {},
};

function createDiagLogger(logger: Logger) {
  const say = (message: string, ...details: unknown[]): void =>
    logger.debug({ details: details.map(String) }, `OpenTelemetry: ${message}`);
  return { error: say, warn: say, info: say, debug: say, verbose: say };
}
