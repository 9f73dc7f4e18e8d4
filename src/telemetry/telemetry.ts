/**
 * The telemetry of a process: decided once, at its start. What is turned off is not made, so that it costs nothing: the
 * observers that the parts are given are then no-ops.
 */
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  noopObserver,
  type EngineObserver,
  type FailingPart,
  type Load,
  type Logger,
  type Service,
} from '../engine/index.ts';
import type { MetricsPage, RequestObserver } from '../http/index.ts';
import { readPackageVersion } from '../package-version.ts';
import { observeBudgets, type ReadBudgets } from './budget-metrics.ts';
import { observeBus, type MeasurableBus, type UsedTopics } from './bus-metrics.ts';
import type { Application, AttributesOf } from './contract.ts';
import { createEngineMetrics, createEvaluationMetrics, observeLoad } from './engine-metrics.ts';
import { createEngineTraces } from './engine-traces.ts';
import { createRequestObserver } from './http-observer.ts';
import { combineObservers } from './combine-observers.ts';
import { startMetrics, type Metrics } from './metrics.ts';
import { observeReadiness, type CheckedPartName } from './readiness-metrics.ts';
import { observeRuntime } from './runtime-metrics.ts';
import type { TelemetrySettings } from './settings.ts';
import { observeStoreSpace, type StoreSpace } from './store-metrics.ts';
import { startTraces } from './traces.ts';

/** Timeout of the last export at a stop; an endpoint that does not respond delays the stop no longer. */
const flushMs = 3_000;

type EvaluatorFailure = AttributesOf<'mathmill.evaluator.failures'>['kind'];

const evaluatorFailures = {
  threadLost: 'thread_lost',
  processLost: 'process_lost',
  startFailed: 'start_failed',
  lineAborted: 'line_aborted',
} as const satisfies Record<string, EvaluatorFailure>;

/** `isRejected`: in vain; the message is handled again. */
export type HandlingObserver = (topic: string, seconds: number, isRejected: boolean) => void;

export interface Telemetry extends Service {
  /** For the engine and for the Evaluator. */
  readonly engineObserver: EngineObserver;
  /** For the HTTP server; undefined without telemetry. */
  readonly requestObserver: RequestObserver | undefined;
  /** The page of `GET /metrics`; undefined where it is not offered. */
  readonly metricsPage: MetricsPage | undefined;
  /** The evaluator lost a thread or a process, could not start one, or gave up an operation. */
  noteEvaluatorFailure(kind: keyof typeof evaluatorFailures): void;
  /** `parts`: those that `check` looks at. */
  observeReadiness(parts: readonly CheckedPartName[], check: () => Promise<readonly FailingPart[]>): void;
  observeStoreSpace(read: () => StoreSpace): void;
  observeLoad(read: () => Load): void;
  observeBudgets(read: ReadBudgets): void;
  observeBus(bus: MeasurableBus, topics: UsedTopics): void;
  /** Called for each message of the bus that was handled; undefined without telemetry. */
  observeHandling(): HandlingObserver | undefined;
}

/** To be made before the parts that it observes, and stopped after them: its stop sends what is left. */
export function createTelemetry(logger: Logger, application: Application, settings: TelemetrySettings): Telemetry {
  if (settings.isTelemetryDisabled) return silentTelemetry;
  // The SDK reports every failed export; the outage log of the exporters is enough.
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
  return { ...noopObserver, ...createEvaluationMetrics(instruments) };
}

function combine(outer: EngineObserver | undefined, inner: EngineObserver | undefined): EngineObserver {
  if (outer === undefined || inner === undefined) return outer ?? inner ?? noopObserver;
  return combineObservers(outer, inner);
}

/** The members that only metrics use. */
type MetricSources = Omit<
  Telemetry,
  'engineObserver' | 'requestObserver' | 'metricsPage' | Extract<keyof Service, string>
>;

function createParts(metrics: Metrics | undefined): MetricSources {
  if (metrics === undefined) return silentTelemetry;
  const { instruments } = metrics;
  const failures = instruments.counter('mathmill.evaluator.failures');
  const repairs = instruments.counter('mathmill.evaluator.repairs');
  return {
    noteEvaluatorFailure(kind) {
      const failure = evaluatorFailures[kind];
      failures.add(1, { kind: failure });
      repairs.add(1, { kind: failure === 'line_aborted' ? 'line_condemned' : failure });
    },
    observeReadiness: (parts, check) => observeReadiness(instruments, parts, check),
    observeStoreSpace: (read) => observeStoreSpace(instruments, read),
    observeLoad: (read) => observeLoad(instruments, read),
    observeBudgets: (read) => observeBudgets(instruments, read),
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
  engineObserver: noopObserver,
  requestObserver: undefined,
  metricsPage: undefined,
  noteEvaluatorFailure() {},
  observeReadiness() {},
  observeStoreSpace() {},
  observeLoad() {},
  observeBudgets() {},
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
