/** Queries of tests to a real Prometheus and a real Jaeger. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface JaegerSpan {
  readonly name: string;
  readonly spanId: string;
  /** Empty for a root. Of a span that is linked to its parent too, Jaeger tells only the links: then the first of them. */
  readonly parentSpanId: string;
  readonly links: readonly string[];
  readonly service: string;
  readonly tags: Readonly<Record<string, unknown>>;
}

export interface JaegerTrace {
  readonly traceId: string;
  readonly spans: readonly JaegerSpan[];
}

const pollMs = 200;
const queryTimeoutMs = 60_000;

/** The samples of an instant vector, as `/api/v1/query` answers them. */
export async function queryPrometheus(url: string, query: string): Promise<readonly Sample[]> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
  const body = (await answer.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data?: {
      readonly resultType: string;
      readonly result: readonly { metric: Record<string, string>; value: [number, string] }[];
    };
  };
  assert.equal(body.status, 'success', `${query}: ${body.error}`);
  assert.equal(body.data?.resultType, 'vector', query);
  return body.data.result.map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }));
}

/** The newest traces of a service, at most `limit`. */
export async function findTraces(url: string, service: string, limit = 1_000): Promise<readonly JaegerTrace[]> {
  const parameters = new URLSearchParams({ service, limit: String(limit), lookback: '1h' });
  const answer = await fetch(`${url}/api/traces?${parameters.toString()}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  const { data } = (await answer.json()) as { readonly data: readonly JaegerTraceJson[] | null };
  return (data ?? []).map(readTrace);
}

export async function findServices(url: string): Promise<readonly string[]> {
  const { data } = (await (await fetch(`${url}/api/services`)).json()) as { readonly data: readonly string[] | null };
  return data ?? [];
}

/** Telemetry arrives with a delay: repeats the query until its answer is right, and fails with the last one. */
export async function askUntil<Answer>(
  ask: () => Promise<Answer>,
  isRight: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = performance.now() + queryTimeoutMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    assert.ok(performance.now() < deadline, `still ${inspect(answer).slice(0, 2_000)}`);
    await sleep(pollMs);
  }
}

interface JaegerTraceJson {
  readonly traceID: string;
  readonly spans: readonly {
    readonly operationName: string;
    readonly spanID: string;
    readonly processID: string;
    readonly references: readonly { readonly refType: string; readonly spanID: string }[];
    readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  }[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

function readTrace({ traceID, spans, processes }: JaegerTraceJson): JaegerTrace {
  return {
    traceId: traceID,
    spans: spans.map(({ operationName, spanID, processID, references, tags }) => ({
      name: operationName,
      spanId: spanID,
      parentSpanId: (references.find(({ refType }) => refType === 'CHILD_OF') ?? references[0])?.spanID ?? '',
      links: references.filter(({ refType }) => refType === 'FOLLOWS_FROM').map((reference) => reference.spanID),
      service: processes[processID]?.serviceName ?? '',
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    })),
  };
}
