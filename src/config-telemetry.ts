/**
 * The settings of OpenTelemetry, by the names that OpenTelemetry gives them. Variables that are not listed here and that an
 * exporter reads on its own (`OTEL_EXPORTER_OTLP_HEADERS`, certificates, compression) work as its documentation says.
 */
import { hostname } from 'node:os';
import {
  readAttributes,
  readInstanceId,
  readServerUrl,
  readRatio,
  readText,
  readBoolean,
  readInteger,
  InvalidValue,
  type Variable,
} from './config-values.ts';

export const traceSamplers = [
  'always_off',
  'always_on',
  'traceidratio',
  'parentbased_always_off',
  'parentbased_always_on',
  'parentbased_traceidratio',
] as const;
export type TraceSampler = (typeof traceSamplers)[number];

/** A day: longer means nothing. */
const intervalMsLimit = 86_400_000;

function readSampler(text: string): TraceSampler {
  const sampler = traceSamplers.find((known) => known === text.toLowerCase());
  if (sampler !== undefined) return sampler;
  throw new InvalidValue(`must be one of ${traceSamplers.join(', ')}`);
}

/** The name of this instance; every process that serves has one. */
export const instanceVariables = {
  instanceId: {
    name: 'INSTANCE_ID',
    description:
      'Name of this instance in logs, in metrics (`service.instance.id`), in Kafka and at `GET /api/cluster`. Must be different for each instance, and the same after a restart.',
    unit: '',
    defaultText: 'the name of the host',
    fallback: () => hostname(),
    read: readInstanceId,
  },
} as const satisfies Record<string, Variable<unknown>>;

/** The row for the name of the service, which is another one for each application. */
function serviceName(application: string): Variable<string> {
  return {
    name: 'OTEL_SERVICE_NAME',
    description: 'Name of the service in traces and metrics.',
    unit: '',
    defaultText: 'the name of the application: standalone, client-application or server-application',
    fallback: () => application,
    read: readText,
  };
}

const signalVariables = {
  isTelemetryDisabled: {
    name: 'OTEL_SDK_DISABLED',
    description: 'Set to `true` to turn off all metrics and traces.',
    unit: '',
    defaultText: 'false',
    fallback: () => false,
    read: readBoolean,
  },
  tracesEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    description: 'Full URL that traces are sent to, by OTLP over HTTP. Without it, no traces are sent.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): URL | undefined => readServerUrl(text),
  },
  metricsEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
    description: 'Full URL that metrics are sent to, by OTLP over HTTP. Without it, no metrics are sent.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): URL | undefined => readServerUrl(text),
  },
  metricIntervalMs: {
    name: 'OTEL_METRIC_EXPORT_INTERVAL',
    description: 'How often metrics are sent.',
    unit: 'milliseconds',
    defaultText: '30,000',
    fallback: () => 30_000,
    read: (text) => readInteger(text, 100, intervalMsLimit),
  },
  metricTimeoutMs: {
    name: 'OTEL_METRIC_EXPORT_TIMEOUT',
    description: 'Timeout of one export of metrics; never longer than the interval.',
    unit: 'milliseconds',
    defaultText: '10,000',
    fallback: () => 10_000,
    read: (text) => readInteger(text, 100, intervalMsLimit),
  },
  tracesSampler: {
    name: 'OTEL_TRACES_SAMPLER',
    description: `Which traces are recorded: ${traceSamplers.join(', ')}.`,
    unit: '',
    defaultText: 'always_off',
    fallback: () => 'always_off',
    read: readSampler,
  },
  tracesSamplerRatio: {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    description: 'The share of traces that the samplers with `traceidratio` in their names record, from 0 to 1.',
    unit: '',
    defaultText: '1',
    fallback: () => 1,
    read: readRatio,
  },
  resourceAttributes: {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    description:
      'Further attributes of this process in traces and metrics, such as `deployment.environment.name=production`, separated by commas.',
    unit: '',
    defaultText: 'none',
    fallback: () => ({}),
    read: readAttributes,
  },
} as const satisfies Record<string, Variable<unknown>>;

export function telemetryVariables(application: string) {
  return { ...instanceVariables, serviceName: serviceName(application), ...signalVariables } as const;
}
