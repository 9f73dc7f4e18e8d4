/** The reference of the API at /docs: Swagger UI in a page of ours. */
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { nameServer } from '../openapi.ts';
import { pagePolicy } from '../page/index.ts';
import { referFrom } from '../relative-reference.ts';
import type { App } from '../route-context.ts';
import { referenceDocument, sign } from './document.ts';
import { addLargeFiles } from './large-files.ts';
import { referenceScript } from './script.ts';
import { referenceStyle } from './style.ts';

/**
 * The plugin serves the files, and this hook the page in place of the plugin's own, which has a logo of Fastify and no
 * viewport. References are relative, so the URL of the page must end with a slash.
 */
function servePage({ url, routeOptions }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const isPage = routeOptions.url === '/docs' || routeOptions.url === '/docs/';
  const isCanonical = url.endsWith('/') && !url.includes('?');
  if (isPage && isCanonical) reply.type('text/html; charset=utf-8').send(referenceDocument);
  else if (isPage) reply.redirect(referFrom(url, 'docs/'), 302);
  else if (routeOptions.url === '/docs/static/index.html') reply.redirect('../', 302);
  else done();
}

export async function addReferencePage(app: App): Promise<void> {
  addLargeFiles(app);
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    theme: {
      css: [{ filename: 'reference.css', content: referenceStyle }],
      js: [{ filename: 'reference.js', content: referenceScript }],
      favicon: [{ filename: 'mill.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: sign }],
    },
    uiHooks: { onRequest: servePage },
    // The page reads its own copy of the document, one level deeper.
    transformSpecification: (document) => nameServer(document, '..'),
    transformSpecificationClone: false,
  });
}
