/**
 * The engine's part of a trace:
 *
 *   POST /api/jobs ─▶ receive job ─▶ dispatch chunks ─▶ (bus) ─▶ evaluate chunk ─▶ (bus) ─▶ record outcomes
 *
 * Chunks are sent and outcomes written in batches, in whatever context the process happens to be, so the context of each
 * job is kept here from its acceptance to its end, and each response is matched with its own when it arrives.
 */
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { EngineObserver, Origin, Recording } from '../engine/index.ts';

/** Jobs whose context is kept; more concurrent ones continue without spans. A context is some hundred bytes. */
const jobsMax = 10_000;

export function createEngineTraces(tracer: Tracer): EngineObserver {
  const jobs = new Map<string, Context>();

  function keep(jobId: string, of: Context): void {
    if (trace.getSpan(of)?.isRecording() === true && jobs.size < jobsMax) jobs.set(jobId, of);
  }

  return {
    upload: (submit) => (isTraced() ? run(tracer, 'receive job', context.active(), {}, submit) : submit()),
    uploadBytes() {},
    jobAdopted(job, how) {
      const attributes = { 'mathmill.job.id': job.id, 'mathmill.job.operations': job.operations };
      if (how === 'accepted') {
        trace.getActiveSpan()?.setAttributes(attributes);
        keep(job.id, context.active());
        return;
      }
      // The trace of the previous owner is unknown.
      const span = tracer.startSpan('take over job', { root: true, attributes });
      keep(job.id, trace.setSpan(ROOT_CONTEXT, span));
      span.end();
    },
    jobFinished() {},
    jobLeft: (jobId) => void jobs.delete(jobId),
    sending({ jobId, chunks, attempt, isAgain }, send) {
      const parent = jobs.get(jobId);
      // Otherwise it would belong to the request that happened to wake the dispatcher.
      if (parent === undefined) return context.with(ROOT_CONTEXT, send);
      const attributes = {
        'mathmill.job.id': jobId,
        'mathmill.chunks': chunks,
        'mathmill.attempt': attempt,
        'mathmill.is_again': isAgain,
      };
      return run(tracer, 'dispatch chunks', parent, attributes, send);
    },
    evaluation(request, evaluate) {
      if (!isTraced()) return evaluate();
      const attributes = {
        'mathmill.job.id': request.jobId,
        'mathmill.chunk.first_line': request.firstLine,
        'mathmill.chunk.operations': request.count,
        'mathmill.mode': request.mode,
        'mathmill.attempt': request.attempt,
      };
      return run(tracer, 'evaluate chunk', context.active(), attributes, evaluate);
    },
    findOrigin: () => (isTraced() ? trace.getActiveSpan() : undefined),
    recording(recording, record) {
      const { parent, links } = joinOrigins(recording);
      if (parent === undefined) return context.with(ROOT_CONTEXT, record);
      const attributes = { 'mathmill.chunks': recording.messages.length };
      return run(tracer, 'record outcomes', parent, attributes, record, links);
    },
  };
}

/** The span that is active may be over by now: a message outlasts the sending that it belongs to. */
function isTraced(): boolean {
  const flags = trace.getActiveSpan()?.spanContext().traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

/** One write serves many messages: its span goes into the trace of the first that is traced, and is linked to all of them. */
function joinOrigins({ origins, messages }: Recording): {
  readonly parent: Context | undefined;
  readonly links: readonly Link[];
} {
  let parent: Context | undefined;
  const links: Link[] = [];
  for (const [index, origin] of origins.entries()) {
    const span = toSpan(origin);
    const message = messages[index];
    if (span === undefined || message === undefined) continue;
    parent ??= trace.setSpan(ROOT_CONTEXT, span);
    const attributes = { 'mathmill.job.id': message.jobId, 'mathmill.chunk.first_line': message.firstLine };
    links.push({ context: span.spanContext(), attributes });
  }
  return { parent, links };
}

/** Only `findOrigin` makes origins. */
function toSpan(origin: Origin): Span | undefined {
  return origin as Span | undefined;
}

/** Runs work in a span of its own, which ends with it. */
async function run<Result>(
  tracer: Tracer,
  name: string,
  parent: Context,
  attributes: Attributes,
  work: () => Promise<Result>,
  links: readonly Link[] = [],
): Promise<Result> {
  const span = tracer.startSpan(name, { attributes, links: [...links] }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
