import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Identity } from '../../access/index.ts';
import { clearedSessionCookie, identityOf, writeSessionCookie } from '../access/index.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import type { App, RouteContext } from '../route-context.ts';
import { noQuery, refer, sessionSchema, type SessionBody } from '../schemas/index.ts';

const tooMany = 'This token has opened many sessions within a minute. Try again after the time in Retry-After.';

/** Who sends the request; and for the web page, which cannot add headers to a stream of events, a cookie in place of the token. */
export function addSessionRoutes(app: App, { access }: RouteContext): void {
  const { control } = access;
  const authentication = control === undefined ? 'none' : 'tokens';

  app.route({
    method: 'GET',
    url: '/api/session',
    config: { access: 'reader' },
    schema: {
      operationId: 'getSession',
      summary: 'Read who sends this request, and with which role',
      tags: ['access'],
      querystring: noQuery,
      response: { 200: refer(sessionSchema), ...problemResponses() },
    },
    handler: async (request) => toSessionBody(identityOf(request)),
  });

  app.route({
    method: 'POST',
    url: '/api/session',
    config: { access: 'reader', audit: 'session.open' },
    schema: {
      operationId: 'openSession',
      summary: 'Sign in: get a cookie for the token of this request',
      description:
        'For the web page. The cookie cannot be read by scripts, is valid for 12 hours at most, and ends with the token. The body is empty.',
      tags: ['access'],
      querystring: noQuery,
      response: { 200: refer(sessionSchema), ...problemResponses('TOO_MANY_REQUESTS') },
    },
    handler: async (request, reply) => open(request, reply),
  });

  app.route({
    method: 'DELETE',
    url: '/api/session',
    config: { access: 'reader', audit: 'session.end' },
    schema: {
      operationId: 'endSession',
      summary: 'Sign out: end the session of the cookie',
      tags: ['access'],
      querystring: noQuery,
      response: { 204: Type.Null({ description: 'Signed out.' }), ...problemResponses() },
    },
    handler: async (request, reply) => {
      await control?.tokens.endSession(identityOf(request));
      return reply.code(204).header('set-cookie', clearedSessionCookie).send(null);
    },
  });

  /** A session that is there already stays as long as it would. */
  async function open(request: FastifyRequest, reply: FastifyReply): Promise<SessionBody> {
    const identity = identityOf(request);
    if (control === undefined || identity.sessionOf !== undefined) return toSessionBody(identity);
    const session = await control.tokens.openSession(identity);
    if (session === undefined) throw new Problem('TOO_MANY_REQUESTS', tooMany, { 'retry-after': '60' });
    const { record, text } = session;
    const { expiresAt = record.createdAt } = record;
    const seconds = Math.round((expiresAt - record.createdAt) / 1_000);
    reply.header('set-cookie', writeSessionCookie(text, seconds, request.headers.origin));
    return toSessionBody({ ...identity, expiresAt });
  }

  function toSessionBody({ principal, expiresAt }: Identity): SessionBody {
    return {
      authentication,
      ...principal,
      ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
    };
  }
}
