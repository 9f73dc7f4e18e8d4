import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { problemResponses } from './problem-responses.ts';
import { completeDocument, type ApiDocument } from './openapi-document.ts';
import type { App } from './route-context.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body of a route that reads it as a stream, for the OpenAPI document only. */
    requestBody?: object;
  }
}

/** Of a route that needs a token, where the server needs tokens. */
function describeAccess<Schema extends { readonly response?: unknown }>(schema: Schema): Schema {
  const { 401: unauthenticated, 403: forbidden } = problemResponses('UNAUTHENTICATED', 'FORBIDDEN_ROLE');
  const response = { ...(schema.response as object), 401: unauthenticated, 403: forbidden };
  return { ...schema, response, security: [{}, { token: [] }, { session: [] }] };
}

const options: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Mathmill',
      version: '1.0.0',
      description:
        'A job system for mathematical operations: POST a file with one per line, and get every result exactly once.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [
      { name: 'jobs', description: 'Files of operations.' },
      { name: 'operations', description: 'The operations of a job and their outcomes.' },
      {
        name: 'evaluate',
        description: 'Evaluation of a few operations, and the functions and operators that an operation can use.',
      },
      {
        name: 'access',
        description: 'Tokens, and who sends a request. Only servers with AUTHENTICATION=tokens need them.',
      },
      { name: 'cluster', description: 'The instances that work together.' },
      { name: 'health' },
    ],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token, as `POST /api/tokens` creates it.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'mathmill_session',
          description: 'The session of the web page, as `POST /api/session` opens it.',
        },
      },
    },
  },
  refResolver: {
    buildLocalReference: (json, _baseUri, _fragment, index) =>
      typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
  },
  transform({ schema, url, route }) {
    const { requestBody: body, access = 'open' } = route.config ?? {};
    const described = body === undefined ? schema : { ...schema, body };
    return { schema: access === 'open' ? described : describeAccess(described), url };
  },
  transformObject(documents) {
    if (!('openapiObject' in documents)) throw new Error('the document is not an OpenAPI one');
    completeDocument(documents.openapiObject as ApiDocument);
    return documents.openapiObject;
  },
};

/** Gathers the routes that are added after it. */
export async function addOpenApi(app: App): Promise<void> {
  await app.register(swagger, options);
}

/** The document as it is served and committed. */
export function writeOpenApi(app: App): string {
  return `${JSON.stringify(nameServer(app.swagger(), '.'), undefined, 2)}\n`;
}

/**
 * `url` leads from the document to the server. It is relative because a proxy may serve both below a path. (As an option of
 * the plugin, it would have to be absolute.)
 */
export function nameServer(document: object, url: string): object {
  const { openapi, info, ...rest } = document as { readonly openapi?: string; readonly info?: object };
  return { openapi, info, servers: [{ url }], ...rest };
}
