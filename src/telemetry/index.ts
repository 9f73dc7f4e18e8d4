/** Metrics, traces and logs: the only folder that knows the SDK of OpenTelemetry. */
export type { BusReading, MeasurableBus, TopicCounts, UsedTopics } from './bus-metrics.ts';
export { describeMetric, metricContract, type AttributeValues, type MetricName } from './contract.ts';
export { toPrometheusLabel, toPrometheusName, toSeriesNames } from './prometheus-names.ts';
export { createLogger } from './logger.ts';
export type { TelemetrySettings } from './settings.ts';
export { createTelemetry, type Telemetry } from './telemetry.ts';
