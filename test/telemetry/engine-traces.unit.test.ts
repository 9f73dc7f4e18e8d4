/** The engine's part of a trace: whose child each span is, and that nothing is made where nothing is recorded. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { context, ROOT_CONTEXT, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { noopObserver, type RequestMessage, type ResponseMessage } from '../../src/engine/index.ts';
import { emptyFold, type ChunkOutcomes, type Job } from '../../src/jobs/index.ts';
import { createEngineTraces } from '../../src/telemetry/engine-traces.ts';
import { combineObservers } from '../../src/telemetry/combine-observers.ts';

const exporter = new InMemorySpanExporter();

function createTracer(isSampled: boolean): Tracer {
  const sampler = isSampled ? new AlwaysOnSampler() : new AlwaysOffSampler();
  return new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test');
}

const job: Job = {
  id: 'job-1',
  tenant: 'default',
  state: 'InProgress',
  name: undefined,
  mode: 'decimal',
  precision: 34,
  createdAt: 0,
  sealedAt: 0,
  finishedAt: undefined,
  expiresAt: undefined,
  operations: 1,
  chunks: 1,
  fold: emptyFold,
  lease: { owner: 'me', until: 1 },
  takeovers: 0,
  idempotencyKey: undefined,
  contentDigest: undefined,
  isTable: false,
  repairs: undefined,
};
const outcomes: ChunkOutcomes = { succeeded: 1, failed: 0, cancelled: 0, cost: 1, engine: '3', text: new Uint8Array() };
const request = { jobId: job.id, firstLine: 1, count: 1, mode: 'decimal', attempt: 1 } as RequestMessage;
const response: ResponseMessage = { jobId: job.id, firstLine: 1, count: 1, outcomes };
const sending = { jobId: job.id, chunks: 1, attempt: 1, isAgain: false };

before(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
after(() => context.disable());
beforeEach(() => exporter.reset());

function find(name: string): ReadableSpan {
  const span = exporter.getFinishedSpans().find((one) => one.name === name);
  assert.ok(span, name);
  return span;
}

/** Runs in a span of its own, as a request does. */
async function inRequest(tracer: Tracer, work: () => Promise<void>): Promise<void> {
  const span = tracer.startSpan('request', { root: true });
  await context.with(trace.setSpan(ROOT_CONTEXT, span), work);
  span.end();
}

describe('the spans of the engine', () => {
  it('lead from the upload to the record, whoever wakes the dispatcher', async () => {
    const tracer = createTracer(true);
    const observer = createEngineTraces(tracer);
    await inRequest(tracer, async () => {
      await observer.upload(async () => {
        observer.jobAdopted(job, 'accepted');
        return { kind: 'empty' };
      });
    });
    let arrived = context.active();
    await inRequest(tracer, () => observer.sending(sending, async () => void (arrived = context.active())));
    let origin: ReturnType<typeof observer.findOrigin>;
    await context.with(arrived, async () => {
      await observer.evaluation(request, async () => outcomes);
      origin = observer.findOrigin();
    });
    const recording = { messages: [response, response], origins: [undefined, origin] };
    assert.deepEqual(await observer.recording(recording, async () => ['recorded', 'duplicate']), [
      'recorded',
      'duplicate',
    ]);

    const dispatch = find('dispatch chunks').spanContext();
    assert.equal(find('dispatch chunks').parentSpanContext?.spanId, find('receive job').spanContext().spanId);
    assert.equal(find('evaluate chunk').parentSpanContext?.spanId, dispatch.spanId);
    assert.equal(find('record outcomes').parentSpanContext?.spanId, dispatch.spanId);
    assert.deepEqual(
      find('record outcomes').links.map((link) => link.context.spanId),
      [dispatch.spanId],
    );
    assert.equal(find('receive job').attributes['mathmill.job.id'], job.id);
  });

  it('of a job that is taken over are a trace of their own', async () => {
    const tracer = createTracer(true);
    const observer = createEngineTraces(tracer);
    await inRequest(tracer, async () => observer.jobAdopted(job, 'takenOver'));
    await observer.sending(sending, async () => {});
    assert.equal(find('take over job').parentSpanContext, undefined);
    assert.equal(find('dispatch chunks').parentSpanContext?.spanId, find('take over job').spanContext().spanId);
  });

  it('end with the job', async () => {
    const tracer = createTracer(true);
    const observer = createEngineTraces(tracer);
    observer.jobAdopted(job, 'takenOver');
    observer.jobLeft(job.id);
    await inRequest(tracer, () =>
      observer.sending(sending, async () => assert.equal(trace.getActiveSpan(), undefined)),
    );
    assert.ok(!exporter.getFinishedSpans().some(({ name }) => name === 'dispatch chunks'));
  });

  it('are none where the trace is not sampled', async () => {
    const tracer = createTracer(false);
    const observer = createEngineTraces(tracer);
    await inRequest(tracer, async () => {
      await observer.upload(async () => {
        observer.jobAdopted(job, 'accepted');
        return { kind: 'empty' };
      });
      await observer.evaluation(request, async () => outcomes);
      assert.equal(observer.findOrigin(), undefined);
    });
    await observer.sending(sending, async () => assert.equal(trace.getActiveSpan(), undefined));
    assert.deepEqual(exporter.getFinishedSpans(), []);
  });

  it('of work that fails say so, and the failure goes on', async () => {
    const observer = createEngineTraces(createTracer(true));
    observer.jobAdopted(job, 'takenOver');
    const failure = new TypeError('no');
    await assert.rejects(
      observer.sending(sending, () => Promise.reject(failure)),
      failure,
    );
    assert.equal(find('dispatch chunks').attributes['error.type'], 'TypeError');
  });
});

describe('two observers as one', () => {
  it('run the work once, and both see everything', async () => {
    const seen: string[] = [];
    const watch = (name: string) => ({
      ...noopObserver,
      uploadBytes: (count: number) => void seen.push(`${name} ${count}`),
      jobLeft: (jobId: string) => void seen.push(`${name} ${jobId}`),
      sending: async (_sending: typeof sending, send: () => Promise<void>) => {
        seen.push(`${name} begins`);
        await send();
        seen.push(`${name} ends`);
      },
    });
    const both = combineObservers(watch('outer'), watch('inner'));
    both.uploadBytes(3);
    both.jobLeft('job-1');
    await both.sending(sending, async () => void seen.push('sent'));
    assert.deepEqual(seen, [
      'outer 3',
      'inner 3',
      'outer job-1',
      'inner job-1',
      'outer begins',
      'inner begins',
      'sent',
      'inner ends',
      'outer ends',
    ]);
  });
});
