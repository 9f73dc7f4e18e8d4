/** Prometheus, which takes metrics by OTLP. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { findFreePorts } from './free-ports.ts';
import { installPrometheus } from './install-prometheus.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';

export interface PrometheusOptions {
  /** Keeps data and log; a second start in the same folder finds the same series. */
  readonly directory: string;
  /** A free one when absent. */
  readonly port?: number;
  /** The shipped one when absent. Names of rule files in it are relative to it. */
  readonly configFile?: string;
  readonly report?: (message: string) => void;
}

export interface Prometheus extends ManagedProcess {
  readonly port: number;
  /** Of the HTTP API, such as `http://127.0.0.1:9090`. */
  readonly url: string;
  /** The value of `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` for applications. */
  readonly metricsEndpoint: string;
}

const host = '127.0.0.1';
const shippedConfigFile = join(import.meta.dirname, '..', 'prometheus', 'prometheus.yml');
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const probeTimeoutMs = 2_000;

/** A server that runs and dies with this process. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const [port = 0] = options.port === undefined ? await findFreePorts(1) : [options.port];
  const server = createPrometheus({ ...options, port, isKept: false });
  await server.start();
  return server;
}

/** A server that does not run yet, or that an earlier process kept. */
export function createPrometheus(
  options: PrometheusOptions & { readonly port: number; readonly isKept: boolean },
): Prometheus {
  const { directory, port, configFile = shippedConfigFile, report = () => undefined } = options;
  const url = `http://${host}:${port}`;
  const server = createManagedProcess({
    name: 'prometheus',
    directory,
    ports: [port],
    isKept: options.isKept,
    prepare: async () => {
      const data = join(directory, 'data');
      await mkdir(data, { recursive: true });
      const { prometheus } = await installPrometheus(report);
      return {
        command: prometheus,
        arguments: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${data}`,
          `--web.listen-address=${host}:${port}`,
          '--web.enable-otlp-receiver',
          '--log.level=warn',
        ],
      };
    },
    isReady: () => isReady(url),
    startTimeoutMs,
    stopTimeoutMs,
  });
  return Object.assign(server, { port, url, metricsEndpoint: `${url}/api/v1/otlp/v1/metrics` });
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(probeTimeoutMs) });
  await response.body?.cancel();
  return response.ok;
}
