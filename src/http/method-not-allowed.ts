import { METHODS } from 'node:http';
import { Problem } from './problems.ts';
import type { App } from './route-context.ts';

/** As the Allow header lists them. */
const ownMethods = ['GET', 'HEAD', 'POST', 'DELETE'];
/** All that Node reads. A request with CONNECT never comes to a route (broken-requests.ts). */
const methods = METHODS.filter((method) => method !== 'CONNECT');

/**
 * Watches which methods each address gets; the function that it returns makes routes for all others, which answer 405
 * (and OPTIONS, which is answered) with an Allow header. Fastify would say 404.
 */
export function rejectOtherMethods(app: App): () => void {
  for (const method of methods)
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const ofUrl = known.get(url) ?? new Set();
    known.set(url, ofUrl);
    for (const name of Array.isArray(method) ? method : [method]) ofUrl.add(name);
  });

  return () => {
    for (const [url, ofUrl] of Array.from(known)) {
      const allow = [...ownMethods.filter((method) => ofUrl.has(method)), 'OPTIONS'].join(', ');
      app.route({
        method: methods.filter((method) => !ofUrl.has(method)),
        url,
        config: { access: 'open' },
        schema: { hide: true },
        // Before the body is looked at.
        onRequest: async (request, reply) => {
          if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
          throw new Problem('METHOD_NOT_ALLOWED', `Method not allowed. Allowed methods: ${allow}.`, { allow });
        },
        handler: async () => {},
      });
    }
  };
}
