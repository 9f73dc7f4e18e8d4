import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Budgets } from './budgets.ts';
import { takeUntilClosed } from './claims.ts';

/** The system buffers this much of any response immediately, so that nothing of it stays in the process. */
const uncountedBytes = 64 * 1024;

/**
 * An onSend hook that counts whole responses until they are closed: a client that requests many and reads none would
 * otherwise make the process hold them all. Counted are those that are long, and those that wait behind another response
 * of their connection. Streams count for themselves.
 */
export function createResponseHook(budgets: Budgets) {
  return (
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    done: (error: null, payload: unknown) => void,
  ): void => {
    if (typeof payload === 'string' && reply.statusCode < 400) count(request, reply, payload.length);
    done(null, payload);
  };

  function count(request: FastifyRequest, reply: FastifyReply, length: number): void {
    const isQueued = reply.raw.socket === null;
    if (length > uncountedBytes || isQueued) takeUntilClosed(budgets, 'responses', length, request, reply);
  }
}
