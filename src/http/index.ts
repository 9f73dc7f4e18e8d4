/** The HTTP API. */
export { createApp, describeApi, type AppOptions } from './app.ts';
export { problemCodes, problemTypes } from './problems.ts';
export { createHealthServer, createHttpServer, HttpStartError, type HttpServerOptions } from './server.ts';
