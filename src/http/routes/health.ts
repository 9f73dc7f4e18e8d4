import type { FailingPart, Logger } from '../../engine/index.ts';
import type { App } from '../route-context.ts';
import { healthSchema, readinessSchema, refer } from '../schemas/index.ts';

/** A part that does not answer the question within this time is not ready. Probes commonly wait for 1 s to 10 s. */
const checkMs = 3_000;

export interface HealthContext {
  readonly service: { checkReady(): Promise<readonly FailingPart[]> };
  readonly logger: Logger;
}

export function addHealthRoutes(app: App, { service, logger }: HealthContext): void {
  app.route({
    method: 'GET',
    url: '/health',
    schema: {
      operationId: 'getHealth',
      summary: 'Whether the process is alive',
      tags: ['health'],
      response: { 200: refer(healthSchema) },
    },
    handler: async () => ({ status: 'UP' as const }),
  });

  app.route({
    method: 'GET',
    url: '/health/ready',
    schema: {
      operationId: 'getReadiness',
      summary: 'Whether it can serve, and which parts cannot',
      tags: ['health'],
      response: { 200: refer(readinessSchema), 503: refer(readinessSchema) },
    },
    handler: async (_request, reply) => {
      const failing = await withTimeout(service.checkReady(), [
        { part: 'engine', reason: 'timed out', isRequired: true },
      ]);
      // The reasons may name files and addresses, so they go to the log only.
      if (failing.length > 0) logger.warn({ failing }, 'not ready');
      const isReady = !failing.some(({ isRequired }) => isRequired);
      reply.code(isReady ? 200 : 503);
      return {
        status: isReady ? ('UP' as const) : ('DOWN' as const),
        failing: failing.map(({ part }) => part),
      };
    },
  });
}

async function withTimeout<Value>(answer: Promise<Value>, otherwise: Value): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Value>((resolve) => {
    timer = setTimeout(resolve, checkMs, otherwise);
    timer.unref();
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
