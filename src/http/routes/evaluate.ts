import { Type } from 'typebox';
import { numberModes, precisionDefault } from '../../expression/index.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import type { App, RouteContext } from '../route-context.ts';
import { evaluateBody, evaluateQuery, evaluationSchema, refer } from '../schemas.ts';
import { toOutcomeBody } from '../views.ts';

/** Bytes of the body: these operations are held in memory and answered at once. */
const bodyBytesMax = 1024 * 1024;

export function addEvaluateRoutes(parent: App, { service }: RouteContext): void {
  // A scope of its own, for the body is read whole here and nowhere else.
  parent.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: bodyBytesMax },
      scope.getDefaultJsonParser('error', 'error'),
    );
    // One operation a line, as in an upload: the short way for curl.
    scope.addContentTypeParser('text/plain', { parseAs: 'string', bodyLimit: bodyBytesMax }, (_request, text, done) => {
      done(null, { operations: splitLines(String(text)) });
    });
    scope.route({
      method: 'POST',
      url: '/api/evaluate',
      schema: {
        operationId: 'evaluate',
        summary: 'Evaluate a few operations at once',
        description:
          'Nothing is stored. The body may also be text/plain, one operation a line; `mode` and `precision` are query parameters then.',
        tags: ['evaluate'],
        querystring: evaluateQuery,
        body: evaluateBody,
        response: {
          200: Type.Object({ results: Type.Array(refer(evaluationSchema)) }),
          ...problemResponses(
            'INVALID_PARAMETER',
            'INVALID_JSON',
            'FORBIDDEN_ORIGIN',
            'TOO_MANY_BYTES',
            'UNSUPPORTED_MEDIA_TYPE',
            'STOPPING',
          ),
        },
      },
      preParsing: async (request, reply) => {
        if (request.headers['content-encoding'] !== undefined) {
          throw new Problem('UNSUPPORTED_ENCODING', 'This address takes no Content-Encoding.', {
            'accept-encoding': 'identity',
          });
        }
        if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue();
      },
      handler: async (request) => {
        const { operations } = request.body;
        const outcomes = await service.evaluate(operations, {
          mode: request.body.mode ?? request.query.mode ?? numberModes[0],
          precision: request.body.precision ?? request.query.precision ?? precisionDefault,
        });
        return {
          results: operations.map((operation, index) => ({ request: operation, ...toOutcomeBody(outcomes[index]) })),
        };
      },
    });
  });
}

function splitLines(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
