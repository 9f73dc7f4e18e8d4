/**
 * Metric definitions: every metric that Mathmill emits, its instrument, unit, attributes and their values. The
 * instruments are made from these rows and from nothing else, so a name that is not here does not compile; the page
 * docs/metrics.md is written from them, and what dashboards, alert rules and pages name is checked against them.
 *
 * Renaming a row breaks the queries of users: add the new one and keep the old one for a release.
 */
import { errorCodes, numberModes } from '../expression/index.ts';
import { memoryKinds, rejectionReasons, slotKinds } from '../http/index.ts';

export type Application = 'standalone' | 'client-application' | 'server-application';

/** The values that an attribute may have: these, or as many as something that the operator decides has. */
export type AttributeValues = readonly string[] | { readonly boundedBy: string };

export interface MetricDefinition {
  /** `counter` only grows; `gauge` is a value of now; `histogram` is a distribution. */
  readonly instrument: 'counter' | 'gauge' | 'histogram';
  /** As UCUM writes it; what stands in braces is counted and has no dimension. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: Readonly<Record<string, AttributeValues>>;
  readonly emittedBy: readonly Application[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** The metric that stands in its place; this one goes with the next release. */
  readonly replacedBy?: string;
}

/** Attribute value for every value that is not in the list. */
export const otherValue = '_OTHER';

const everywhere = ['standalone', 'client-application', 'server-application'] as const;
const cluster = ['client-application', 'server-application'] as const;
const api = ['standalone', 'client-application'] as const;

const topics = { boundedBy: 'the topics of the installation' } as const;

/** The advice of the semantic conventions for times of requests and messages. */
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

/** Operations up to which a job counts as small, and as medium. */
export const smallJobMax = 1_000;
export const mediumJobMax = 100_000;

/** Times of jobs; the bounds of the objectives (docs/slo.md) are among them. */
const jobSecondsBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400] as const;

