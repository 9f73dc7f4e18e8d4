export type { OneTimeInput, SubmitInput } from './bodies.ts';
export {
  isFinished,
  MathmillClient,
  type CallOptions,
  type Correction,
  type ListOptions,
  type NumberOptions,
  type ResultsOptions,
  type SubmitOptions,
} from './client.ts';
export {
  ApiError,
  ForbiddenRoleError,
  IdempotencyKeyReusedError,
  InvalidParameterError,
  JobNotFinishedError,
  JobNotFoundError,
  MathmillError,
  TooLargeError,
  UnauthenticatedError,
  UnreachableError,
  type Problem,
} from './errors.ts';
export type { TransportOptions } from './transport.ts';
export type { Evaluation, Job, JobPage, JobStatus, Operation, OperationError, Submission, Totals } from './types.ts';
