/** Serves the files of the web page, as they are, from memory. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptsType, negotiateEncoding } from '../negotiation.ts';
import { addVary } from '../response-encoding.ts';
import type { App } from '../route-context.ts';
import type { PageEncoding, PageFile, PageFiles } from './page-files.ts';
import { pagePolicy } from './page-policy.ts';

const yearSeconds = 365 * 24 * 3600;
const cacheControls = {
  immutable: `public, max-age=${yearSeconds}, immutable`,
  // Kept, but asked about each time: a page that is older than the server would not find its script.
  revalidated: 'no-cache',
} as const;

/**
 * `/` is the page for browsers, which name text/html, and a redirect to the reference of the API for everything else. Where no
 * page is built, the redirect is for all.
 */
export function addPageRoutes(app: App, page: PageFiles | undefined): void {
  app.route({
    method: 'GET',
    url: '/',
    schema: { hide: true },
    handler: async (request, reply) => {
      if (page === undefined) return reply.redirect('docs/', 302);
      addVary(reply, 'Accept');
      if (!acceptsType(request.headers.accept, 'text/html')) return reply.redirect('docs/', 302);
      return sendFile(page.document, request, reply);
    },
  });
  for (const file of page?.others ?? []) {
    app.route({
      method: 'GET',
      url: `/${file.name}`,
      schema: { hide: true },
      handler: async (request, reply) => sendFile(file, request, reply),
    });
  }
}

/** Sends the copy that the client accepts, or 304 if it has that one. */
export function sendFile(file: PageFile, request: FastifyRequest, reply: FastifyReply) {
  const { encoding, body } = chooseBody(file, request.headers['accept-encoding']);
  // Two encodings are two representations (RFC 9110, section 8.8.3.3).
  const tag = `"${file.hash}-${encoding}"`;
  addVary(reply, 'Accept-Encoding');
  reply.headers({
    etag: tag,
    'cache-control': cacheControls[file.isImmutable ? 'immutable' : 'revalidated'],
    'content-security-policy': pagePolicy,
  });
  if (isKnown(tag, request.headers['if-none-match'])) return reply.code(304).send();
  // Set for each file that is sent, since bodies with a Content-Encoding are not compressed once more.
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  return reply.type(file.type).send(body);
}

function chooseBody({ bodies }: PageFile, acceptEncoding: string | undefined) {
  const encoding: PageEncoding = negotiateEncoding(acceptEncoding, ['br', 'gzip']) ?? 'identity';
  const body = bodies[encoding];
  return body === undefined ? { encoding: 'identity' as const, body: bodies.identity } : { encoding, body };
}

/** Weak comparison: a proxy may have weakened the tag when it compressed the file. */
function isKnown(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = new Set(ifNoneMatch.split(',').map((text) => text.trim().replace(/^W\//, '')));
  return tags.has('*') || tags.has(tag);
}
