/**
 * The large files of Swagger UI, which its plugin would send as they are: 1.9 MB. They are read and compressed when a browser
 * first requests one, since most servers are never asked for them.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { sendFile, type PageFile } from '../page/index.ts';
import type { App } from '../route-context.ts';

const types = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
} as const;
type LargeFile = keyof typeof types;

/** The best level takes ten times as long for a tenth less. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

/** Takes precedence over the route of the plugin, which has a wildcard in the place of the name. */
export function addLargeFiles(app: App): void {
  for (const name of Object.keys(types) as LargeFile[]) {
    let file: Promise<PageFile> | undefined;
    app.route({
      method: 'GET',
      url: `/docs/static/${name}`,
      schema: { hide: true },
      handler: async (request, reply) => {
        file ??= readLargeFile(name);
        return sendFile(await file, request, reply);
      },
    });
  }
}

async function readLargeFile(name: LargeFile): Promise<PageFile> {
  const identity = await readFile(new URL(`static/${name}`, import.meta.resolve('@fastify/swagger-ui')));
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(identity, brotliOptions),
    promisify(gzip)(identity, { level: 6 }),
  ]);
  const hash = createHash('sha256').update(identity).digest('base64url').slice(0, 22);
  return { name, type: types[name], hash, isImmutable: false, bodies: { identity, br, gzip: gzipped } };
}
