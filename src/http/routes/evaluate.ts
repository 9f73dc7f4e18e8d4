import type { FastifyRequest } from 'fastify';
import { mergeEvaluationOptions } from '../job-options.ts';
import { reserveWholeBody } from '../budgets/index.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import type { App, RouteContext } from '../route-context.ts';
import { evaluateQuery, evaluationRequestSchema, evaluationsSchema, refer } from '../schemas/index.ts';
import { decodeStrictUtf8, parseStrictJson } from '../strict-json.ts';
import { toOutcomeBody } from '../views.ts';

/** Bytes of the body: these operations are held in memory and evaluated immediately. */
const bodyBytesMax = 1024 * 1024;

/** Both forms of the body, for the OpenAPI document. */
const requestBody = {
  required: true,
  content: {
    'application/json': { schema: refer(evaluationRequestSchema) },
    'text/plain': {
      schema: {
        type: 'string',
        minLength: 1,
        description: 'One operation per line.',
        examples: ['7 + 4 + 6 - 5 * 2\n1 / 3\n'],
      },
    },
  },
};

export function addEvaluateRoutes(parent: App, { service, budgets }: RouteContext): void {
  // A scope of its own, for the body is read whole here and nowhere else.
  parent.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    const whole = { parseAs: 'buffer', bodyLimit: bodyBytesMax } as const;
    scope.addContentTypeParser('application/json', whole, async (_request: FastifyRequest, bytes: Buffer) =>
      parseStrictJson(bytes),
    );
    // One operation per line, as in an upload: the short way for curl.
    scope.addContentTypeParser('text/plain', whole, async (_request: FastifyRequest, bytes: Buffer) => ({
      operations: splitLines(decodeStrictUtf8(bytes)),
    }));
    scope.route({
      method: 'POST',
      url: '/api/evaluate',
      config: { access: 'reader', requestBody },
      schema: {
        operationId: 'evaluate',
        summary: 'Evaluate a few operations',
        description:
          'Nothing is stored. The body may also be text/plain, with one operation per line; `mode` and `precision` are query parameters then.',
        tags: ['evaluate'],
        querystring: evaluateQuery,
        body: evaluationRequestSchema,
        response: {
          200: refer(evaluationsSchema),
          ...problemResponses(
            'INVALID_PARAMETER',
            'INVALID_JSON',
            'NOT_UTF8',
            'FORBIDDEN_ORIGIN',
            'TOO_MANY_BYTES',
            'UNSUPPORTED_MEDIA_TYPE',
            'REQUEST_TIMEOUT',
            'TOO_MANY_REQUESTS',
            'TOO_BUSY',
            'UNSUPPORTED_ENCODING',
          ),
        },
      },
      preParsing: async (request, reply) => {
        if (request.headers['content-encoding'] !== undefined) {
          throw new Problem('UNSUPPORTED_ENCODING', 'This endpoint does not support Content-Encoding.', {
            'accept-encoding': 'identity',
          });
        }
        reserveWholeBody(budgets, request, reply, bodyBytesMax);
        if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue();
      },
      handler: async (request) => {
        const { operations } = request.body;
        const { outcomes, engines } = await service.evaluate(
          operations,
          mergeEvaluationOptions(request.query, request.body),
        );
        return {
          engine: [...engines],
          results: operations.map((operation, index) => ({ request: operation, ...toOutcomeBody(outcomes[index]) })),
        };
      },
    });
  });
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
