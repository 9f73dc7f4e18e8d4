import swaggerUi from '@fastify/swagger-ui';
import { writeOpenApi } from '../openapi.ts';
import type { App } from '../route-context.ts';

/** Everything comes from this server; the page needs inline styles for the graphics it draws. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export async function addPages(app: App): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiConfig: { deepLinking: true, tryItOutEnabled: true, displayRequestDuration: true },
    theme: { title: 'Mathmill API' },
  });

  let document: string | undefined;
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { hide: true },
    handler: async (_request, reply) => {
      document ??= writeOpenApi(app);
      return reply.type('application/json; charset=utf-8').send(document);
    },
  });

  app.route({
    method: 'GET',
    url: '/',
    schema: { hide: true },
    handler: async (_request, reply) => reply.redirect('/docs/', 302),
  });
}
