/** The shapes of the API, from the schemas that the server validates and writes with. Types only: nothing is bundled. */
import type { Static } from 'typebox';
import type * as schemas from '../../../src/http/schemas/index.ts';

export type Job = Static<typeof schemas.jobSchema>;
export type JobStatus = Job['status'];
export type JobPage = Static<typeof schemas.jobPageSchema>;
export type CreatedJob = Static<typeof schemas.createdJobSchema>;
export type Operation = Static<typeof schemas.operationSchema>;
export type OperationPage = Static<typeof schemas.operationPageSchema>;
export type OperationError = NonNullable<Operation['error']>;
export type Evaluation = Static<typeof schemas.evaluationSchema>;
export type Evaluations = Static<typeof schemas.evaluationsSchema>;
export type Language = Static<typeof schemas.languageSchema>;
export type NumberMode = Language['modes'][number];
export type Problem = Static<typeof schemas.problemSchema>;
export type TablePreview = Static<typeof schemas.tablePreviewSchema>;
export type Cluster = Static<typeof schemas.clusterSchema>;
export type Session = Static<typeof schemas.sessionSchema>;
