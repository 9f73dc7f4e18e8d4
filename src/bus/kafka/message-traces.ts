/**
 * Messages in traces: the trace context goes in the headers, as W3C has it for HTTP, and each send and each handling of a
 * message in a recorded trace has a span, by the conventions for messaging. The handling of a message is the child of its
 * sending, since a message is handled alone. Without an OpenTelemetry SDK nothing is written, read or made.
 */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { KafkaMessage } from './group-client.ts';

/** The headers that carry the present trace on. */
export function writeTraceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** Sends `count` messages to a topic. */
export function traceSend(topic: string, count: number, send: () => Promise<void>): Promise<void> {
  if (trace.getActiveSpan()?.isRecording() !== true) return send();
  const attributes = {
    ...describeOperation('send', topic),
    ...(count > 1 && { 'messaging.batch.message_count': count }),
  };
  const span = openSpan(`send ${topic}`, SpanKind.PRODUCER, attributes, context.active());
  return runIn(span, context.active(), send);
}

/** Handles a message in the trace that it belongs to. */
export function traceHandling(message: KafkaMessage, groupId: string, handle: () => Promise<void>): Promise<void> {
  const parent = readTraceHeaders(message.headers);
  const flags = trace.getSpanContext(parent)?.traceFlags ?? TraceFlags.NONE;
  if ((flags & TraceFlags.SAMPLED) === 0) return context.with(parent, handle);
  const { topic, partition, offset } = message;
  const attributes = {
    ...describeOperation('process', topic),
    'messaging.destination.partition.id': String(partition),
    'messaging.consumer.group.name': groupId,
    'messaging.kafka.offset': Number(offset),
  };
  return runIn(openSpan(`process ${topic}`, SpanKind.CONSUMER, attributes, parent), parent, handle);
}

function readTraceHeaders(headers: ReadonlyMap<Buffer, Buffer>): Context {
  if (headers.size === 0) return ROOT_CONTEXT;
  const carrier: Record<string, string> = {};
  for (const [name, value] of headers) carrier[name.toString()] = value.toString();
  return propagation.extract(ROOT_CONTEXT, carrier);
}

function describeOperation(operation: 'send' | 'process', topic: string): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': topic,
  };
}

function openSpan(name: string, kind: SpanKind, attributes: Attributes, parent: Context): Span {
  return trace.getTracer('mathmill').startSpan(name, { kind, attributes }, parent);
}

async function runIn(span: Span, parent: Context, work: () => Promise<void>): Promise<void> {
  try {
    await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
