/** The HTTP API. */
export {
  createBudgets,
  defaultBudgetLimits,
  memoryKinds,
  rejectionReasons,
  slotKinds,
  type BudgetKind,
  type BudgetUse,
} from './budgets/index.ts';
export type { AccessControl } from './route-access.ts';
export { createApp, describeApi, type AppOptions } from './app.ts';
export { decodedPerEncodedMax, freeDecodedBytes } from './decoding-bounds.ts';
export type { FinishedRequest, RequestObserver } from './request-observer.ts';
export type { MetricsPage } from './routes/metrics.ts';
export { readPageFiles } from './page/index.ts';
export { problemCodes, problemTypes } from './problems.ts';
export {
  createHealthServer,
  createHttpServer,
  createProbes,
  HttpStartError,
  type HttpServerOptions,
} from './server.ts';
