/** The SDK of traces, put together from the settings. */
import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../engine/index.ts';
import { OutageLog, watchExports } from './outage-log.ts';
import type { TelemetrySettings } from './settings.ts';

/** Spans that wait to be sent; what comes above that is lost. About a kilobyte each. */
const spansWaitingMax = 8_192;
const spansPerExport = 512;
const exportEveryMs = 2_000;
const exportTimeoutMs = 10_000;

export interface Traces {
  readonly tracer: Tracer;
  stop(): Promise<void>;
}

/** Undefined where nothing could ever be recorded: then no part of the program does anything for traces. */
export function startTraces(logger: Logger, settings: TelemetrySettings, resource: Resource): Traces | undefined {
  const { tracesEndpoint, tracesSampler } = settings;
  if (tracesEndpoint === undefined || tracesSampler === 'always_off') return undefined;
  const exporter = new OTLPTraceExporter({ url: tracesEndpoint.href, timeoutMillis: exportTimeoutMs });
  watchExports(exporter, new OutageLog(logger, { signal: 'traces', endpoint: tracesEndpoint }));
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: spansWaitingMax,
    maxExportBatchSize: spansPerExport,
    scheduledDelayMillis: exportEveryMs,
    exportTimeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({ resource, sampler: createSampler(settings), spanProcessors: [processor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    tracer: provider.getTracer('mathmill'),
    async stop() {
      trace.disable();
      propagation.disable();
      context.disable();
      await provider.shutdown();
    },
  };
}

function createSampler({ tracesSampler, tracesSamplerRatio }: TelemetrySettings): Sampler {
  switch (tracesSampler) {
    case 'always_off':
      return new AlwaysOffSampler();
    case 'always_on':
      return new AlwaysOnSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(tracesSamplerRatio);
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracesSamplerRatio) });
  }
}
