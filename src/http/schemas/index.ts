/**
 * The shapes of requests and answers, by resource. Validation, serialization and the OpenAPI document all come from here. Schemas
 * with an `$id` are named components of the document.
 */
import { createdTokenSchema, newTokenSchema, sessionSchema, tokenListSchema, tokenSchema } from './access.ts';
import { healthSchema, readinessSchema, clusterSchema } from './cluster.ts';
import { evaluationSchema, evaluationsSchema, evaluationRequestSchema, languageSchema } from './evaluations.ts';
import {
  jobSchema,
  jobEndSchema,
  jobEventSchema,
  jobPageSchema,
  deletedJobsSchema,
  cancelledJobsSchema,
} from './jobs.ts';
import { operationSchema, operationPageSchema, operationSearchSchema } from './operations.ts';
import { operationErrorSchema } from './parts.ts';
import { problemSchema } from './problems.ts';
import { dialectSchema, columnTotalsSchema, tablePreviewSchema } from './tables.ts';
import { createdJobSchema, jobUploadSchema } from './uploads.ts';

export { healthSchema, readinessSchema, clusterSchema, type ClusterBody } from './cluster.ts';
export {
  evaluationSchema,
  evaluationsSchema,
  evaluationRequestSchema,
  evaluateQuery,
  languageSchema,
} from './evaluations.ts';
export {
  jobSchema,
  jobPageSchema,
  deletedJobsSchema,
  cancelledJobsSchema,
  jobParameters,
  jobQuery,
  jobFilterQuery,
  jobListQuery,
  eventHeaders,
  type JobBody,
  type JobEndBody,
  type JobFilterQuery,
} from './jobs.ts';
export {
  operationSchema,
  operationPageSchema,
  operationSearchSchema,
  operationParameters,
  operationsQuery,
  searchQuery,
  type OperationBody,
  type OperationsRequestQuery,
  type SearchRequestQuery,
} from './operations.ts';
export { refer, noQuery, type OperationErrorBody } from './parts.ts';
export {
  createdTokenSchema,
  newTokenSchema,
  sessionSchema,
  tokenListSchema,
  tokenParameters,
  type SessionBody,
  type TokenBody,
} from './access.ts';
export { problemSchema } from './problems.ts';
export { resultsQuery, type ResultsRequestQuery } from './results.ts';
export { tablePreviewSchema, tableParameterNames, type TableQuery } from './tables.ts';
export {
  createdJobSchema,
  jobUploadSchema,
  uploadQuery,
  repairQuery,
  uploadHeaders,
  type JobUploadBody,
  type UploadQuery,
} from './uploads.ts';

/** The named components, in the order of the document. */
export const components = [
  jobSchema,
  createdJobSchema,
  jobPageSchema,
  operationErrorSchema,
  operationSchema,
  operationPageSchema,
  operationSearchSchema,
  evaluationSchema,
  evaluationsSchema,
  languageSchema,
  deletedJobsSchema,
  cancelledJobsSchema,
  clusterSchema,
  healthSchema,
  readinessSchema,
  problemSchema,
  jobUploadSchema,
  dialectSchema,
  columnTotalsSchema,
  tablePreviewSchema,
  evaluationRequestSchema,
  jobEndSchema,
  jobEventSchema,
  sessionSchema,
  tokenSchema,
  createdTokenSchema,
  tokenListSchema,
  newTokenSchema,
];
