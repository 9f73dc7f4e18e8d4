/** A receiver of OTLP over HTTP that keeps what it is sent, and can be made to refuse, to fail and to hang. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { Message } from './protobuf.ts';

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedPoint {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly attributes: Attributes;
  /** Of a histogram: how many values. */
  readonly value: number;
  readonly isMonotonic: boolean;
  readonly resource: Attributes;
}

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly resource: Attributes;
}

/** `hang`: requests are never answered. A number: they are, with that status. */
export type Behaviour = 'hang' | number;

export interface OtlpReceiver {
  readonly port: number;
  readonly tracesEndpoint: string;
  readonly metricsEndpoint: string;
  behaviour: Behaviour;
  /** Requests of both kinds, whatever became of them. */
  readonly requests: number;
  /** Requests that were under way at once, at most. */
  readonly openMax: number;
  /** When each metric request came, by `performance.now()`. */
  readonly metricTimes: readonly number[];
  readonly spans: readonly ReceivedSpan[];
  /** The newest points, one for each series of each instance. */
  points(name: string): readonly ReceivedPoint[];
  /** Resolves when the condition holds; it is asked again after each request. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** On a free port unless one is given, such as that of a receiver that was closed. */
export async function startOtlpReceiver(wantedPort = 0): Promise<OtlpReceiver> {
  const points = new Map<string, ReceivedPoint>();
  const spans: ReceivedSpan[] = [];
  const metricTimes: number[] = [];
  const waiting = new Set<() => void>();
  let requests = 0;
  let open = 0;
  let openMax = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    requests += 1;
    if (request.url === '/v1/metrics') metricTimes.push(performance.now());
    if (receiver.behaviour === 200) {
      if (request.url === '/v1/traces') spans.push(...readSpans(body));
      for (const point of request.url === '/v1/metrics' ? readPoints(body) : []) points.set(seriesOf(point), point);
    }
    if (receiver.behaviour !== 'hang') {
      response.writeHead(receiver.behaviour, { 'content-type': 'application/x-protobuf' }).end();
    }
    for (const look of waiting) look();
  }

  const server = createServer((request, response) => {
    open += 1;
    openMax = Math.max(openMax, open);
    response.once('close', () => void (open -= 1));
    receive(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  const receiver: OtlpReceiver = {
    port,
    tracesEndpoint: `${origin}/v1/traces`,
    metricsEndpoint: `${origin}/v1/metrics`,
    behaviour: 200,
    get requests() {
      return requests;
    },
    get openMax() {
      return openMax;
    },
    metricTimes,
    spans,
    points: (name) => Array.from(points.values()).filter((point) => point.name === name),
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

function seriesOf({ name, attributes, resource }: ReceivedPoint): string {
  return JSON.stringify([name, attributes, resource['service.name'], resource['service.instance.id']]);
}

function readAttributes(owner: Message, field: number): Attributes {
  return Object.fromEntries(
    owner.messages(field).map((pair) => {
      const value = pair.message(2);
      if (value.has(1)) return [pair.text(1), value.text(1)];
      if (value.has(3)) return [pair.text(1), value.whole(3)];
      return [pair.text(1), value.has(4) ? value.double(4) : value.whole(2) === 1];
    }),
  );
}

/** By opentelemetry/proto/metrics/v1/metrics.proto. */
function readPoints(body: Uint8Array): ReceivedPoint[] {
  return new Message(body).messages(1).flatMap((ofResource) => {
    const resource = readAttributes(ofResource.message(1), 1);
    return ofResource
      .messages(2)
      .flatMap((scope) => scope.messages(2).flatMap((metric) => readMetric(metric, resource)));
  });
}

function readMetric(metric: Message, resource: Attributes): ReceivedPoint[] {
  const kind = metric.has(9) ? 'histogram' : metric.has(7) ? 'sum' : 'gauge';
  const data = metric.message({ gauge: 5, sum: 7, histogram: 9 }[kind]);
  return data.messages(1).map((point) => ({
    name: metric.text(1),
    unit: metric.text(3),
    kind,
    attributes: readAttributes(point, kind === 'histogram' ? 9 : 7),
    value: kind === 'histogram' ? point.whole(4) : point.has(4) ? point.double(4) : point.signed(6),
    isMonotonic: kind === 'sum' && data.whole(3) === 1,
    resource,
  }));
}

/** By opentelemetry/proto/trace/v1/trace.proto. */
function readSpans(body: Uint8Array): ReceivedSpan[] {
  return new Message(body).messages(1).flatMap((ofResource) => {
    const resource = readAttributes(ofResource.message(1), 1);
    return ofResource.messages(2).flatMap((scope) =>
      scope.messages(2).map((span) => ({
        name: span.text(5),
        traceId: span.hex(1),
        spanId: span.hex(2),
        parentSpanId: span.hex(4),
        kind: span.whole(6),
        attributes: readAttributes(span, 9),
        links: span.messages(13).map((link) => ({ traceId: link.hex(1), spanId: link.hex(2) })),
        resource,
      })),
    );
  });
}
