/** Says which problem document answers an error that a request ended with. */
import type { FastifyError } from 'fastify';
import { EvaluatorStopped, JobDeleted, StoreError } from '../engine/index.ts';
import { Problem } from './problems.ts';

/** Seconds after which a caller may try again when a part was unreachable. */
export const retryAfterSeconds = '5';

/** Never says anything internal: what is not known here is INTERNAL. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JobDeleted) return new Problem('JOB_NOT_FOUND');
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

/** Errors of requests that Fastify rejects. */
function frameworkProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, validation, validationContext, statusCode } = error as Partial<FastifyError>;
  if (validation !== undefined) return validationProblem(validation, validationContext);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('TOO_MANY_BYTES', 'The body is larger than this endpoint accepts.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('UNSUPPORTED_MEDIA_TYPE');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return new Problem('TRUNCATED_BODY');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new Problem('MALFORMED_REQUEST', 'The URL cannot be decoded.');
    case undefined:
    default:
      return statusProblem(statusCode);
  }
}

/** For errors that only say that the request is at fault: their messages may quote the URL, so they are not passed on. */
function statusProblem(status: number | undefined): Problem | undefined {
  if (status === undefined || status < 400 || status > 499) return undefined;
  return new Problem(status === 403 || status === 404 || status === 414 ? 'NOT_FOUND' : 'MALFORMED_REQUEST');
}

export function validationProblem(validation: NonNullable<FastifyError['validation']>, context = 'request'): Problem {
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
