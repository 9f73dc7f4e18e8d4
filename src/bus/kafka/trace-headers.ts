/** Trace context in message headers, as W3C has it for HTTP. Without an OpenTelemetry SDK nothing is written or read. */
import { context, propagation, ROOT_CONTEXT, type Context } from '@opentelemetry/api';

/** The headers that carry the present trace on. */
export function writeTraceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** The trace that a message belongs to. */
export function readTraceHeaders(headers: ReadonlyMap<Buffer, Buffer>): Context {
  if (headers.size === 0) return ROOT_CONTEXT;
  const carrier: Record<string, string> = {};
  for (const [name, value] of headers) carrier[name.toString()] = value.toString();
  return propagation.extract(ROOT_CONTEXT, carrier);
}
