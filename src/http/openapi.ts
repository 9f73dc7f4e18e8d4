import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { App } from './route-context.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body of a route that reads it as a stream, for the OpenAPI document only. */
    requestBody?: object;
  }
}

const options: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Mathmill',
      version: '1.0.0',
      description:
        'A job system for mathematical operations: post a file of them, one a line, and get every answer back exactly once.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative: the server that serves the document.
    servers: [{ url: '/' }],
    tags: [
      { name: 'jobs', description: 'Files of operations.' },
      { name: 'operations', description: 'The operations of a job and what became of them.' },
      { name: 'evaluate', description: 'A few operations at once, and what can be written in one.' },
      { name: 'health' },
    ],
  },
  refResolver: {
    buildLocalReference: (json, _baseUri, _fragment, index) =>
      typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
  },
  transform({ schema, url, route }) {
    const body = route.config?.requestBody;
    return { schema: body === undefined ? schema : { ...schema, body }, url };
  },
};

/** Gathers the routes that are added after it. */
export async function addOpenApi(app: App): Promise<void> {
  await app.register(swagger, options);
}

/** The document as it is served and committed. */
export function writeOpenApi(app: App): string {
  return `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
}
