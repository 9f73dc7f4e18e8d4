/**
 * Writes down who changed or read what, before the response goes out. What cannot be written down is not done: such requests are
 * rejected before anything happens.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditEvent, AuditLog } from '../../access/index.ts';
import { retryAfterSeconds } from '../error-problems.ts';
import { Problem } from '../problems.ts';
import type { App } from '../route-context.ts';
import { finish } from './finish.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Under this name the requests of the route are in the audit log. */
    audit?: Exclude<AuditEvent['action'], 'auth.refused' | 'job.expire'>;
  }
  interface FastifyRequest {
    /** The id of what the request created, or how many jobs it changed. Default: the id in the path. */
    auditObject: string | undefined;
  }
}

export interface AuditDependencies {
  readonly log: AuditLog | undefined;
  readonly addressOf: (request: FastifyRequest) => string | undefined;
}

/** To be added after the hook that finds out who sends a request. */
export function addAudit(app: App, { log, addressOf }: AuditDependencies): void {
  app.decorateRequest('auditObject');
  if (log === undefined) return;

  app.addHook('onRequest', (request, _reply, done) => {
    const isAudited = request.routeOptions.config.audit !== undefined;
    done(isAudited && !log.isWritable() ? unavailable() : undefined);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const action = actionOf(request, reply);
    if (action === undefined) return done();
    void finish(writeDown(log, describe(request, reply, action, addressOf(request))), done);
  });
}

async function writeDown(log: AuditLog, event: AuditEvent): Promise<void> {
  try {
    await log.write(event);
  } catch {
    throw unavailable();
  }
}

function actionOf({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): AuditEvent['action'] | undefined {
  const { access = 'open', audit } = routeOptions.config;
  return access !== 'open' && (statusCode === 401 || statusCode === 403) ? 'auth.refused' : audit;
}

function describe(
  request: FastifyRequest,
  reply: FastifyReply,
  action: AuditEvent['action'],
  address: string | undefined,
): AuditEvent {
  const { identity, method, routeOptions, auditObject } = request;
  const { job_id: jobId, token_id: tokenId } = request.params as {
    readonly job_id?: string;
    readonly token_id?: string;
  };
  return {
    time: new Date().toISOString(),
    request_id: request.id,
    tenant: identity?.principal.tenant,
    principal: identity?.principal.name,
    role: identity?.principal.role,
    token: identity?.tokenId === '' ? undefined : identity?.tokenId,
    address,
    action,
    route: `${method} ${routeOptions.url ?? ''}`,
    object: auditObject ?? toObject(jobId ?? tokenId),
    status: reply.statusCode,
  };
}

/** What is no id was sent by a user, and may be anything. */
function toObject(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9A-Za-z-]{1,40}$/.test(text) ? text : undefined;
}

function unavailable(): Problem {
  return new Problem('UNAVAILABLE', 'The audit log cannot be written, so nothing is changed.', {
    'retry-after': retryAfterSeconds,
  });
}
