/** The HTTP API. */
export { createApp, type AppDependencies, type AppOptions } from './app.ts';
export { writeOpenApi } from './openapi.ts';
export { problemCodes, problemTypes, type ProblemCode } from './problems.ts';
export {
  createHttpServer,
  HttpStartError,
  type HttpServer,
  type HttpServerDependencies,
  type HttpServerOptions,
} from './server.ts';
