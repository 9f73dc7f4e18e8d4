import type { TraceSampler } from '../config-telemetry.ts';

/** Settings of the telemetry of a process, part of the configuration of each application. */
export interface TelemetrySettings {
  readonly isTelemetryDisabled: boolean;
  readonly serviceName: string;
  readonly instanceId: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly tracesEndpoint: URL | undefined;
  readonly metricsEndpoint: URL | undefined;
  readonly metricIntervalMs: number;
  readonly metricTimeoutMs: number;
  readonly tracesSampler: TraceSampler;
  /** From 0 to 1. */
  readonly tracesSamplerRatio: number;
}
