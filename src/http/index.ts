/** The HTTP API. */
export { createApp, describeApi, type AppOptions } from './app.ts';
export type { FinishedRequest, RequestObserver } from './request-observer.ts';
export type { MetricsPage } from './routes/metrics.ts';
export { problemCodes, problemTypes } from './problems.ts';
export { createHealthServer, createHttpServer, HttpStartError, type HttpServerOptions } from './server.ts';
