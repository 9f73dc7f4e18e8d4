/** Jaeger, which takes traces by OTLP and keeps them in memory: a stop forgets them. */
import { join } from 'node:path';

import { findFreePorts } from './free-ports.ts';
import { installJaeger } from './install-jaeger.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';

export interface JaegerPorts {
  /** Of the API that pages and scripts use. */
  readonly query: number;
  /** Of the same API for programs that speak gRPC. Nothing here does, and the port cannot be turned off. */
  readonly queryGrpc: number;
  readonly otlp: number;
  readonly health: number;
}

export interface JaegerOptions {
  /** Keeps the log. */
  readonly directory: string;
  /** Free ones when absent. */
  readonly ports?: JaegerPorts;
  readonly report?: (message: string) => void;
}

export interface Jaeger extends ManagedProcess {
  readonly ports: JaegerPorts;
  /** Such as `http://127.0.0.1:16686`. */
  readonly url: string;
  /** The value of `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` for applications. */
  readonly tracesEndpoint: string;
}

const host = '127.0.0.1';
const shippedConfigFile = join(import.meta.dirname, '..', 'jaeger', 'jaeger.yaml');
const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const probeTimeoutMs = 2_000;

/** A server that runs and dies with this process. */
export async function startJaeger(options: JaegerOptions): Promise<Jaeger> {
  const server = createJaeger({ ...options, ports: options.ports ?? (await findFreeJaegerPorts()), isKept: false });
  await server.start();
  return server;
}

/** A server that does not run yet, or that an earlier process kept. */
export function createJaeger(
  options: JaegerOptions & { readonly ports: JaegerPorts; readonly isKept: boolean },
): Jaeger {
  const { directory, ports, report = () => undefined } = options;
  const server = createManagedProcess({
    name: 'jaeger',
    directory,
    ports: Object.values(ports) as number[],
    isKept: options.isKept,
    prepare: async () => ({ command: await installJaeger(report), arguments: createArguments(ports) }),
    isReady: () => isReady(ports),
    startTimeoutMs,
    stopTimeoutMs,
  });
  const url = `http://${host}:${ports.query}`;
  return Object.assign(server, { ports, url, tracesEndpoint: `http://${host}:${ports.otlp}/v1/traces` });
}

async function findFreeJaegerPorts(): Promise<JaegerPorts> {
  const [query = 0, queryGrpc = 0, otlp = 0, health = 0] = await findFreePorts(4);
  return { query, queryGrpc, otlp, health };
}

/** The shipped file is for a container of its own: only where it listens is another thing here. */
function createArguments({ query, queryGrpc, otlp, health }: JaegerPorts): string[] {
  return [
    `--config=${shippedConfigFile}`,
    `--set=extensions.jaeger_query.http.endpoint=${host}:${query}`,
    `--set=extensions.jaeger_query.grpc.endpoint=${host}:${queryGrpc}`,
    `--set=extensions.healthcheckv2.http.endpoint=${host}:${health}`,
    `--set=receivers.otlp.protocols.http.endpoint=${host}:${otlp}`,
    // Its own metrics would take one more port.
    '--set=service.telemetry.metrics.level=none',
    '--set=service.telemetry.logs.level=warn',
  ];
}

async function isReady({ health }: JaegerPorts): Promise<boolean> {
  const response = await fetch(`http://${host}:${health}/status`, { signal: AbortSignal.timeout(probeTimeoutMs) });
  await response.body?.cancel();
  return response.ok;
}
