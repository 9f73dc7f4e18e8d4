/**
 * The text form in which Prometheus scrapes metrics (version 0.0.4), made from what the SDK collected: the same names and
 * values that arrive by OTLP.
 */
import type { Attributes } from '@opentelemetry/api';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { MetricDefinition } from './contract.ts';
import { toPrometheusLabel, toPrometheusName } from './prometheus-names.ts';

export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8';

export function writeExposition({ scopeMetrics }: ResourceMetrics): string {
  const lines = scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(writeMetric));
  return `${lines.join('\n')}\n`;
}

function writeMetric(metric: MetricData): string[] {
  const { descriptor } = metric;
  const instrument = instrumentOf(metric);
  const name = toPrometheusName(descriptor.name, { instrument, unit: descriptor.unit });
  const help = descriptor.description.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${instrument}`, ...writePoints(name, metric)];
}

function instrumentOf(metric: MetricData): MetricDefinition['instrument'] {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return 'histogram';
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic ? 'counter' : 'gauge';
}

function writePoints(name: string, metric: MetricData): string[] {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return metric.dataPoints.map(({ attributes, value }) => writeSample(name, attributes, value));
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.flatMap(({ attributes, value: { buckets, sum = 0, count } }) => {
        let below = 0;
        const bounds = [...buckets.boundaries, Infinity].map((bound, index) => {
          below += buckets.counts[index] ?? 0;
          return writeSample(`${name}_bucket`, { ...attributes, le: writeNumber(bound) }, below);
        });
        return [
          ...bounds,
          writeSample(`${name}_sum`, attributes, sum),
          writeSample(`${name}_count`, attributes, count),
        ];
      });
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      // No metric definition is one.
      return [];
  }
}

function writeSample(name: string, attributes: Attributes, value: number): string {
  const labels = Object.entries(attributes).map(
    ([key, text]) => `${toPrometheusLabel(key)}="${escapeLabel(String(text))}"`,
  );
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${writeNumber(value)}`;
}

function escapeLabel(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}

function writeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
