import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NamedLines, RepairVerdict } from '../../engine/index.ts';
import { createGrowingReservation, type GrowingReservation } from '../budgets/index.ts';
import { checkJobName } from '../job-options.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import { referAbove } from '../relative-reference.ts';
import { isJobId, untilClosed, type App, type RouteContext } from '../route-context.ts';
import { jobParameters, repairQuery, uploadHeaders } from '../schemas/index.ts';
import {
  answerCreated,
  createBodyReceiver,
  createdResponse,
  creationProblems,
  isCreated,
  readEncoding,
  toSharedProblem,
} from '../upload-exchange.ts';

/** The body in the OpenAPI document. Nothing need be sent to have the rest of a cancelled job evaluated. */
const requestBody = {
  required: false,
  content: {
    'application/x-ndjson': {
      schema: {
        type: 'string',
        description:
          'One correction per line: `id`, the operation, and `request`, which takes its place. Further members are ignored.',
        examples: ['{"id": "734112", "request": "1 / 3"}\n'],
      },
    },
  },
};

/** `POST /api/jobs/{id}/repair`. */
export function addRepairRoute(app: App, context: RouteContext): void {
  const { serviceOf, budgets, stopping } = context;
  const receive = createBodyReceiver(app, context);

  app.route({
    method: 'POST',
    url: '/api/jobs/:job_id/repair',
    config: { access: 'submitter', audit: 'job.repair', requestBody },
    schema: {
      operationId: 'repairJob',
      summary: 'Correct failed operations of a finished job',
      description:
        'Creates a new job, whose `repairs` is the id of this one: it has the same operations, with the corrections in the place of those that failed. Outcomes of unchanged operations are taken over; only chunks with corrections (up to 512 consecutive operations) are evaluated again. Operations that a cancellation left without a result are evaluated, too: to resume a cancelled job, send no corrections. This job stays as it is. Up to 1,000,000 corrections, in any order.',
      tags: ['jobs'],
      params: jobParameters,
      querystring: repairQuery,
      headers: uploadHeaders,
      response: {
        201: createdResponse,
        ...problemResponses(
          ...creationProblems,
          'INVALID_CORRECTION',
          'JOB_NOT_FOUND',
          'JOB_NOT_FINISHED',
          'NOT_CORRECTABLE',
        ),
      },
    },
    handler: async (request, reply) => {
      const { name } = request.query;
      if (name !== undefined) checkJobName(name);
      const jobId = request.params.job_id;
      if (!isJobId(jobId)) throw new Problem('JOB_NOT_FOUND');
      checkMediaType(request);
      const encoding = readEncoding(request);
      return receive(request, reply, encoding, async ({ source, holder }) => {
        const reservation = createGrowingReservation(budgets, holder, heldBytesMax(context));
        try {
          const verdict = await serviceOf(request).repairJob({
            jobId,
            source,
            name,
            idempotencyKey: request.headers['idempotency-key'],
            reserve: (bytes) => reserve(reservation, bytes, heldBytesMax(context)),
            signal: untilClosed(reply.raw, stopping),
          });
          return answer(verdict, reply);
        } finally {
          reservation.release();
        }
      });
    },
  });
}

/** Bytes of the memory for whole bodies that one repair may take. */
function heldBytesMax({ budgets }: RouteContext): number {
  return budgets.limits.bodyBytesMax;
}

function reserve(reservation: GrowingReservation, bytes: number, max: number): void {
  if (bytes > max) {
    const detail = `The corrections take more than ${max} bytes of memory (BODY_BYTES_MAX). ${sendTheRest}`;
    throw new Problem('TOO_MANY_BYTES', detail);
  }
  reservation.growTo(bytes);
}

const sendTheRest = 'Send fewer of them, and the others to the new job.';

/** A request without a body has no type. */
function checkMediaType({ headers }: FastifyRequest): void {
  const type = headers['content-type'];
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (type === undefined && !hasBody) return;
  if (type !== undefined && /^\s*application\/x-ndjson\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(type))
    return;
  const given = type === undefined ? 'The Content-Type is missing; send' : 'Send';
  throw new Problem(
    'UNSUPPORTED_MEDIA_TYPE',
    `${given} application/x-ndjson: one {"id": …, "request": …} object per line, in UTF-8.`,
  );
}

type Refusal = Exclude<RepairVerdict, { readonly kind: 'accepted' | 'replayed' }>;

function answer(verdict: RepairVerdict, reply: FastifyReply) {
  if (!isCreated(verdict)) throw toProblem(verdict);
  return answerCreated(verdict, reply, referAbove(reply.request.url, verdict.job.id));
}

function toProblem(verdict: Refusal): Problem {
  switch (verdict.kind) {
    case 'unknown':
      return new Problem('JOB_NOT_FOUND');
    case 'not-finished':
      return new Problem(
        'JOB_NOT_FINISHED',
        'The job is not finished. Wait for its end, or cancel it; then repair it.',
      );
    case 'empty':
      return new Problem('EMPTY_UPLOAD', 'There are no corrections, and every operation of the job has its outcome.');
    case 'bad-correction': {
      const place =
        verdict.line === undefined ? 'The corrections cannot be taken.' : `Line ${verdict.line} of the body:`;
      return new Problem('INVALID_CORRECTION', `${place} ${verdict.problem} Nothing is kept.`);
    }
    case 'not-correctable':
      return toNotCorrectable(verdict);
    case 'not-utf8':
    case 'key-in-use':
    case 'key-reused':
      return toSharedProblem(verdict);
    case 'too-many-bytes':
      return new Problem(
        'TOO_MANY_BYTES',
        `The corrections may have ${verdict.max} bytes after decompression. ${sendTheRest}`,
      );
    case 'too-many-corrections':
      return new Problem('TOO_MANY_OPERATIONS', `A repair may have ${verdict.max} corrections. ${sendTheRest}`);
  }
}

function toNotCorrectable(verdict: Extract<RepairVerdict, { kind: 'not-correctable' }>): Problem {
  const { notFailed, unknown, unreadable, operations } = verdict;
  const reasons = [
    describe(notFailed, 'For operations that did not fail', 'Only failed operations may be corrected.'),
    describe(unknown, 'Beyond the last operation of the job', `It has ${operations}.`),
    describe(unreadable, 'For rows that are not UTF-8', 'Correct these in the file, and submit it.'),
  ];
  const ids = [notFailed, unknown, unreadable].flatMap(({ first }) => first).toSorted((left, right) => left - right);
  const detail = ['Some of the corrections cannot be made, and nothing is kept.', ...reasons].filter(Boolean).join(' ');
  return new Problem('NOT_CORRECTABLE', detail, {}, { operations: ids.slice(0, namedMax).map(String) });
}

/** Ids in a problem document. */
const namedMax = 100;
/** Of these, how many its text names. */
const shownMax = 5;

function describe({ first, count }: NamedLines, where: string, advice: string): string {
  if (count === 0) return '';
  return `${where}: ${count} (${first.slice(0, shownMax).join(', ')}${count > shownMax ? ', …' : ''}). ${advice}`;
}
