/** Requests to the HTTP API: how long they took, and the spans at which traces begin. */
import type { IncomingMessage } from 'node:http';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { RequestObserver } from '../http/index.ts';
import { otherValue, type AttributesOf } from './contract.ts';
import type { Instruments } from './instruments.ts';

type Method = AttributesOf<'http.server.request.duration'>['http.request.method'];

const methods: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
] satisfies Method[];
/** Asked every few seconds by machines. */
const untracedRoutes = new Set<string | undefined>(['/health', '/health/ready', '/metrics']);

export function createRequestObserver(
  instruments: Instruments | undefined,
  tracer: Tracer | undefined,
): RequestObserver {
  const duration = instruments?.histogram('http.server.request.duration');
  const traces = tracer === undefined ? undefined : createRequestTraces(tracer);
  return {
    begin(request, route, proceed) {
      if (traces === undefined || untracedRoutes.has(route)) proceed();
      else traces.begin(request, route, proceed);
    },
    end(request, finished) {
      duration?.record(finished.seconds, {
        'http.request.method': toMethod(finished.method),
        'http.route': finished.route ?? otherValue,
        'http.response.status_code': String(finished.status),
        'url.scheme': 'http',
      });
      traces?.end(request, finished);
    },
  };
}

function createRequestTraces(tracer: Tracer): RequestObserver {
  const spans = new WeakMap<IncomingMessage, Span>();
  return {
    begin(request, route, proceed) {
      const method = toMethod(request.method ?? '');
      const attributes = { 'http.request.method': method, 'url.scheme': 'http', ...(route && { 'http.route': route }) };
      const name = route === undefined ? method : `${method} ${route}`;
      const parent = propagation.extract(ROOT_CONTEXT, request.headers);
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
      if (span.isRecording()) spans.set(request, span);
      context.with(trace.setSpan(parent, span), proceed);
    },
    end(request, { status, isComplete }) {
      const span = spans.get(request);
      if (span === undefined) return;
      spans.delete(request);
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) {
        span.setAttribute('error.type', String(status));
        span.setStatus({ code: SpanStatusCode.ERROR });
      } else if (!isComplete) {
        span.setAttribute('error.type', 'client_gone');
      }
      span.end();
    },
  };
}

function toMethod(method: string): Method {
  return (methods.includes(method) ? method : otherValue) as Method;
}
