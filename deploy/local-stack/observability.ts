/** Prometheus and Jaeger together, and what applications must be told to send to them. */
import { join } from 'node:path';

import { createJaeger, type Jaeger, type JaegerPorts } from './jaeger.ts';
import { createPrometheus, type Prometheus } from './prometheus.ts';

export interface ObservabilityOptions {
  /** Gets a folder for each. */
  readonly directory: string;
  readonly prometheusPort: number;
  readonly jaegerPorts: JaegerPorts;
  readonly isKept: boolean;
  readonly report?: (message: string) => void;
}

export interface Observability {
  readonly prometheus: Prometheus;
  readonly jaeger: Jaeger;
  /** For applications. Which traces are recorded is for the caller to say; by default none are. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Servers that do not run yet, or that an earlier process kept. */
export function createObservability(options: ObservabilityOptions): Observability {
  const { directory, prometheusPort, jaegerPorts, ...common } = options;
  const prometheus = createPrometheus({ ...common, directory: join(directory, 'prometheus'), port: prometheusPort });
  const jaeger = createJaeger({ ...common, directory: join(directory, 'jaeger'), ports: jaegerPorts });
  return {
    prometheus,
    jaeger,
    environment: {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: prometheus.metricsEndpoint,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: jaeger.tracesEndpoint,
    },
  };
}
