/** Says which problem document answers an error that a request ended with. */
import type { FastifyError } from 'fastify';
import { EvaluatorStopped, JobGone, StoreError } from '../engine/index.ts';
import { Problem } from './problems.ts';

/** Seconds after which a caller may try again when a part was out of reach. */
const retryAfterSeconds = '5';

/** Never says anything internal: what is not known here is INTERNAL. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JobGone) return new Problem('JOB_NOT_FOUND');
  if (error instanceof EvaluatorStopped)
    return new Problem('STOPPING', undefined, { 'retry-after': retryAfterSeconds });
  if (error instanceof StoreError) return storeProblem(error);
  return frameworkProblem(error) ?? new Problem('INTERNAL');
}

function storeProblem(error: StoreError): Problem {
  switch (error.code) {
    case 'full':
      return new Problem('STORAGE_FULL');
    case 'unavailable':
      return new Problem('UNAVAILABLE', undefined, { 'retry-after': retryAfterSeconds });
    case 'closed':
      return new Problem('STOPPING', undefined, { 'retry-after': retryAfterSeconds });
    case 'corrupt':
    case 'failed':
      return new Problem('INTERNAL');
  }
}

/** What Fastify refuses by itself. */
function frameworkProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, validation, validationContext, statusCode } = error as Partial<FastifyError>;
  if (validation !== undefined) return validationProblem(validation, validationContext);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('TOO_MANY_BYTES', 'The body is larger than this address takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('UNSUPPORTED_MEDIA_TYPE');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return new Problem('TRUNCATED_BODY');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('INVALID_JSON', 'The body is empty; a JSON object is expected.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Problem('INVALID_JSON');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new Problem('MALFORMED_REQUEST', 'The URL cannot be decoded.');
    case undefined:
    default:
      // The JSON parser throws a SyntaxError with this status: not JSON, or a key such as __proto__.
      return error instanceof SyntaxError && statusCode === 400 ? new Problem('INVALID_JSON') : undefined;
  }
}

function validationProblem(validation: NonNullable<FastifyError['validation']>, context = 'request'): Problem {
  const [first] = validation;
  if (first === undefined) return new Problem('INVALID_PARAMETER');
  const place = context === 'querystring' ? 'query parameter' : context === 'headers' ? 'header' : 'body field';
  const path = first.instancePath.slice(1).replaceAll('/', '.');
  const { additionalProperty, allowedValues } = first.params;
  if (typeof additionalProperty === 'string') {
    return new Problem('INVALID_PARAMETER', `There is no ${place} ${JSON.stringify(additionalProperty)}.`);
  }
  const subject =
    path === '' ? (context === 'body' ? 'The body' : 'The query') : `The ${place} ${JSON.stringify(path)}`;
  const values = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : '';
  return new Problem('INVALID_PARAMETER', `${subject} ${first.message ?? 'is not valid'}${values}.`);
}