export const metricContract = {
  // ------------------------------------------------------------------------------------------------------- readiness
  'mathmill.ready': {
    instrument: 'gauge',
    unit: '{part}',
    description:
      'Whether a part can serve: 1, or 0 when it fails or does not respond within 2.5 s. `store` keeps the jobs, `bus` carries their chunks.',
    attributes: { part: ['store', 'bus'] },
    emittedBy: everywhere,
  },

  // ---------------------------------------------------------------------------------------------- messages (Kafka)
  'consumer.messages.received': {
    instrument: 'counter',
    unit: '{message}',
    description: 'Messages taken from a topic; a message carries a chunk of up to 512 operations.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'consumer.messages.error': {
    instrument: 'counter',
    unit: '{message}',
    description:
      'Times that a message could not be handled and was kept for a retry, or was sent to the dead-letter topic.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'consumer.messages.lag': {
    instrument: 'gauge',
    unit: '{message}',
    description:
      'Messages in the partitions that this instance reads that its group has not finished; the lag of the group is the sum over all instances. Absent while an instance is in no group, or while the brokers do not report it.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'producer.messages.sent': {
    instrument: 'counter',
    unit: '{message}',
    description: 'Messages that the brokers have accepted.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'producer.requests': {
    instrument: 'counter',
    unit: '{request}',
    description: 'Produce requests that the brokers have accepted, of up to 64 messages each.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'producer.messages.error': {
    instrument: 'counter',
    unit: '{message}',
    description: 'Sends, of up to 64 messages each, that failed; their messages are resent until they time out.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'messaging.process.duration': {
    instrument: 'histogram',
    unit: 's',
    description: 'Time that the handling of one message took.',
    attributes: {
      'messaging.system': ['kafka'],
      'messaging.operation.name': ['process'],
      'messaging.destination.name': topics,
      'error.type': ['', 'rejected'],
    },
    emittedBy: cluster,
    buckets: secondsBuckets,
  },
  'mathmill.dead_letters': {
    instrument: 'counter',
    unit: '{message}',
    description:
      'Messages that cannot be read and were sent to the dead-letter topic; `topic` is where they came from.',
    attributes: { topic: topics },
    emittedBy: cluster,
  },
  'mathmill.consumer.restarts': {
    instrument: 'counter',
    unit: '{restart}',
    description: 'Times that the Kafka consumer restarted, after an error or a rebalance.',
    attributes: {},
    emittedBy: cluster,
  },
  'mathmill.producer.replacements': {
    instrument: 'counter',
    unit: '{replacement}',
    description: 'Times that the connection to the brokers was replaced by a new one.',
    attributes: {},
    emittedBy: cluster,
  },

  // ------------------------------------------------------------------------------------------------ jobs and chunks
  'mathmill.jobs': {
    instrument: 'counter',
    unit: '{job}',
    description: 'Jobs that reached a state, seen by the instance that brought them there or took them over.',
    attributes: { state: ['accepted', 'taken_over', 'completed', 'cancelled'] },
    emittedBy: api,
  },
  'mathmill.jobs.active': {
    instrument: 'gauge',
    unit: '{job}',
    description: 'Unfinished jobs that this instance owns.',
    attributes: {},
    emittedBy: api,
  },
  'mathmill.jobs.oldest_unfinished.age': {
    instrument: 'gauge',
    unit: 's',
    description: 'Time since the oldest unfinished job that this instance owns was submitted; 0 without one.',
    attributes: {},
    emittedBy: api,
  },
  'mathmill.jobs.last_progress.age': {
    instrument: 'gauge',
    unit: 's',
    description:
      'Longest time that an unfinished job owned by this instance has been without a new outcome; 0 without one. It starts again at 0 when another instance takes the job over.',
    attributes: {},
    emittedBy: api,
  },
  'mathmill.job.duration': {
    instrument: 'histogram',
    unit: 's',
    description: `Time from the acceptance of a job until it was completed, by size: \`small\` has up to ${smallJobMax.toLocaleString('en')} operations, \`medium\` up to ${mediumJobMax.toLocaleString('en')}, \`large\` more.`,
    attributes: { size: ['small', 'medium', 'large'] },
    emittedBy: api,
    buckets: jobSecondsBuckets,
  },
  'mathmill.chunks': {
    instrument: 'counter',
    unit: '{chunk}',
    description:
      'Chunks that reached a state: `accepted` with their job, `sent` to be evaluated, `resent` because their outcomes are overdue, `recorded` in the store, `duplicate` (they had outcomes already) and `gone` (their job was deleted), which are dropped.',
    attributes: { state: ['accepted', 'sent', 'resent', 'recorded', 'duplicate', 'gone'] },
    emittedBy: api,
  },
  'mathmill.window.used': {
    instrument: 'gauge',
    unit: '{chunk}',
    description: 'Chunks that were sent and whose outcomes are not known yet.',
    attributes: {},
    emittedBy: api,
  },
  'mathmill.window.limit': {
    instrument: 'gauge',
    unit: '{chunk}',
    description: 'Chunks that this instance allows in flight at the same time.',
    attributes: {},
    emittedBy: api,
  },
  'mathmill.upload.size': {
    instrument: 'counter',
    unit: 'By',
    description: 'Bytes of uploads that were read, after decompression.',
    attributes: {},
    emittedBy: api,
  },
  'mathmill.store.size': {
    instrument: 'gauge',
    unit: 'By',
    description: 'Size of the data file and its write-ahead log.',
    attributes: {},
    emittedBy: ['standalone'],
  },
  'mathmill.store.free': {
    instrument: 'gauge',
    unit: 'By',
    description: 'Free space on the disk of the data folder.',
    attributes: {},
    emittedBy: ['standalone'],
  },
  'mathmill.store.reserved': {
    instrument: 'gauge',
    unit: 'By',
    description:
      'Free space below which uploads are rejected, so that accepted jobs can still be completed and deleted.',
    attributes: {},
    emittedBy: ['standalone'],
  },
  'mathmill.store.batch.size': {
    instrument: 'histogram',
    unit: '{chunk}',
    description: 'Chunks whose outcomes went into the store in one write.',
    attributes: {},
    emittedBy: api,
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  },
  'mathmill.store.commit.duration': {
    instrument: 'histogram',
    unit: 's',
    description: 'Time from the handing over of outcomes to the store until they were durable.',
    attributes: {},
    emittedBy: api,
    buckets: [0.001, 0.0025, ...secondsBuckets],
  },

  // ----------------------------------------------------------------------------------------------------- evaluation
  'mathmill.operations.evaluated': {
    instrument: 'counter',
    unit: '{operation}',
    description:
      'Operations that were evaluated, by number mode and by how they ended: `RESULT` or the code of the error.',
    attributes: { mode: numberModes, outcome: ['RESULT', ...errorCodes] },
    emittedBy: everywhere,
  },
  'mathmill.evaluation.duration': {
    instrument: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a chunk until its outcomes were there, waiting included.',
    attributes: { mode: numberModes },
    emittedBy: everywhere,
    buckets: [0.0005, 0.001, 0.0025, ...secondsBuckets, 30, 60],
  },
  'mathmill.evaluator.failures': {
    instrument: 'counter',
    unit: '{failure}',
    description:
      'Threads and processes of the evaluator that were lost or did not start, and operations that were aborted for it.',
    attributes: { kind: ['thread_lost', 'process_lost', 'start_failed', 'line_aborted'] },
    emittedBy: everywhere,
  },
  'mathmill.evaluator.repairs': {
    instrument: 'counter',
    unit: '{repair}',
    description: 'The old name of `mathmill.evaluator.failures`, where `line_condemned` is `line_aborted`.',
    attributes: { kind: ['thread_lost', 'process_lost', 'start_failed', 'line_condemned'] },
    emittedBy: everywhere,
    replacedBy: 'mathmill.evaluator.failures',
  },

  // ----------------------------------------------------------------------------------------------------------- HTTP
  'http.server.request.duration': {
    instrument: 'histogram',
    unit: 's',
    description: 'Time from the head of a request until its response was complete or its client had disconnected.',
    attributes: {
      'http.request.method': ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'],
      'http.route': { boundedBy: 'the routes of the API' },
      'http.response.status_code': { boundedBy: 'the status codes of the API' },
      'url.scheme': ['http'],
    },
    emittedBy: everywhere,
    buckets: secondsBuckets,
  },

  'mathmill.http.slots.used': {
    instrument: 'gauge',
    unit: '{slot}',
    description:
      'What clients hold of the slots that they share: connections, uploads and downloads in progress, and followers, which wait for changes of jobs.',
    attributes: { kind: slotKinds },
    emittedBy: api,
  },
  'mathmill.http.slots.limit': {
    instrument: 'gauge',
    unit: '{slot}',
    description: 'How many of these slots there are.',
    attributes: { kind: slotKinds },
    emittedBy: api,
  },
  'mathmill.http.memory.used': {
    instrument: 'gauge',
    unit: 'By',
    description:
      'What requests hold of the memory that they share: decoders of uploads, bodies that are held whole, responses that wait to be read, and encoders of responses.',
    attributes: { kind: memoryKinds },
    emittedBy: api,
  },
  'mathmill.http.memory.limit': {
    instrument: 'gauge',
    unit: 'By',
    description: 'How much of this memory there is.',
    attributes: { kind: memoryKinds },
    emittedBy: api,
  },
  'mathmill.http.rejections': {
    instrument: 'counter',
    unit: '{rejection}',
    description:
      'Requests and connections that were rejected or closed because the limits were reached. `full`: all of it was in use. `share`: their address held its share. `slow`: a slow or idle one was ended, to make room or because it was below the minimum rate.',
    attributes: { kind: [...slotKinds, ...memoryKinds], reason: rejectionReasons },
    emittedBy: api,
  },

  // --------------------------------------------------------------------------------------------------------- process
  'nodejs.eventloop.utilization': {
    instrument: 'gauge',
    unit: '1',
    description: 'Share of the time since the last collection in which the main thread was busy.',
    attributes: {},
    emittedBy: everywhere,
  },
  'nodejs.eventloop.delay.p50': {
    instrument: 'gauge',
    unit: 's',
    description: 'Median delay of timers of the main thread since the last collection.',
    attributes: {},
    emittedBy: everywhere,
  },
  'nodejs.eventloop.delay.p99': {
    instrument: 'gauge',
    unit: 's',
    description: 'Delay of timers of the main thread that one in a hundred passed since the last collection.',
    attributes: {},
    emittedBy: everywhere,
  },
  'nodejs.eventloop.delay.max': {
    instrument: 'gauge',
    unit: 's',
    description: 'Longest delay of a timer of the main thread since the last collection.',
    attributes: {},
    emittedBy: everywhere,
  },
  'v8js.gc.duration': {
    instrument: 'histogram',
    unit: 's',
    description: 'Time of a garbage collection of the main thread.',
    attributes: { 'v8js.gc.type': ['major', 'minor', 'incremental', 'weakcb'] },
    emittedBy: everywhere,
    buckets: [0.001, 0.01, 0.1, 1],
  },
  'v8js.memory.heap.used': {
    instrument: 'gauge',
    unit: 'By',
    description: 'Bytes used in each space of the heap of the main thread.',
    attributes: { 'v8js.heap.space.name': { boundedBy: 'the heap spaces of V8' } },
    emittedBy: everywhere,
  },
  'v8js.memory.heap.limit': {
    instrument: 'gauge',
    unit: 'By',
    description: 'Bytes that each space of the heap of the main thread has been given.',
    attributes: { 'v8js.heap.space.name': { boundedBy: 'the heap spaces of V8' } },
    emittedBy: everywhere,
  },
  'process.memory.usage': {
    instrument: 'gauge',
    unit: 'By',
    description: 'Physical memory of the process, all threads together.',
    attributes: {},
    emittedBy: everywhere,
  },
  'process.cpu.time': {
    instrument: 'counter',
    unit: 's',
    description: 'CPU time that the process has used, all threads together.',
    attributes: { 'cpu.mode': ['user', 'system'] },
    emittedBy: everywhere,
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricContract;

type Contract = typeof metricContract;
type NamesOf<Kind extends MetricDefinition['instrument']> = {
  [Name in MetricName]: Contract[Name]['instrument'] extends Kind ? Name : never;
}[MetricName];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

/** The attributes of a metric, with the values that their lists name. */
export type AttributesOf<Name extends MetricName> = {
  readonly [
    Key in keyof Contract[Name]['attributes']
  ]: Contract[Name]['attributes'][Key] extends readonly (infer Value)[] ? Value : string;
};

/** The row of a metric, without its literal types. */
export function describeMetric(name: MetricName): MetricDefinition {
  return metricContract[name];
}
