/** The SDK of metrics, put together from the settings. */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Logger } from '../engine/index.ts';
import type { MetricsPage } from '../http/index.ts';
import { expositionContentType, writeExposition } from './exposition.ts';
import { createInstruments, type Instruments } from './instruments.ts';
import { OutageLog, watchExports } from './outage-log.ts';
import type { TelemetrySettings } from './settings.ts';

/** Concurrent exports: one, and one that hangs. */
const exportsMax = 2;

export interface Metrics {
  readonly instruments: Instruments;
  /** The response to a scraper; undefined unless it is enabled. */
  readonly page: MetricsPage | undefined;
  stop(): Promise<void>;
}

export interface MetricsOptions {
  readonly isScraped: boolean;
}

/** Undefined if they would never be read. */
export function startMetrics(
  logger: Logger,
  settings: TelemetrySettings,
  resource: Resource,
  { isScraped }: MetricsOptions,
): Metrics | undefined {
  const { metricsEndpoint } = settings;
  if (metricsEndpoint === undefined && !isScraped) return undefined;
  const scraper = isScraped ? new Scraper() : undefined;
  const pusher = metricsEndpoint === undefined ? undefined : createPusher(logger, settings, metricsEndpoint);
  const readers = [scraper, pusher].filter((reader) => reader !== undefined);
  const provider = new MeterProvider({ resource, readers });
  return {
    instruments: createInstruments(provider.getMeter('mathmill')),
    page: scraper && { contentType: expositionContentType, write: () => scraper.write() },
    stop: () => provider.shutdown(),
  };
}

function createPusher(logger: Logger, settings: TelemetrySettings, endpoint: URL): MetricReader {
  const { metricIntervalMs, metricTimeoutMs } = settings;
  const timeoutMs = Math.min(metricTimeoutMs, metricIntervalMs);
  const exporter = new OTLPMetricExporter({
    url: endpoint.href,
    timeoutMillis: timeoutMs,
    concurrencyLimit: exportsMax,
  });
  watchExports(exporter, new OutageLog(logger, { signal: 'metrics', endpoint }));
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: metricIntervalMs,
    exportTimeoutMillis: timeoutMs,
  });
}

/** Collects on demand. */
class Scraper extends MetricReader {
  async write(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    return writeExposition(resourceMetrics);
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
