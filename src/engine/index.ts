export * from './basics.ts';
export { RateLimitedLog } from './rate-limited-log.ts';
export * from './check-jobs.ts';
export type { ClusterView } from './cluster-view.ts';
export * from './copy-jobs.ts';
export { correctionsBytesMax } from './correction-reader.ts';
export type { Load } from './dispatcher.ts';
export * from './engine.ts';
export { createEvaluator, type EvaluationLoad, type Evaluator } from './evaluator.ts';
export { previewTable, type PreviewDependencies } from './table-preview.ts';
export {
  instanceRoles,
  readInstanceReport,
  type InstanceIdentity,
  type InstanceReport,
  type InstanceRole,
  type TopicLag,
} from './instance-report.ts';
export { createInstanceReporter, createReportKeeper, reportMsMax } from './instance-reports.ts';
export type * from './job-service.ts';
export { findFailingParts } from './readiness.ts';
export type { NewJobId } from './job-ids.ts';
export { noopLogger, type Logger } from './logger.ts';
export { noopObserver, type EngineObserver, type Origin, type Recording, type Sending } from './observer.ts';
export { withDeadline } from './deadline-service.ts';
export { withNewJobsOf, withTenant } from './tenant-service.ts';
export { createTableSettler, type TableSettler } from './table-settler.ts';
export { createPeriodicTask, type PeriodicTask, type Time, type Timer } from './time.ts';
export { createSplitter, type ContentDigest } from './upload-reader.ts';
