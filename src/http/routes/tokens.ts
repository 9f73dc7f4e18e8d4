import type { FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { TokenRecord, TokenService } from '../../access/index.ts';
import { identityOf } from '../access/index.ts';
import { reserveWholeBody } from '../budgets/index.ts';
import { checkJobName } from '../job-options.ts';
import { problemResponses } from '../problem-responses.ts';
import { Problem } from '../problems.ts';
import type { App, RouteContext } from '../route-context.ts';
import {
  createdTokenSchema,
  newTokenSchema,
  noQuery,
  refer,
  tokenListSchema,
  tokenParameters,
  type TokenBody,
} from '../schemas/index.ts';
import { parseStrictJson } from '../strict-json.ts';
import { readZonedTime } from '../zoned-time.ts';

/** A token is described in a few hundred bytes. */
const bodyBytesMax = 16 * 1024;

export function addTokenRoutes(app: App, { access, budgets }: RouteContext): void {
  /** Without authentication anybody could make a token that stays valid after it is switched on. */
  function requireTokens(): TokenService {
    if (access.control !== undefined) return access.control.tokens;
    throw new Problem('NO_AUTHENTICATION');
  }

  app.route({
    method: 'GET',
    url: '/api/tokens',
    config: { access: 'admin' },
    schema: {
      operationId: 'listTokens',
      summary: 'List tokens, newest first',
      description: 'Those of the tenant; for an operator, of all tenants. At most 1,000.',
      tags: ['access'],
      querystring: noQuery,
      response: { 200: refer(tokenListSchema), ...problemResponses('NO_AUTHENTICATION') },
    },
    handler: async (request) => {
      const tokens = await requireTokens().list(identityOf(request).principal);
      return { tokens: tokens.map(toTokenBody) };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/tokens/:token_id',
    config: { access: 'admin', audit: 'token.revoke' },
    schema: {
      operationId: 'revokeToken',
      summary: 'Revoke a token',
      description: 'Within 10 seconds no instance accepts it any more.',
      tags: ['access'],
      params: tokenParameters,
      querystring: noQuery,
      response: {
        204: Type.Null({ description: 'Revoked.' }),
        ...problemResponses('TOKEN_NOT_FOUND', 'NO_AUTHENTICATION'),
      },
    },
    handler: async (request, reply) => {
      const isRevoked = await requireTokens().revoke(identityOf(request).principal, request.params.token_id);
      if (!isRevoked) throw new Problem('TOKEN_NOT_FOUND');
      return reply.code(204).send(null);
    },
  });

  // A scope of its own, for the body is read whole here.
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    const whole = { parseAs: 'buffer', bodyLimit: bodyBytesMax } as const;
    scope.addContentTypeParser('application/json', whole, async (_request: FastifyRequest, bytes: Buffer) =>
      parseStrictJson(bytes),
    );
    scope.route({
      method: 'POST',
      url: '/api/tokens',
      config: {
        access: 'admin',
        audit: 'token.create',
        requestBody: { required: true, content: { 'application/json': { schema: refer(newTokenSchema) } } },
      },
      schema: {
        operationId: 'createToken',
        summary: 'Create a token',
        description:
          'An admin creates tokens of its tenant, up to the role admin; an operator any. The response contains the token, which is not shown again.',
        tags: ['access'],
        querystring: noQuery,
        body: newTokenSchema,
        response: {
          201: refer(createdTokenSchema),
          ...problemResponses(
            'INVALID_JSON',
            'NOT_UTF8',
            'NO_AUTHENTICATION',
            'TOO_MANY_TOKENS',
            'TOO_MANY_BYTES',
            'UNSUPPORTED_MEDIA_TYPE',
            'REQUEST_TIMEOUT',
            'TOO_MANY_REQUESTS',
            'TOO_BUSY',
          ),
        },
      },
      preParsing: async (request, reply) => {
        reserveWholeBody(budgets, request, reply, bodyBytesMax);
        if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue();
      },
      handler: async (request, reply) => {
        const tokens = requireTokens();
        const { principal } = identityOf(request);
        const verdict = await tokens.create(principal, readNewToken(request.body, principal.tenant));
        if (verdict.kind === 'forbidden') throw new Problem('FORBIDDEN_ROLE', tooPowerful);
        if (verdict.kind === 'too-many') throw new Problem('TOO_MANY_TOKENS');
        request.auditObject = verdict.record.id;
        reply.code(201);
        return { ...toTokenBody(verdict.record), token: verdict.text };
      },
    });
  });
}

const tooPowerful = 'Only an operator may create a token of another tenant, or an operator’s token.';

function readNewToken({ tenant, role, name, expires_at: expiry }: Static<typeof newTokenSchema>, ownTenant: string) {
  checkJobName(name);
  const expiresAt = expiry === undefined ? undefined : readZonedTime('body field', 'expires_at', expiry);
  if (expiresAt !== undefined && expiresAt <= Date.now()) {
    throw new Problem('INVALID_PARAMETER', 'The body field "expires_at" must be in the future.');
  }
  return { tenant: tenant ?? ownTenant, role, name, expiresAt };
}

function toTokenBody({ id, tenant, role, name, createdAt, expiresAt, revokedAt, usedAt }: TokenRecord): TokenBody {
  return {
    id,
    tenant,
    role,
    name,
    created_at: new Date(createdAt).toISOString(),
    ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
    ...(revokedAt === undefined ? {} : { revoked_at: new Date(revokedAt).toISOString() }),
    ...(usedAt === undefined ? {} : { used_at: new Date(usedAt).toISOString() }),
  };
}
