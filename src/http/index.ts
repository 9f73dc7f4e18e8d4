/** The HTTP API. */
export { createApp, describeApi, type AppDependencies, type AppOptions } from './app.ts';
export { problemCodes, problemTypes, type ProblemCode } from './problems.ts';
export {
  createHttpServer,
  HttpStartError,
  type HttpServer,
  type HttpServerDependencies,
  type HttpServerOptions,
} from './server.ts';
