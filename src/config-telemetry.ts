/**
 * The settings of OpenTelemetry, by the names that OpenTelemetry gives them. What a list of Mathmill does not name here
 * and an exporter reads by itself (`OTEL_EXPORTER_OTLP_HEADERS`, certificates, compression) works as its documentation says.
 */
import { hostname } from 'node:os';
import {
  readAttributes,
  readInstanceId,
  readServerUrl,
  readShare,
  readText,
  readTruth,
  readWhole,
  Refusal,
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
  throw new Refusal(`must be one of ${traceSamplers.join(', ')}`);
}

/** What this instance is called; every process that serves has a name. */
export const instanceVariables = {
  instanceId: {
    name: 'INSTANCE_ID',
    description:
      'What this instance is called in logs, in metrics (`service.instance.id`) and by Kafka; each has another, and keeps it when it is started again.',
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
    description: 'What the service is called in traces and metrics.',
    unit: '',
    defaultText: 'the name of the application: standalone, client-application or server-application',
    fallback: () => application,
    read: readText,
  };
}

const signalVariables = {
  isTelemetryDisabled: {
    name: 'OTEL_SDK_DISABLED',
    description: 'Turns off metrics and traces altogether when it is `true`.',
    unit: '',
    defaultText: 'false',
    fallback: () => false,
    read: readTruth,
  },
  tracesEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    description: 'Where traces are sent by OTLP over HTTP, the whole address; none are sent without it.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): URL | undefined => readServerUrl(text),
  },
  metricsEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
    description: 'Where metrics are sent by OTLP over HTTP, the whole address; none are sent without it.',
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
    read: (text) => readWhole(text, 100, intervalMsLimit),
  },
  metricTimeoutMs: {
    name: 'OTEL_METRIC_EXPORT_TIMEOUT',
    description: 'How long one sending of metrics may take; never longer than the interval.',
    unit: 'milliseconds',
    defaultText: '10,000',
    fallback: () => 10_000,
    read: (text) => readWhole(text, 100, intervalMsLimit),
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
    read: readShare,
  },
  resourceAttributes: {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    description:
      'What else is said of this process in traces and metrics, such as `deployment.environment.name=production`, separated by commas.',
    unit: '',
    defaultText: 'none',
    fallback: () => ({}),
    read: readAttributes,
  },
} as const satisfies Record<string, Variable<unknown>>;

export function telemetryVariables(application: string) {
  return { ...instanceVariables, serviceName: serviceName(application), ...signalVariables } as const;
}
